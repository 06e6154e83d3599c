#:project ../src/ShowTell.Exercises/ShowTell.Exercises.csproj
#:project ../src/ShowTell.Hdf5/ShowTell.Hdf5.csproj
#:property PublishAot=false
#:property UsesLab=true

// Lab: image captioning with a long short-term memory (LSTM).
//
//     dotnet run labs/lstm-captioning.cs                                drawn scenes
//     dotnet run labs/lstm-captioning.cs -- FOLDER [--images DIR]       a dataset in the layout of CS231n
//
// Pages and plots go to artifacts/labs/lstm-captioning, or where --out DIR says.
//
// The second lab; the first one, labs/rnn-captioning.cs, explains the captioning model and its other layers. To write
// the functions yourself, take labs/exercises/lstm.cs.
//
// Shapes, everywhere: N captions in a minibatch, T timesteps, D features, H hidden units, W elements of a word's
// vector, V words of the vocabulary. The proofs are done in double precision, the training in float.

using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.Exercises;
using ShowTell.Layers;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Reporting;
using ShowTell.Training;

return Lab.Run("lstm-captioning", args, lab =>
{
    LoadData(lab);
    StepForward(lab);
    StepBackward(lab);
    Forward(lab);
    Backward(lab);
    GateQuestion(lab);
    CaptioningLoss(lab);
    CaptioningGradients(lab);
    (CaptionDataset small, CaptioningModel<float> model) = Overfit(lab);
    Sample(lab, small, model);
});

// ---------------------------------------------------------------------------------------------------------------------
// The data, as in the first lab.
static void LoadData(Lab lab)
{
    lab.Cell("Load the data");
    lab.PrintShapes();
}

// ---------------------------------------------------------------------------------------------------------------------
// Why another layer? In a vanilla RNN everything that is to be remembered goes through a product with Wh and a tanh at
// every timestep, and so does every gradient on its way back: over many steps it fades away or explodes. An LSTM keeps
// a cell state c beside the hidden state h, along which information passes by sums alone, and gates, between 0 and 1,
// that say how much of it is kept, written and shown:
//
//     a = x Wx + prevH Wh + b                 N x 4H, cut into four of H columns: a_i, a_f, a_o, a_g, in this order
//     i = σ(a_i)     input gate: how much is written into the cell
//     f = σ(a_f)     forget gate: how much of the old cell state is kept
//     o = σ(a_o)     output gate: how much of the cell is shown
//     g = tanh(a_g)  block input: what is written
//     nextC = f ⊙ prevC + i ⊙ g
//     nextH = o ⊙ tanh(nextC)
//
// x N x D, h and c N x H, Wx D x 4H, Wh H x 4H, b 1 x 4H. The gates are kept for the way back.
static void StepForward(Lab lab)
{
    lab.Cell("LSTM: step forward", expect: "errors of 1e-8 or less");
    const int N = 3, D = 4, H = 5;
    Matrix<double> x = Matrix.LinSpace<double>(-0.4, 1.2, N, D);
    Matrix<double> prevH = Matrix.LinSpace<double>(-0.3, 0.7, N, H);
    Matrix<double> prevC = Matrix.LinSpace<double>(-0.4, 0.9, N, H);
    var weights = new RecurrentWeights<double>(
        wx: Matrix.LinSpace<double>(-2.1, 1.3, D, 4 * H),
        wh: Matrix.LinSpace<double>(-0.7, 2.2, H, 4 * H),
        b: Matrix.LinSpace<double>(0.3, 0.7, 1, 4 * H));

    var (nextH, nextC, gates) = (new Matrix<double>(N, H), new Matrix<double>(N, H), new Matrix<double>(N, 4 * H));
    Lstm.Step<double>(x, prevH, prevC, weights, nextH, nextC, gates);

    Matrix<double> expectedNextH = Matrix.FromRows<double>(
        [0.24635157, 0.28610883, 0.32240467, 0.35525807, 0.38474904],
        [0.49223563, 0.55611431, 0.61507696, 0.66844003, 0.7159181],
        [0.56735664, 0.66310127, 0.74419266, 0.80889665, 0.858299]);
    Matrix<double> expectedNextC = Matrix.FromRows<double>(
        [0.32986176, 0.39145139, 0.451556, 0.51014116, 0.56717407],
        [0.66382255, 0.76674007, 0.87195994, 0.97902709, 1.08751345],
        [0.74192008, 0.90592151, 1.07717006, 1.25120233, 1.42395676]);
    lab.Error("next_h", expectedNextH, nextH);
    lab.Error("next_c", expectedNextC, nextC);
}

