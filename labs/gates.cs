#:project ../src/ShowTell.Exercises/ShowTell.Exercises.csproj
#:property PublishAot=false

// Why are the gates of an LSTM sigmoids and not ReLUs? This runs one both ways and measures what becomes of the cell
// state. It belongs to the question in labs/lstm-captioning.cs; docs/inline-questions.md answers it with these numbers.
//
//     dotnet run labs/gates.cs
//
// N sequences of random inputs run through an LSTM of H units with random weights. `scale` makes the weights larger, as
// training does: 1 is the usual start, a deviation of 1/√(fan-in).

using ShowTell.Exercises;
using ShowTell.Numerics;
using static ShowTell.Exercises.MatrixMath;

const int N = 50, D = 64, H = 64;
Console.WriteLine("gates    scale   T  largest |c|  largest |dc_T/dc_0|    dc_T/dc_0 = 0");
foreach (double scale in new[] { 1.0, 2.0, 3.0 })
{
    foreach (int steps in new[] { 1, 4, 16, 64 })
    {
        Measure("sigmoid", Sigmoid, scale, steps);
        Measure("ReLU", Relu, scale, steps);
    }
}

static Matrix<double> Relu(Matrix<double> x) => Map(x, value => Math.Max(0, value));

static void Measure(string name, Func<Matrix<double>, Matrix<double>> gate, double scale, int steps)
{
    var random = new SeededRandom(231);
    Matrix<double> wx = Matrix.Normal<double>(random, D, 4 * H, scale / Math.Sqrt(D));
    Matrix<double> wh = Matrix.Normal<double>(random, H, 4 * H, scale / Math.Sqrt(H));
    Matrix<double> h = Matrix.Normal<double>(random, N, H), c = Zeros(N, H), kept = Map(c, _ => 1);
    for (int t = 0; t < steps; t++)
    {
        Matrix<double> a = Matrix.Normal<double>(random, N, D).Dot(wx) + h.Dot(wh);
        Matrix<double> i = gate(a.Columns(0, H)), f = gate(a.Columns(H, H)), o = gate(a.Columns(2 * H, H));
        c = (f * c) + (i * Tanh(a.Columns(3 * H, H)));
        h = o * Tanh(c);
        kept *= f; // Along the cell state, c_T depends on c_0 by the product of all forget gates.
    }

    double[] memory = kept.Span.ToArray();
    double share = memory.Count(value => value == 0) / (double)memory.Length;
    Console.WriteLine(
        $"{name,-8} {scale,5} {steps,3} {c.Span.ToArray().Max(Math.Abs),12:0.0e+0} "
        + $"{memory.Max(),20:0.0e+0} {share,16:P1}");
}
