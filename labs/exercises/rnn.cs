#:project ../../src/ShowTell.Exercises/ShowTell.Exercises.csproj
#:property PublishAot=false

// Exercise: image captioning with a vanilla recurrent network.
//
// Eight functions wait for their bodies. Write one, then run
//
//     dotnet run labs/exercises/rnn.cs
//
// which says of every function how far off it is, how far off it may be, and gives a hint for the first one that is
// not right yet. The lab labs/rnn-captioning.cs walks through the same steps with the library's own functions; its
// comments explain them.
//
// You write with matrices as on paper:
//
//     x.Dot(y)                      the matrix product              x.Transposed         x, rows and columns swapped
//     x + y, x - y, x * y           element by element; a matrix of one row (a bias) counts for every row
//     1 - x, 2 * x                  a number with every element     Tanh(x), Sigmoid(x)  of every element
//     x.SumOfRows()                 all rows added up, 1 x columns  Zeros(n, m)          a new matrix of zeros
//     x[i, j], x.Row(i)             an element, a row               x.Rows, x.Columns    the shape
//
// Every operation gives a new matrix. Shapes: N samples in a minibatch, T timesteps, D input features, H hidden units,
// V words in the vocabulary, W elements of a word's vector. A sequence is an array of T matrices, one a timestep.

using ShowTell.Exercises;
using ShowTell.Models;
using ShowTell.Numerics;
using static ShowTell.Exercises.GivenLayers;
using static ShowTell.Exercises.MatrixMath;

var exercise = new RnnExercise
{
    StepForward = RnnStepForward,
    StepBackward = RnnStepBackward,
    Forward = RnnForward,
    Backward = RnnBackward,
    WordEmbeddingForward = WordEmbeddingForward,
    WordEmbeddingBackward = WordEmbeddingBackward,
    Loss = CaptioningLoss,
    Sample = Sample,
};
if (!ExerciseReport.Write(Console.Out, exercise.Run(), RnnExercise.Hints))
{
    return 1;
}

Console.WriteLine();
Console.WriteLine("And now your functions learn six captions by heart:");
ExerciseTraining.Overfit(Console.Out, CellKind.Rnn, CaptioningLoss, Sample);
return 0;

// ---------------------------------------------------------------------------------------------------------------------
// 1. One timestep.
//
//     nextH = tanh(x wx + prevH wh + b)
//
// x N x D, prevH N x H, wx D x H, wh H x H, b 1 x H; returns nextH, N x H.
static Matrix<double> RnnStepForward(
    Matrix<double> x, Matrix<double> prevH, Matrix<double> wx, Matrix<double> wh, Matrix<double> b)
{
    // YOUR CODE
    throw new NotImplementedException();
    // END OF YOUR CODE
}

// ---------------------------------------------------------------------------------------------------------------------
// 2. One timestep back. dNextH, N x H, is the gradient of the loss with respect to nextH; find those with respect to
// everything that went in. Call what went into tanh a: its gradient comes first, and all others follow from it.
//
// Returns new(dX, dPrevH, dWx, dWh, dB): each in the shape of the thing that it is the gradient of.
static RnnStepGradients RnnStepBackward(
    Matrix<double> dNextH, Matrix<double> x, Matrix<double> prevH, Matrix<double> nextH,
    Matrix<double> wx, Matrix<double> wh, Matrix<double> b)
{
    // YOUR CODE
    throw new NotImplementedException();
    // END OF YOUR CODE
}

// ---------------------------------------------------------------------------------------------------------------------
// 3. All timesteps, one after the other with RnnStepForward.
//
// x T matrices N x D, h0 N x H; returns T matrices N x H, the states after each timestep.
static Matrix<double>[] RnnForward(
    Matrix<double>[] x, Matrix<double> h0, Matrix<double> wx, Matrix<double> wh, Matrix<double> b)
{
    // YOUR CODE
    throw new NotImplementedException();
    // END OF YOUR CODE
}

// ---------------------------------------------------------------------------------------------------------------------
// 4. Back through all timesteps with RnnStepBackward, from the last to the first. h[t] takes part in the loss in two
// ways: as output t (its gradient is dH[t]) and as the state that step t + 1 starts from.
//
// dH T matrices N x H; x, h0 as RnnForward had them and h as it gave them.
// Returns new(dX, dH0, dWx, dWh, dB); dX is an array of T matrices N x D.
static RnnGradients RnnBackward(
    Matrix<double>[] dH, Matrix<double>[] x, Matrix<double> h0, Matrix<double>[] h,
    Matrix<double> wx, Matrix<double> wh, Matrix<double> b)
{
    // YOUR CODE
    throw new NotImplementedException();
    // END OF YOUR CODE
}

// ---------------------------------------------------------------------------------------------------------------------
// 5. Words to vectors: row i of the result is the row of w that words[i] names.
//
// words R ids in [0, V), w V x W; returns R x W.
static Matrix<double> WordEmbeddingForward(int[] words, Matrix<double> w)
{
    // YOUR CODE
    throw new NotImplementedException();
    // END OF YOUR CODE
}

// ---------------------------------------------------------------------------------------------------------------------
// 6. The gradient of w. Ids have none: one cannot move a word by a little.
//
// dOut R x W, words R ids, w V x W; returns dW, V x W.
static Matrix<double> WordEmbeddingBackward(Matrix<double> dOut, int[] words, Matrix<double> w)
{
    // YOUR CODE
    throw new NotImplementedException();
    // END OF YOUR CODE
}

// ---------------------------------------------------------------------------------------------------------------------
// 7. The captioning model: loss and gradients of a minibatch.
//
//     h0       = features W_proj + b_proj
//     x[t]     = W_embed[word t]                                   WordEmbeddingForward(WordsAt(captions, t), ...)
//     h        = the recurrent layer over x from h0                RnnForward
//     scores   = h W_vocab + b_vocab                               TemporalAffineForward(h, w, b), given
//     loss     = how badly scores[t] foretell word t + 1           TemporalSoftmaxLoss(scores, words), given
//
// With captions of T + 1 words the model reads words 0 to T - 1 and should say words 1 to T. The given functions are in
// src/ShowTell.Exercises/GivenLayers.cs: TemporalSoftmaxLoss returns (loss, dScores), TemporalAffineBackward(dScores,
// h, w) returns (dH, dW, dB), WordsAt(captions, t) returns column t, N ids.
//
// features N x D, captions N x (T + 1); the parameters go by their names: W_proj D x H, b_proj 1 x H, W_embed V x W,
// Wx W x H, Wh H x H, b 1 x H, W_vocab H x V, b_vocab 1 x V.
// Returns new(loss, gradients): a Dictionary<string, Matrix<double>> under the same eight names.
static CaptioningLoss CaptioningLoss(
    Matrix<double> features, int[,] captions, IReadOnlyDictionary<string, Matrix<double>> parameters)
{
    // YOUR CODE
    throw new NotImplementedException();
    // END OF YOUR CODE
}

// ---------------------------------------------------------------------------------------------------------------------
// 8. Captions for images. Nobody tells the model the next word now: it reads its own. The first word that it reads is
// the start token, id 1; BestWords(scores), given, is the word with the highest score in each row. A caption is over
// when the model says the end token, id 2; it does not matter what you write behind it.
//
// Returns N x maxLength ids, without the start token.
static int[,] Sample(Matrix<double> features, IReadOnlyDictionary<string, Matrix<double>> parameters, int maxLength)
{
    // YOUR CODE
    throw new NotImplementedException();
    // END OF YOUR CODE
}
