#:project ../src/ShowTell/ShowTell.csproj
#:project ../src/ShowTell.Hdf5/ShowTell.Hdf5.csproj
#:property PublishAot=false
#:property UsesLab=true

// Lab: image captioning with a vanilla recurrent network (RNN).
//
//     dotnet run labs/rnn-captioning.cs                                 drawn scenes
//     dotnet run labs/rnn-captioning.cs -- FOLDER [--images DIR]        a dataset in the layout of CS231n
//
// Pages and plots go to artifacts/labs/rnn-captioning, or where --out DIR says.
//
// Cell by cell: the layers that a recurrent captioning model is made of, each with its backward pass, each proved with
// numbers; then the model, and a training run. The functions are the library's own: open src/ShowTell.Core/Layers
// beside this file. To write them yourself, take labs/exercises/rnn.cs.
//
// Shapes, everywhere: N captions in a minibatch, T timesteps, D features, H hidden units, W elements of a word's
// vector, V words of the vocabulary, M outputs. The proofs are done in double precision, the training in float.

using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.Layers;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Reporting;
using ShowTell.Training;

return Lab.Run("rnn-captioning", args, lab =>
{
    LoadData(lab);
    LookAtMinibatch(lab);
    StepForward(lab);
    StepBackward(lab);
    Forward(lab);
    Backward(lab);
    EmbeddingForward(lab);
    EmbeddingBackward(lab);
    TemporalAffineGradients(lab);
    SoftmaxLoss(lab);
    CaptioningLoss(lab);
    CaptioningGradients(lab);
    (CaptionDataset small, CaptioningModel<float> model) = Overfit(lab);
    Sample(lab, small, model);
    Question(lab);
});

// ---------------------------------------------------------------------------------------------------------------------
// The data: images with several captions each.
//
// A network would need long to learn to see from a few thousand photos, so somebody has let a trained one look at them
// already: an image comes as D numbers, its features. Captions come as word ids of a fixed width. Four words have a
// meaning of their own: <START> opens a caption and <END> closes it; <NULL> fills it up behind the end, so that
// captions of different lengths fit into one array; <UNK> stands for words too rare to be learned.
static void LoadData(Lab lab)
{
    lab.Cell("Load the data");
    lab.PrintShapes();
}

// ---------------------------------------------------------------------------------------------------------------------
// Look at the data before you work with it. Run this several times with other seeds to get a feeling for it.
static void LookAtMinibatch(Lab lab)
{
    lab.Cell("Look at a minibatch");
    CaptionSplit train = lab.Data.Train;
    Minibatch minibatch = train.Sample(new SeededRandom(231), batchSize: 6);
    var cards = new List<GalleryCard>();
    for (int n = 0; n < minibatch.Count; n++)
    {
        string caption = lab.Data.Vocabulary.Decode(minibatch.Caption(n), keepMarkers: true);
        Console.WriteLine(caption);
        cards.Add(lab.Card(train, minibatch.Images[n]) with { References = [caption] });
    }

    lab.Save(new Gallery { Title = "A minibatch of training captions", Cards = cards }, "minibatch.html");
}

// ---------------------------------------------------------------------------------------------------------------------
// One timestep of a vanilla RNN. It reads an input x and remembers what came before in its hidden state h:
//
//     nextH = tanh(x Wx + prevH Wh + b)          x N x D, prevH and nextH N x H, Wx D x H, Wh H x H, b 1 x H
//
// Layers write into matrices that they are given, so that training need not make new ones all the time.
static void StepForward(Lab lab)
{
    lab.Cell("Vanilla RNN: step forward", expect: "errors of 1e-8 or less");
    const int N = 3, D = 10, H = 4;
    Matrix<double> x = Matrix.LinSpace<double>(-0.4, 0.7, N, D);
    Matrix<double> prevH = Matrix.LinSpace<double>(-0.2, 0.5, N, H);
    var weights = new RecurrentWeights<double>(
        wx: Matrix.LinSpace<double>(-0.1, 0.9, D, H),
        wh: Matrix.LinSpace<double>(-0.3, 0.7, H, H),
        b: Matrix.LinSpace<double>(-0.2, 0.4, 1, H));

    var nextH = new Matrix<double>(N, H);
    Rnn.Step<double>(x, prevH, weights, nextH);

    Matrix<double> expectedNextH = Matrix.FromRows<double>(
        [-0.58172089, -0.50182032, -0.41232771, -0.31410098],
        [0.66854692, 0.79562378, 0.87755553, 0.92795967],
        [0.97934501, 0.99144213, 0.99646691, 0.99854353]);
    lab.Error("next_h", expectedNextH, nextH);
}

