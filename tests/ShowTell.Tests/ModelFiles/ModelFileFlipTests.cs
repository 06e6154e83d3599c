using System.Diagnostics;
using ShowTell.Data;
using ShowTell.ModelFiles;
using ShowTell.Models;
using ShowTell.Tests.Models;
using ShowTell.Tests.Numerics;
using Xunit;

namespace ShowTell.Tests.ModelFiles;

/// <summary>
/// A model file of 4 KB, cut anywhere or with any bit flipped, is refused or is the identical model, within 50 ms and
/// its size and 1 MB of memory.
/// </summary>
[Collection(WorkersCollection.Name)]
public sealed class ModelFileFlipTests : IDisposable
{
    private const int MaxMilliseconds = 50;
    private const long MaxMemory = 1 << 20;

    private readonly TemporaryFolder _folder = TestData.Temporary();
    private readonly byte[] _good;
    private readonly int[] _weights;
    private double _slowest;
    private long _largest;

    public ModelFileFlipTests()
    {
        Vocabulary vocabulary = Vocabulary.OfWords(["a cat runs and a dog sleeps"]);
        ModelBundle bundle = SmallModel.Bundle() with
        {
            Vocabulary = vocabulary,
            Model = SmallModel.Normal<float>(SmallModel.Options(CellKind.Rnn, d: 2, w: 6, h: 15, v: vocabulary.Count)),
        };

        // 4,096 bytes with this name.
        (bundle with { Training = bundle.Training with { Dataset = new string('d', 394) } }).Save(Path);
        _good = File.ReadAllBytes(Path);
        _weights = Weights(bundle);
        Assert.Equal(4_096, _good.Length);
        Assert.True(IsGood());
        (_slowest, _largest) = (0, 0);
    }

    private string Path => _folder.File("m");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_truncation_is_refused()
    {
        using FileStream file = File.Open(Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        for (int length = _good.Length - 1; length >= 0; length--)
        {
            file.SetLength(length);
            Assert.False(IsGood(), $"{length} of {_good.Length} bytes were accepted.");
        }

        Report($"{_good.Length} truncations");
    }

    [Fact]
    public void Every_flipped_bit_is_refused()
    {
        using FileStream file = File.Open(Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        for (int bit = 0; bit < 8 * _good.Length; bit++)
        {
            Write(file, bit / 8, (byte)(_good[bit / 8] ^ (1 << (bit % 8))));
            Assert.False(IsGood(), $"bit {bit % 8} of byte {bit / 8} was flipped unnoticed.");
            Write(file, bit / 8, _good[bit / 8]);
        }

        Assert.True(IsGood());
        Report($"{8 * _good.Length} flipped bits");
    }

    private static void Write(FileStream file, int position, byte value) =>
        RandomAccess.Write(file.SafeFileHandle, [value], position);

    /// <summary>Whether the file loads; if so, it must be the same model.</summary>
    private bool IsGood()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        ModelBundle? loaded = null;
        Exception? error = Record.Exception(() => loaded = ModelBundle.Load(Path));
        double milliseconds = clock.Elapsed.TotalMilliseconds;
        for (int again = 0; milliseconds > MaxMilliseconds && again < 3; again++)
        {
            // Another process may have had the processor.
            clock.Restart();
            Record.Exception(() => ModelBundle.Load(Path));
            milliseconds = clock.Elapsed.TotalMilliseconds;
        }

        _slowest = Math.Max(_slowest, milliseconds);
        _largest = Math.Max(_largest, GC.GetAllocatedBytesForCurrentThread() - before);
        if (loaded is not null)
        {
            Assert.Equal(_weights, Weights(loaded));
            return true;
        }

        Assert.IsType<ModelFileException>(error);
        Assert.StartsWith(Path, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        return false;
    }

    private void Report(string what)
    {
        TestContext.Current.SendDiagnosticMessage(
            $"{what}: all refused, at most {_slowest:F1} ms and {_largest:N0} bytes of memory");
        Assert.InRange(_slowest, 0, MaxMilliseconds);
        Assert.InRange(_largest, 0, _good.Length + MaxMemory);
    }

    private static int[] Weights(ModelBundle bundle) =>
    [
        .. bundle.Model.Parameters.All.SelectMany(parameter => parameter.Value.Span.ToArray())
            .Select(BitConverter.SingleToInt32Bits),
    ];
}
