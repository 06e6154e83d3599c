using ShowTell.Layers;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Layers;

public sealed class MultiHeadAttentionTests
{
    private const int N = 2, T = 3, D = 4, Heads = 2;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Attention_weights_of_each_row_sum_to_one(bool causal)
    {
        var random = new SeededRandom(3);
        Matrix<double> x = Matrix.Normal<double>(random, N * T, D);
        AttentionWeights<double> weights = LayerTable.MultiHeadWeights<double>(random, D, D, 6);
        var cache = new MultiHeadAttentionCache<double>();
        MultiHeadAttention.Forward(x, x, weights, N, Heads, causal, cache, new Matrix<double>(N * T, D));
        for (int n = 0; n < N; n++)
        {
            Matrix<double> attention = LayerTable.Copy(cache.Attention(n));
            Assert.Equal((T, Heads * T), (attention.Rows, attention.Columns));
            for (int i = 0; i < T; i++)
            {
                foreach (double[] head in attention.Row(i).ToArray().Chunk(T))
                {
                    Assert.Equal(1, head.Sum(), 1e-14);
                    Assert.All(head.Index(), weight => Assert.Equal(causal && weight.Index > i, weight.Item == 0));
                }
            }
        }

        Assert.ThrowsAny<ArgumentException>(() => LayerTable.Copy(cache.Attention(N)));
    }

    /// <summary>Scores whose exponentials overflow.</summary>
    [Fact]
    public void Large_scores_do_not_overflow()
    {
        Matrix<float> x = Matrix.Normal<float>(new SeededRandom(3), N * T, D, 1e4), output = new(N * T, D);
        AttentionWeights<float> weights = LayerTable.MultiHeadWeights<float>(new SeededRandom(4), D, D, 6);
        MultiHeadAttention.Forward(x, x, weights, N, Heads, causal: true, new MultiHeadAttentionCache<float>(), output);
        Assert.All(output.Span.ToArray(), element => Assert.True(float.IsFinite(element)));
    }

    [Fact]
    public void Incompatible_inputs_are_rejected()
    {
        AttentionWeights<double> weights = LayerTable.MultiHeadWeights<double>(new SeededRandom(1), D, D, 6);
        void Run(int memoryRows, int batchSize, int heads, bool causal) => MultiHeadAttention.Forward(
            new Matrix<double>(N * T, D), new Matrix<double>(memoryRows, D), weights, batchSize, heads, causal,
            new MultiHeadAttentionCache<double>(), new Matrix<double>(N * T, D));
        Run(memoryRows: 10, batchSize: 2, heads: 3, causal: false);
        Assert.ThrowsAny<ArgumentException>(() => Run(memoryRows: 10, batchSize: 2, heads: 4, causal: false));
        Assert.ThrowsAny<ArgumentException>(() => Run(memoryRows: 10, batchSize: 2, heads: 0, causal: false));
        Assert.ThrowsAny<ArgumentException>(() => Run(memoryRows: 10, batchSize: 4, heads: 3, causal: false));
        Assert.ThrowsAny<ArgumentException>(() => Run(memoryRows: 0, batchSize: 2, heads: 3, causal: false));
        Assert.ThrowsAny<ArgumentException>(() => Run(memoryRows: 10, batchSize: 2, heads: 3, causal: true));
    }
}