// ---------------------------------------------------------------------------------------------------------------------
// One timestep back. Given dNextH, how the loss changes with nextH, find how it changes with everything that went in.
// Let a be what went into tanh. As tanh' = 1 - tanh²,
//
//     dA = dNextH ⊙ (1 - nextH²)
//     dX = dA Wxᵀ     dPrevH = dA Whᵀ     dWx = xᵀ dA     dWh = prevHᵀ dA     dB = the sum of dA's rows
//
// How to know that it is right? Move each input by a tiny step and look what the output does:
// (f(x + h) - f(x - h)) / 2h. That is slow, but hard to get wrong. GradientCheck.Numeric does it.
static void StepBackward(Lab lab)
{
    lab.Cell("Vanilla RNN: step backward", expect: "errors of 1e-8 or less");
    const int N = 4, D = 5, H = 6;
    var random = new SeededRandom(231);
    Matrix<double> x = Matrix.Normal<double>(random, N, D), prevH = Matrix.Normal<double>(random, N, H);
    RecurrentWeights<double> weights = NormalWeights(random, D, H);
    Matrix<double> dNextH = Matrix.Normal<double>(random, N, H);

    Matrix<double> NextH()
    {
        var next = new Matrix<double>(N, H);
        Rnn.Step<double>(x, prevH, weights, next);
        return next;
    }

    var (dX, dPrevH) = (new Matrix<double>(N, D), new Matrix<double>(N, H));
    var gradients = new RecurrentWeights<double>(D, H, Rnn.Gates);
    Rnn.StepBackward<double>(dNextH, x, prevH, NextH(), weights, dX, dPrevH, gradients);

    lab.Error("dx", GradientCheck.Numeric(NextH, x, dNextH), dX);
    lab.Error("dprev_h", GradientCheck.Numeric(NextH, prevH, dNextH), dPrevH);
    lab.Error("dWx", GradientCheck.Numeric(NextH, weights.Wx, dNextH), gradients.Wx);
    lab.Error("dWh", GradientCheck.Numeric(NextH, weights.Wh, dNextH), gradients.Wh);
    lab.Error("db", GradientCheck.Numeric(NextH, weights.B, dNextH), gradients.B);
}

// ---------------------------------------------------------------------------------------------------------------------
// All timesteps: the state after one is the state before the next, and the weights are the same at all of them.
//
// The exercise holds a sequence as an array (N, T, D), caption after caption. The library holds it time-major, as T·N
// rows of which the N of a timestep lie together: then x Wx of all timesteps is a single product. TimeMajor converts.
static void Forward(Lab lab)
{
    lab.Cell("Vanilla RNN: forward", expect: "errors of 1e-7 or less");
    const int N = 2, T = 3, D = 4, H = 5;
    Matrix<double> x = TimeMajor.FromBatchMajor<double>(Matrix.LinSpace<double>(-0.1, 0.3, N * T, D), N);
    Matrix<double> h0 = Matrix.LinSpace<double>(-0.3, 0.1, N, H);
    var weights = new RecurrentWeights<double>(
        wx: Matrix.LinSpace<double>(-0.2, 0.4, D, H),
        wh: Matrix.LinSpace<double>(-0.4, 0.1, H, H),
        b: Matrix.LinSpace<double>(-0.7, 0.1, 1, H));

    var cache = new RnnCache<double>();
    Rnn.Forward(x, h0, weights, cache);
    Matrix<double> h = TimeMajor.ToBatchMajor<double>(cache.HiddenStates, N);

    Matrix<double> expectedH = Matrix.FromRows<double>(
        [-0.42070749, -0.27279261, -0.11074945, 0.05740409, 0.22236251],
        [-0.39525808, -0.22554661, -0.0409454, 0.14649412, 0.32397316],
        [-0.42305111, -0.24223728, -0.04287027, 0.15997045, 0.35014525],

        [-0.55857474, -0.39065825, -0.19198182, 0.02378408, 0.23735671],
        [-0.27150199, -0.07088804, 0.13562939, 0.33099728, 0.50158768],
        [-0.51014825, -0.30524429, -0.06755202, 0.17806392, 0.40333043]);
    lab.Error("h", expectedH, h);
}

