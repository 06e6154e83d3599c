// What a row of a matrix costs: ShowTell's MatrixSpan against TensorSpan of System.Numerics.Tensors.
//
//     dotnet run -c Release bench/matrix-forms.cs
//
// Every layer goes through its matrices row by row (a row is one sample at one timestep). Prints the median of 15 runs.

#:project ../src/ShowTell/ShowTell.csproj
#:package System.Numerics.Tensors
#:property PublishAot=false
#:property NoWarn=$(NoWarn);SYSLIB5001;CS1591

using System.Buffers;
using System.Diagnostics;
using System.Numerics.Tensors;
using ShowTell.Numerics;

const int Rows = 2048, Columns = 512;
var elements = new float[Rows * Columns];
var matrix = new Matrix<float>(Rows, Columns, elements);

Compare("one element of each row", "MatrixSpan.Row", SumByMatrixRow, "TensorSpan.Slice", SumByTensorSlice);
Compare("each row times a number", "MatrixSpan.Row", ScaleByMatrixRow, "TensorSpan.Slice", ScaleByTensorSlice);

void SumByMatrixRow()
{
    MatrixSpan<float> x = matrix;
    float sum = 0;
    for (int i = 0; i < Rows; i++)
    {
        sum += x.Row(i)[3];
    }

    GC.KeepAlive(sum);
}

void SumByTensorSlice()
{
    var x = new TensorSpan<float>(elements, [Rows, Columns]);
    float sum = 0;
    for (int i = 0; i < Rows; i++)
    {
        sum += x.Slice([new NRange(i, i + 1), NRange.All])[0, 3];
    }

    GC.KeepAlive(sum);
}

void ScaleByMatrixRow()
{
    MatrixSpan<float> x = matrix;
    for (int i = 0; i < Rows; i++)
    {
        TensorPrimitives.Multiply(x.Row(i), 1.0001f, x.Row(i));
    }
}

void ScaleByTensorSlice()
{
    var x = new TensorSpan<float>(elements, [Rows, Columns]);
    for (int i = 0; i < Rows; i++)
    {
        TensorSpan<float> row = x.Slice([new NRange(i, i + 1), NRange.All]);
        Tensor.Multiply(row, 1.0001f, row);
    }
}

static void Compare(string what, string oneName, Action one, string otherName, Action other)
{
    // In turn, so that a slow moment of the machine meets both.
    var (oneTimes, otherTimes) = (new List<double>(), new List<double>());
    for (int run = 0; run < 20; run++)
    {
        oneTimes.Add(Nanoseconds(one));
        otherTimes.Add(Nanoseconds(other));
    }

    double oneMedian = Median(oneTimes), otherMedian = Median(otherTimes);
    Console.WriteLine(FormattableString.Invariant(
        $"{what}: {oneName} {oneMedian:F1} ns, {otherName} {otherMedian:F1} ns, ratio {otherMedian / oneMedian:F1}"));
}

static double Nanoseconds(Action action)
{
    var watch = Stopwatch.StartNew();
    action();
    return watch.Elapsed.TotalNanoseconds / Rows;
}

static double Median(List<double> times) => times.Skip(5).Order().ElementAt((times.Count - 5) / 2);
