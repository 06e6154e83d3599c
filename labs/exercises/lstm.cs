#:project ../../src/ShowTell.Exercises/ShowTell.Exercises.csproj
#:property PublishAot=false

// Exercise: image captioning with a long short-term memory (LSTM). Do labs/exercises/rnn.cs first: there the matrix
// operations are explained, and the captioning model, whose other parts are the same.
//
// Six functions wait for their bodies. Write one, then run
//
//     dotnet run labs/exercises/lstm.cs
//
// which says of every function how far off it is, how far off it may be, and gives a hint for the first one that is
// not right yet. The lab labs/lstm-captioning.cs explains the steps.
//
// Two more operations than in the first exercise are of use here:
//
//     a.Columns(start, count)       a copy of some columns
//     SideBySide(x, y, ...)         matrices side by side: their columns one after the other
//
// Shapes: N samples in a minibatch, T timesteps, D input features, H hidden units, V words in the vocabulary, W
// elements of a word's vector. A sequence is an array of T matrices, one a timestep.

using ShowTell.Exercises;
using ShowTell.Models;
using ShowTell.Numerics;
using static ShowTell.Exercises.GivenLayers;
using static ShowTell.Exercises.MatrixMath;

var exercise = new LstmExercise
{
    StepForward = LstmStepForward,
    StepBackward = LstmStepBackward,
    Forward = LstmForward,
    Backward = LstmBackward,
    Loss = CaptioningLoss,
    Sample = Sample,
};
if (!ExerciseReport.Write(Console.Out, exercise.Run(), LstmExercise.Hints))
{
    return 1;
}

Console.WriteLine();
Console.WriteLine("And now your functions learn six captions by heart:");
ExerciseTraining.Overfit(Console.Out, CellKind.Lstm, CaptioningLoss, Sample);
return 0;

// ---------------------------------------------------------------------------------------------------------------------
// 1. One timestep.
//
//     a = x wx + prevH wh + b                    N x 4H, cut into four of H columns: a_i, a_f, a_o, a_g in this order
//     i = σ(a_i)   f = σ(a_f)   o = σ(a_o)   g = tanh(a_g)
//     nextC = f ⊙ prevC + i ⊙ g
//     nextH = o ⊙ tanh(nextC)
//
// x N x D, prevH and prevC N x H, wx D x 4H, wh H x 4H, b 1 x 4H; returns new(nextH, nextC), N x H each.
static LstmState LstmStepForward(
    Matrix<double> x,
    Matrix<double> prevH,
    Matrix<double> prevC,
    Matrix<double> wx,
    Matrix<double> wh,
    Matrix<double> b)
{
    // YOUR CODE
    throw new NotImplementedException();
    // END OF YOUR CODE
}

// ---------------------------------------------------------------------------------------------------------------------
// 2. One timestep back. dNextH is the gradient of the new hidden state, dNextC that of the new cell state as far as it
// does not come through the hidden state; N x H both. Compute the gates again from what went in.
//
// Returns new(dX, dPrevH, dPrevC, dWx, dWh, dB).
static LstmStepGradients LstmStepBackward(
    Matrix<double> dNextH, Matrix<double> dNextC, Matrix<double> x, Matrix<double> prevH, Matrix<double> prevC,
    Matrix<double> wx, Matrix<double> wh, Matrix<double> b)
{
    // YOUR CODE
    throw new NotImplementedException();
    // END OF YOUR CODE
}

// ---------------------------------------------------------------------------------------------------------------------
// 3. All timesteps, one after the other with LstmStepForward, from the cell state zero.
//
// x T matrices N x D, h0 N x H; returns T matrices N x H, the hidden states after each timestep.
static Matrix<double>[] LstmForward(
    Matrix<double>[] x, Matrix<double> h0, Matrix<double> wx, Matrix<double> wh, Matrix<double> b)
{
    // YOUR CODE
    throw new NotImplementedException();
    // END OF YOUR CODE
}

// ---------------------------------------------------------------------------------------------------------------------
// 4. Back through all timesteps with LstmStepBackward. It needs the states before every timestep: go forwards once more
// and keep them.
//
// dH T matrices N x H, the gradients of what LstmForward returned.
// Returns new(dX, dH0, dWx, dWh, dB); dX is an array of T matrices N x D.
static RnnGradients LstmBackward(
    Matrix<double>[] dH, Matrix<double>[] x, Matrix<double> h0, Matrix<double> wx, Matrix<double> wh, Matrix<double> b)
{
    // YOUR CODE
    throw new NotImplementedException();
    // END OF YOUR CODE
}

// ---------------------------------------------------------------------------------------------------------------------
// 5. The captioning model with this layer instead of the vanilla one: see function 7 of the first exercise for its
// parts. Wx is W x 4H here, Wh H x 4H, b 1 x 4H. For the word vectors you may take what you wrote there:
//
//     WordEmbeddingForward(words, w)          given here
//     WordEmbeddingBackward(dOut, words, w)   given here
//
// features N x D, captions N x (T + 1).
// Returns new(loss, gradients): a Dictionary<string, Matrix<double>> under the names W_proj, b_proj, W_embed, Wx, Wh,
// b, W_vocab and b_vocab.
static CaptioningLoss CaptioningLoss(
    Matrix<double> features, int[,] captions, IReadOnlyDictionary<string, Matrix<double>> parameters)
{
    // YOUR CODE
    throw new NotImplementedException();
    // END OF YOUR CODE
}

// ---------------------------------------------------------------------------------------------------------------------
// 6. Captions for images, as in the first exercise: start token 1, end token 2, BestWords(scores). The cell state
// begins as zero and is kept from step to step.
//
// Returns N x maxLength ids, without the start token.
static int[,] Sample(Matrix<double> features, IReadOnlyDictionary<string, Matrix<double>> parameters, int maxLength)
{
    // YOUR CODE
    throw new NotImplementedException();
    // END OF YOUR CODE
}