// ---------------------------------------------------------------------------------------------------------------------
// Back through time. The state h_t takes part in the loss twice, as an output and as the past of step t + 1, so two
// gradients meet there and add up. The weights take part at every step: their gradients add up over time.
static void Backward(Lab lab)
{
    lab.Cell("Vanilla RNN: backward", expect: "errors of 1e-6 or less");
    const int N = 2, D = 3, T = 10, H = 5;
    var random = new SeededRandom(231);
    Matrix<double> x = Matrix.Normal<double>(random, T * N, D), h0 = Matrix.Normal<double>(random, N, H);
    RecurrentWeights<double> weights = NormalWeights(random, D, H);
    Matrix<double> dH = Matrix.Normal<double>(random, T * N, H);

    var cache = new RnnCache<double>();
    Matrix<double> HiddenStates()
    {
        Rnn.Forward(x, h0, weights, cache);
        var h = new Matrix<double>(T * N, H);
        h.CopyFrom(cache.HiddenStates);
        return h;
    }

    HiddenStates();
    var (dX, dH0) = (new Matrix<double>(T * N, D), new Matrix<double>(N, H));
    var gradients = new RecurrentWeights<double>(D, H, Rnn.Gates);
    Rnn.Backward<double>(dH, x, cache, weights, dX, dH0, gradients);

    lab.Error("dx", GradientCheck.Numeric(HiddenStates, x, dH), dX);
    lab.Error("dh0", GradientCheck.Numeric(HiddenStates, h0, dH), dH0);
    lab.Error("dWx", GradientCheck.Numeric(HiddenStates, weights.Wx, dH), gradients.Wx);
    lab.Error("dWh", GradientCheck.Numeric(HiddenStates, weights.Wh, dH), gradients.Wh);
    lab.Error("db", GradientCheck.Numeric(HiddenStates, weights.B, dH), gradients.B);
}

// ---------------------------------------------------------------------------------------------------------------------
// Words are ids; a network wants vectors. The embedding is a table W of V x W with a vector for each word, learned with
// everything else. Forward is looking up: out[i] = W[words[i]].
static void EmbeddingForward(Lab lab)
{
    lab.Cell("Word embedding: forward", expect: "errors of about 1e-8");
    const int V = 5, W = 3;
    int[] words = [0, 3, 1, 2, 2, 1, 0, 3]; // Two captions of four words.
    Matrix<double> w = Matrix.LinSpace<double>(0, 1, V, W);

    var output = new Matrix<double>(words.Length, W);
    WordEmbedding.Forward<double>(words, w, output);

    Matrix<double> expected = Matrix.FromRows<double>(
        [0, 0.07142857, 0.14285714],
        [0.64285714, 0.71428571, 0.78571429],
        [0.21428571, 0.28571429, 0.35714286],
        [0.42857143, 0.5, 0.57142857],

        [0.42857143, 0.5, 0.57142857],
        [0.21428571, 0.28571429, 0.35714286],
        [0, 0.07142857, 0.14285714],
        [0.64285714, 0.71428571, 0.78571429]);
    lab.Error("out", expected, output);
}

// ---------------------------------------------------------------------------------------------------------------------
// A word's row collects the gradients of all its occurrences: with 150 words of a vocabulary of 5, each row collects
// about 30. The words themselves have no gradient: an id cannot be moved by a little.
static void EmbeddingBackward(Lab lab)
{
    lab.Cell("Word embedding: backward", expect: "errors of 1e-11 or less");
    const int N = 50, T = 3, V = 5, W = 6;
    var random = new SeededRandom(231);
    int[] words = RandomWords(random, N * T, V);
    Matrix<double> w = Matrix.Normal<double>(random, V, W), dOut = Matrix.Normal<double>(random, N * T, W);

    var dW = new Matrix<double>(V, W);
    WordEmbedding.Backward<double>(dOut, words, dW);

    Matrix<double> Output()
    {
        var output = new Matrix<double>(words.Length, W);
        WordEmbedding.Forward<double>(words, w, output);
        return output;
    }

    lab.Error("dW", GradientCheck.Numeric(Output, w, dOut), dW);
}

