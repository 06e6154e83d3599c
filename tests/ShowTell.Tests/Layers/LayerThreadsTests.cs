using ShowTell.Tests.Numerics;
using Xunit;

namespace ShowTell.Tests.Layers;

[Collection(WorkersCollection.Name)]
public sealed class LayerThreadsTests
{
    /// <summary>Layers that run on the calling thread only.</summary>
    private static readonly string[] s_ofOneThread = ["LayerNorm", "WordEmbedding"];

    public static TheoryData<string> Names =>
        [.. LayerTable.Layers<double>().Select(layer => layer.Name).Except(s_ofOneThread)];

    [Theory, MemberData(nameof(Names))]
    public void Bits_do_not_depend_on_the_number_of_threads(string layer)
    {
        // Large enough for products to be divided among threads.
        var shape = new Shape(N: 64, T: 11, D: 70, H: 65, V: 300);
        float[]? first = null;
        foreach (int count in new[] { 1, 2, 3, 8 })
        {
            float[] bits = WorkersCollection.InThreads(count, () =>
            {
                Differentiable<float> instance = LayerTable.Make<float>(layer, shape);
                return instance.Forward().Concat(instance.Backward())
                    .SelectMany(matrix => matrix.Span.ToArray())
                    .ToArray();
            });
            first ??= bits;
            Assert.True(first.AsSpan().SequenceEqual(bits), $"{count} threads");
        }
    }
}