// ---------------------------------------------------------------------------------------------------------------------
// One timestep back. The new cell state reaches the loss in two ways: it is handed on to the next timestep (dNextC),
// and it shows through nextH. Both gradients add up first; the rest is the chain rule, with σ' = σ (1 - σ):
//
//     dC     = dNextC + dNextH ⊙ o ⊙ (1 - tanh²(nextC))
//     dPrevC = dC ⊙ f
//     dA_i = dC ⊙ g ⊙ i(1-i)                  dA_f = dC ⊙ prevC ⊙ f(1-f)
//     dA_o = dNextH ⊙ tanh(nextC) ⊙ o(1-o)    dA_g = dC ⊙ i ⊙ (1-g²)
//
// and with the four side by side as dA the same products as in the vanilla RNN. Note dPrevC: no weights and no tanh lie
// on the way from cell state to cell state, only the forget gate.
//
// The step has two results, so a numeric gradient is the sum of two: through nextH and through nextC.
static void StepBackward(Lab lab)
{
    lab.Cell("LSTM: step backward", expect: "errors of 1e-7 or less");
    const int N = 4, D = 5, H = 6;
    var random = new SeededRandom(231);
    Matrix<double> x = Matrix.Normal<double>(random, N, D);
    Matrix<double> prevH = Matrix.Normal<double>(random, N, H), prevC = Matrix.Normal<double>(random, N, H);
    RecurrentWeights<double> weights = NormalWeights(random, D, H);
    Matrix<double> dNextH = Matrix.Normal<double>(random, N, H), dNextC = Matrix.Normal<double>(random, N, H);

    var (nextH, nextC, gates) = (new Matrix<double>(N, H), new Matrix<double>(N, H), new Matrix<double>(N, 4 * H));
    Matrix<double> NextH()
    {
        Lstm.Step<double>(x, prevH, prevC, weights, nextH, nextC, gates);
        return nextH;
    }

    Matrix<double> NextC()
    {
        Lstm.Step<double>(x, prevH, prevC, weights, nextH, nextC, gates);
        return nextC;
    }

    NextC();
    var (dX, dPrevH, dPrevC) = (new Matrix<double>(N, D), new Matrix<double>(N, H), new Matrix<double>(N, H));
    var gradients = new RecurrentWeights<double>(D, H, Lstm.Gates);
    Lstm.StepBackward<double>(dNextH, dNextC, x, prevH, prevC, nextC, gates, weights, dX, dPrevH, dPrevC, gradients);

    Matrix<double> Numeric(Matrix<double> of) =>
        GradientCheck.Numeric(NextH, of, dNextH) + GradientCheck.Numeric(NextC, of, dNextC);
    lab.Error("dx", Numeric(x), dX);
    lab.Error("dh", Numeric(prevH), dPrevH);
    lab.Error("dc", Numeric(prevC), dPrevC);
    lab.Error("dWx", Numeric(weights.Wx), gradients.Wx);
    lab.Error("dWh", Numeric(weights.Wh), gradients.Wh);
    lab.Error("db", Numeric(weights.B), gradients.B);
}

// ---------------------------------------------------------------------------------------------------------------------
// All timesteps; the cell state begins as zero. (TimeMajor: see the first lab.)
static void Forward(Lab lab)
{
    lab.Cell("LSTM: forward", expect: "errors of 1e-7 or less");
    const int N = 2, D = 5, H = 4, T = 3;
    Matrix<double> x = TimeMajor.FromBatchMajor<double>(Matrix.LinSpace<double>(-0.4, 0.6, N * T, D), N);
    Matrix<double> h0 = Matrix.LinSpace<double>(-0.4, 0.8, N, H);
    var weights = new RecurrentWeights<double>(
        wx: Matrix.LinSpace<double>(-0.2, 0.9, D, 4 * H),
        wh: Matrix.LinSpace<double>(-0.3, 0.6, H, 4 * H),
        b: Matrix.LinSpace<double>(0.2, 0.7, 1, 4 * H));

    var cache = new LstmCache<double>();
    Lstm.Forward(x, h0, weights, cache);
    Matrix<double> h = TimeMajor.ToBatchMajor<double>(cache.HiddenStates, N);

    Matrix<double> expectedH = Matrix.FromRows<double>(
        [0.01764008, 0.01823233, 0.01882671, 0.0194232],
        [0.11287491, 0.12146228, 0.13018446, 0.13902939],
        [0.31358768, 0.33338627, 0.35304453, 0.37250975],

        [0.45767879, 0.4761092, 0.4936887, 0.51041945],
        [0.6704845, 0.69350089, 0.71486014, 0.7346449],
        [0.81733511, 0.83677871, 0.85403753, 0.86935314]);
    lab.Error("h", expectedH, h);
}