// ---------------------------------------------------------------------------------------------------------------------
// At every timestep the hidden vector becomes a score for each word: out = h W + b, the same W and b at every timestep.
// Since all timesteps are rows of one matrix, that is one product.
static void TemporalAffineGradients(Lab lab)
{
    lab.Cell("Temporal affine layer", expect: "errors of 1e-9 or less");
    const int N = 2, T = 3, D = 4, M = 5;
    var random = new SeededRandom(231);
    Matrix<double> x = Matrix.Normal<double>(random, T * N, D), w = Matrix.Normal<double>(random, D, M);
    Matrix<double> b = Matrix.Normal<double>(random, 1, M), dOut = Matrix.Normal<double>(random, T * N, M);

    var (dX, dW, dB) = (new Matrix<double>(T * N, D), new Matrix<double>(D, M), new Matrix<double>(1, M));
    Affine.Backward<double>(dOut, x, w, dX, dW, dB.Span);

    Matrix<double> Output()
    {
        var output = new Matrix<double>(T * N, M);
        Affine.Forward<double>(x, w, b.Span, output);
        return output;
    }

    lab.Error("dx", GradientCheck.Numeric(Output, x, dOut), dX);
    lab.Error("dw", GradientCheck.Numeric(Output, w, dOut), dW);
    lab.Error("db", GradientCheck.Numeric(Output, b, dOut), dB);
}

// ---------------------------------------------------------------------------------------------------------------------
// Softmax turns the scores of a timestep into probabilities; the loss is -log of the right word's, summed over the
// timesteps of a caption and averaged over the captions. What follows <END> is only there to fill up: a mask leaves it
// out of loss and gradient.
//
// A model that knows nothing gives each of 10 words a tenth: log 10 = 2.3 a word, 23 for ten words, and again 2.3 if
// the mask leaves one word of ten.
static void SoftmaxLoss(Lab lab)
{
    lab.Cell("Temporal softmax loss", expect: "about 2.3, 23 and 2.3; error of 1e-7 or less");
    var random = new SeededRandom(231);
    void CheckLoss(int n, int t, int v, double share)
    {
        Matrix<double> small = Matrix.Normal<double>(random, t * n, v, standardDeviation: 0.001);
        bool[] some = RandomMask(random, t * n, share);
        int[] right = RandomWords(random, t * n, v);
        double loss = TemporalSoftmaxLoss.ForwardBackward<double>(small, right, some, n, dScores: small);
        Console.WriteLine($"{loss:F4}");
    }

    CheckLoss(100, 1, 10, 1.0);   // Should be about 2.3
    CheckLoss(100, 10, 10, 1.0);  // Should be about 23
    CheckLoss(5000, 10, 10, 0.1); // Should be about 2.3

    const int N = 7, T = 8, V = 9;
    Matrix<double> scores = Matrix.Normal<double>(random, T * N, V);
    int[] words = RandomWords(random, T * N, V);
    bool[] mask = RandomMask(random, T * N, 0.5);
    var (dScores, unused) = (new Matrix<double>(T * N, V), new Matrix<double>(T * N, V));
    TemporalSoftmaxLoss.ForwardBackward<double>(scores, words, mask, N, dScores);
    Matrix<double> numeric = GradientCheck.Numeric(
        () => TemporalSoftmaxLoss.ForwardBackward<double>(scores, words, mask, N, unused), scores);
    lab.Error("dx", dScores, numeric);
}