// ---------------------------------------------------------------------------------------------------------------------
// Back through time: now two gradients are handed from each step to the one before it, that of h and that of c.
static void Backward(Lab lab)
{
    lab.Cell("LSTM: backward", expect: "errors of 1e-7 or less, of dWh 1e-6");
    const int N = 2, D = 3, T = 10, H = 6;
    var random = new SeededRandom(231);
    Matrix<double> x = Matrix.Normal<double>(random, T * N, D), h0 = Matrix.Normal<double>(random, N, H);
    RecurrentWeights<double> weights = NormalWeights(random, D, H);
    Matrix<double> dH = Matrix.Normal<double>(random, T * N, H);

    var cache = new LstmCache<double>();
    Matrix<double> HiddenStates()
    {
        Lstm.Forward(x, h0, weights, cache);
        var h = new Matrix<double>(T * N, H);
        h.CopyFrom(cache.HiddenStates);
        return h;
    }

    HiddenStates();
    var (dX, dH0) = (new Matrix<double>(T * N, D), new Matrix<double>(N, H));
    var gradients = new RecurrentWeights<double>(D, H, Lstm.Gates);
    Lstm.Backward<double>(dH, x, cache, weights, dX, dH0, gradients);

    lab.Error("dx", GradientCheck.Numeric(HiddenStates, x, dH), dX);
    lab.Error("dh0", GradientCheck.Numeric(HiddenStates, h0, dH), dH0);
    lab.Error("dWx", GradientCheck.Numeric(HiddenStates, weights.Wx, dH), gradients.Wx);
    lab.Error("dWh", GradientCheck.Numeric(HiddenStates, weights.Wh, dH), gradients.Wh);
    lab.Error("db", GradientCheck.Numeric(HiddenStates, weights.B, dH), gradients.B);
}

// ---------------------------------------------------------------------------------------------------------------------
// Question: the gates i, f and o come out of a sigmoid. Why not out of a ReLU, max(0, a), which is cheaper?
static void GateQuestion(Lab lab)
{
    lab.Cell("Question: why no ReLU in the gates?");
    Console.WriteLine("What would a gate of 3 do to the cell state in 16 steps? See docs/inline-questions.md");
}

// ---------------------------------------------------------------------------------------------------------------------
// The captioning model of the first lab with an LSTM in it; the image still gives the first hidden state, and the first
// cell state is zero.
static void CaptioningLoss(Lab lab)
{
    lab.Cell("LSTM captioning model", expect: "a difference of 1e-10 or less");
    const int N = 10, T = 13;
    var options = new CaptioningOptions
    {
        Cell = CellKind.Lstm, FeatureSize = 20, WordVectorSize = 30, HiddenSize = 40, VocabularySize = 3,
    };
    var parameters = new CaptioningParameters<double>(options);
    foreach ((_, Matrix<double> value) in parameters.All)
    {
        value.CopyFrom(Matrix.LinSpace<double>(-1.4, 1.3, value.Rows, value.Columns));
    }

    Matrix<double> features = Matrix.LinSpace<double>(-0.5, 1.7, N, options.FeatureSize);
    int[] captions = [.. Enumerable.Range(0, N * T).Select(i => i % options.VocabularySize)];
    double loss = new CaptioningModel<double>(options, parameters).Loss(features, captions);

    const double ExpectedLoss = 9.82445935443;
    Console.WriteLine($"loss: {loss:F11}");
    Console.WriteLine($"expected loss: {ExpectedLoss:F11}");
    Console.WriteLine($"difference: {Math.Abs(loss - ExpectedLoss):0.0e-00}");
}