// ---------------------------------------------------------------------------------------------------------------------
// All layers together make the captioning model:
//
//     h_0      = features W_proj + b_proj                 the image is what the network remembers at first
//     x_t      = W_embed[word_t]
//     h_t      = tanh(x_t Wx + h_{t-1} Wh + b)
//     scores_t = h_t W_vocab + b_vocab                    should be high for word_{t+1}
//
// The model reads a caption without its last word and should say it without its first. With all parameters evenly
// spaced, the loss is known to ten digits.
static void CaptioningLoss(Lab lab)
{
    lab.Cell("RNN for image captioning", expect: "a difference of 1e-10 or less");
    const int N = 10, T = 13;
    var options = new CaptioningOptions
    {
        Cell = CellKind.Rnn, FeatureSize = 20, WordVectorSize = 30, HiddenSize = 40, VocabularySize = 3,
    };
    var parameters = new CaptioningParameters<double>(options);
    foreach ((_, Matrix<double> value) in parameters.All)
    {
        value.CopyFrom(Matrix.LinSpace<double>(-1.4, 1.3, value.Rows, value.Columns));
    }

    Matrix<double> features = Matrix.LinSpace<double>(-1.5, 0.3, N, options.FeatureSize);
    int[] captions = [.. Enumerable.Range(0, N * T).Select(i => i % options.VocabularySize)];
    double loss = new CaptioningModel<double>(options, parameters).Loss(features, captions);

    const double ExpectedLoss = 9.83235591003;
    Console.WriteLine($"loss: {loss:F11}");
    Console.WriteLine($"expected loss: {ExpectedLoss:F11}");
    Console.WriteLine($"difference: {Math.Abs(loss - ExpectedLoss):0.0e-00}");
}

// ---------------------------------------------------------------------------------------------------------------------
// And the gradients of all parameters, through all layers at once. The parameters are drawn with standard deviation 1
// here: those of a new model are so small that some gradients would be lost in the rounding of the loss.
static void CaptioningGradients(Lab lab)
{
    lab.Cell("RNN for image captioning: gradients", expect: "errors of 5e-6 or less");
    const int N = 4, T = 6;
    var random = new SeededRandom(231);
    var options = new CaptioningOptions
    {
        Cell = CellKind.Rnn, FeatureSize = 4, WordVectorSize = 5, HiddenSize = 6, VocabularySize = 3,
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
// Overfit 50 captions. A model that cannot even learn 50 captions by heart has a fault; one that can may still be bad
// at new images, and this one will be. The loss should fall from log V for each word to almost nothing.
static (CaptionDataset Small, CaptioningModel<float> Model) Overfit(Lab lab)
{
    lab.Cell("Overfit small data", expect: "a final loss of about 0.1");
    CaptionDataset small = lab.Data.WithMaxTrain(50, new SeededRandom(231));
    var options = new CaptioningOptions
    {
        Cell = CellKind.Rnn,
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
        LearningRateDecay = 0.95,
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
// Sampling. In training the model always reads the right word; now there is none to read, so it reads its own: the most
// probable word of each step is the input of the next, until <END>. On images it was trained with the captions should
// be those it learned; on validation images they will be fluent and mostly wrong, for it has seen only 50.
static void Sample(Lab lab, CaptionDataset small, CaptioningModel<float> model)
{
    lab.Cell("Sample captions");
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
    lab.Save(new Gallery { Title = "Captions of an overfitted RNN", Cards = cards }, "samples.html");
}

// ---------------------------------------------------------------------------------------------------------------------
// Question: our model says a word at every timestep. It could say a character instead:
// 'a', ' ', 'c', 'a', 't', ' ', ... What is one advantage of that? One disadvantage? (Compare the numbers of
// parameters, and the lengths of the sequences.)
static void Question(Lab lab)
{
    lab.Cell("Question: words or characters?");
    Console.WriteLine("Think of an advantage and a disadvantage of characters, then see docs/inline-questions.md");
}

// ---------------------------------------------------------------------------------------------------------------------
static RecurrentWeights<double> NormalWeights(SeededRandom random, int d, int h) => new(
    wx: Matrix.Normal<double>(random, d, h),
    wh: Matrix.Normal<double>(random, h, h),
    b: Matrix.Normal<double>(random, 1, h));

static int[] RandomWords(SeededRandom random, int count, int v) =>
    [.. Enumerable.Range(0, count).Select(_ => random.NextInt(v))];

static bool[] RandomMask(SeededRandom random, int count, double share) =>
    [.. Enumerable.Range(0, count).Select(_ => random.NextUniform() < share)];