// ---------------------------------------------------------------------------------------------------------------------
// And the gradients of all parameters, through all layers at once.
static void CaptioningGradients(Lab lab)
{
    lab.Cell("LSTM captioning model: gradients", expect: "errors of 5e-6 or less");
    const int N = 4, T = 6;
    var random = new SeededRandom(231);
    var options = new CaptioningOptions
    {
        Cell = CellKind.Lstm, FeatureSize = 4, WordVectorSize = 5, HiddenSize = 6, VocabularySize = 3,
    };
    int[] captions = RandomWords(random, N * T, options.VocabularySize);
    Matrix<double> features = Matrix.Normal<double>(random, N, options.FeatureSize);
    var parameters = new CaptioningParameters<double>(options);
    foreach ((_, Matrix<double> value) in parameters.All)
    {
        value.CopyFrom(Matrix.Normal<double>(random, value.Rows, value.Columns));
    }

    var model = new CaptioningModel<double>(options, parameters);
    var gradients = new CaptioningParameters<double>(options);
    model.Loss(features, captions, gradients);
    foreach (((string name, Matrix<double> value), (_, Matrix<double> gradient)) in parameters.All.Zip(gradients.All))
    {
        Matrix<double> numeric = GradientCheck.Numeric(() => model.Loss(features, captions), value);
        double error = GradientCheck.RelativeError<double>(numeric, gradient);
        Console.WriteLine($"{name} relative error: {error:0.000000e-00}");
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Overfit the 50 captions of the first lab. The learning rate decays more slowly here.
static (CaptionDataset Small, CaptioningModel<float> Model) Overfit(Lab lab)
{
    lab.Cell("Overfit LSTM captioning model", expect: "a final loss of less than 0.5");
    CaptionDataset small = lab.Data.WithMaxTrain(50, new SeededRandom(231));
    var options = new CaptioningOptions
    {
        Cell = CellKind.Lstm,
        FeatureSize = lab.Data.FeatureSize,
        VocabularySize = lab.Data.Vocabulary.Count,
        NullId = lab.Data.Vocabulary.NullId,
        StartId = lab.Data.Vocabulary.StartId,
        EndId = lab.Data.Vocabulary.EndId,
        HiddenSize = lab.IsQuick ? 64 : 512,
        WordVectorSize = lab.IsQuick ? 32 : 256,
    };
    var model = new CaptioningModel<float>(options, new SeededRandom(231));
    var solver = new CaptioningSolver(model, small, SolverOptions.Exercises with
    {
        UpdateRule = UpdateRule.Adam,
        Epochs = lab.IsQuick ? 10 : 50,
        BatchSize = 25,
        LearningRate = 5e-3,
        LearningRateDecay = 0.995,
        ValidationCaptions = 0,
        Log = Console.Out,
        PrintEvery = 10,
    });
    solver.Train();
    Console.WriteLine($"final loss: {solver.LossHistory[^1]:F6}");
    lab.Save(LinePlot.OfLosses(solver.LossHistory, title: "Training loss history"), "loss.svg");
    return (small, model);
}

// ---------------------------------------------------------------------------------------------------------------------
// Sampling, as in the first lab: very good on training images, fluent and mostly wrong on others.
static void Sample(Lab lab, CaptionDataset small, CaptioningModel<float> model)
{
    lab.Cell("LSTM test-time sampling");
    const int MaxLength = 30;
    var cards = new List<GalleryCard>();
    foreach (CaptionSplit split in new[] { small.Train, small.Validation })
    {
        Minibatch minibatch = split.Sample(new SeededRandom(231), batchSize: 8);
        int[] ids = model.DecodeGreedily<float>(minibatch.Features, MaxLength);
        string[] sampled = small.Vocabulary.DecodeBatch(ids, MaxLength);
        string[] truth = small.Vocabulary.DecodeBatch(minibatch.Captions, minibatch.CaptionWidth);
        for (int n = 0; n < minibatch.Count; n++)
        {
            Console.WriteLine($"{split.Name}: {sampled[n]}");
            Console.WriteLine($"   GT: {truth[n]}");
            cards.Add(lab.Card(split, minibatch.Images[n]) with { Caption = sampled[n], References = [truth[n]] });
        }
    }

    var all = new Minibatch();
    small.Train.Read([.. Enumerable.Range(0, small.Train.Count)], all);
    string[] learned = small.Vocabulary.DecodeBatch(model.DecodeGreedily<float>(all.Features, MaxLength), MaxLength);
    string[] known = small.Vocabulary.DecodeBatch(all.Captions, all.CaptionWidth);
    int same = learned.Zip(known).Count(pair => pair.First == pair.Second);
    Console.WriteLine($"training captions word for word: {same} / {known.Length}");
    lab.Save(new Gallery { Title = "Captions of an overfitted LSTM", Cards = cards }, "samples.html");
}

// ---------------------------------------------------------------------------------------------------------------------
static RecurrentWeights<double> NormalWeights(SeededRandom random, int d, int h) => new(
    wx: Matrix.Normal<double>(random, d, Lstm.Gates * h),
    wh: Matrix.Normal<double>(random, h, Lstm.Gates * h),
    b: Matrix.Normal<double>(random, 1, Lstm.Gates * h));

static int[] RandomWords(SeededRandom random, int count, int v) =>
    [.. Enumerable.Range(0, count).Select(_ => random.NextInt(v))];
