using ShowTell.Layers;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Layers;

/// <summary>Every function of every layer rejects every matrix with a row or column too many or too few.</summary>
public sealed class LayerShapeTests
{
    // 3 samples of 5 timesteps: neither 14 nor 16 rows divide by 3, nor 15 by 2 or 4.
    private const int N = 3, T = 5, D = 4, H = 6, V = 7;
    private static readonly int[] s_words = [.. Enumerable.Range(0, T * N).Select(i => i % V)];

    private static readonly
        (string Function, (int Rows, int Columns)[] Shapes, Action<Matrix<double>[]> Call)[] s_functions =
    [
        ("Affine.Forward", [(N, D), (D, V), (1, V), (N, V)], m => Affine.Forward<double>(m[0], m[1], m[2].Span, m[3])),
        ("Affine.Backward", [(N, V), (N, D), (D, V), (N, D), (D, V), (1, V)],
            m => Affine.Backward<double>(m[0], m[1], m[2], m[3], m[4], m[5].Span)),
        ("Affine.BackwardWeights", [(N, V), (N, D), (D, V), (1, V)], m => Affine.BackwardWeights<double>(
            m[0], m[1], m[2], m[3].Span)),
        ("WordEmbedding.Forward", [(V, D), (T * N, D)], m => WordEmbedding.Forward<double>(s_words, m[0], m[1])),
        ("WordEmbedding.Backward", [(T * N, D), (V, D)], m => WordEmbedding.Backward<double>(m[0], s_words, m[1])),
        ("LayerNorm.Forward", [(N, H), (1, H), (1, H), (N, H)],
            m => LayerNorm.Forward<double>(m[0], m[1].Span, m[2].Span, new LayerNormCache<double>(), m[3])),
        ("LayerNorm.Backward", [(N, H), (1, H), (N, H), (1, H), (1, H)],
            m => LayerNorm.Backward<double>(m[0], m[1].Span, LayerNormCache(), m[2], m[3].Span, m[4].Span)),
        ("FeedForward.Forward", [(N, D), (D, H), (1, H), (H, V), (1, V), (N, H), (N, V)],
            m => FeedForward.Forward<double>(m[0], new(m[1], m[2], m[3], m[4]), m[5], m[6])),
        ("FeedForward.Backward",
            [(N, V), (N, D), (N, H), (D, H), (H, V), (N, H), (N, D), (D, H), (1, H), (H, V), (1, V)],
            m => FeedForward.Backward<double>(
                m[0], m[1], m[2], new(m[3], new(1, H), m[4], new(1, V)), m[5], m[6], new(m[7], m[8], m[9], m[10]))),
        ("MultiHeadAttention.Forward",
            [(T * N, D), (N * V, D), (D, H), (1, H), (D, 2 * H), (1, 2 * H), (H, D), (1, D), (T * N, D)],
            m => MultiHeadAttention.Forward<double>(
                m[0], m[1], new(m[2], m[3], m[4], m[5], m[6], m[7]), N, 2, false, new MultiHeadAttentionCache<double>(),
                m[8])),
        ("MultiHeadAttention.Backward",
            [(T * N, D), (T * N, D), (N * V, D), (D, H), (D, 2 * H), (H, D), (T * N, D), (N * V, D),
                (D, H), (1, H), (D, 2 * H), (1, 2 * H), (H, D), (1, D)],
            m => MultiHeadAttention.Backward<double>(
                m[0], m[1], m[2], MultiHeadAttentionCache(), new(m[3], new(1, H), m[4], new(1, 2 * H), m[5], new(1, D)),
                m[6], m[7],
                new(m[8], m[9], m[10], m[11], m[12], m[13]))),
        ("Rnn.Step", [(N, D), (N, H), (D, H), (H, H), (1, H), (N, H)],
            m => Rnn.Step<double>(m[0], m[1], new(m[2], m[3], m[4]), m[5])),
        ("Rnn.StepBackward",
            [
                (N, H), (N, D), (N, H), (N, H), (D, H), (H, H), (1, H), (N, D), (N, H), (D, H), (H, H), (1, H),
            ],
            m => Rnn.StepBackward<double>(
                m[0], m[1], m[2], m[3], new(m[4], m[5], m[6]), m[7], m[8], new(m[9], m[10], m[11]))),
        ("Rnn.Forward", [(T * N, D), (N, H), (D, H), (H, H), (1, H)],
            m => Rnn.Forward<double>(m[0], m[1], new(m[2], m[3], m[4]), new RnnCache<double>())),
        ("Rnn.Backward", [(T * N, H), (T * N, D), (D, H), (H, H), (1, H), (T * N, D), (N, H), (D, H), (H, H), (1, H)],
            m => Rnn.Backward<double>(
                m[0], m[1], RnnCache(), new(m[2], m[3], m[4]), m[5], m[6], new(m[7], m[8], m[9]))),
        ("Lstm.Step", [(N, D), (N, H), (N, H), (D, 4 * H), (H, 4 * H), (1, 4 * H), (N, H), (N, H), (N, 4 * H)],
            m => Lstm.Step<double>(m[0], m[1], m[2], new(m[3], m[4], m[5]), m[6], m[7], m[8])),
        ("Lstm.StepBackward",
            [(N, H), (N, H), (N, D), (N, H), (N, H), (N, H), (N, 4 * H), (D, 4 * H), (H, 4 * H), (1, 4 * H),
                (N, D), (N, H), (N, H), (D, 4 * H), (H, 4 * H), (1, 4 * H)],
            m => Lstm.StepBackward<double>(
                m[0], m[1], m[2], m[3], m[4], m[5], m[6], new(m[7], m[8], m[9]), m[10], m[11], m[12],
                new(m[13], m[14], m[15]))),
        ("Lstm.Forward", [(T * N, D), (N, H), (D, 4 * H), (H, 4 * H), (1, 4 * H)],
            m => Lstm.Forward<double>(m[0], m[1], new(m[2], m[3], m[4]), new LstmCache<double>())),
        ("Lstm.Backward",
            [
                (T * N, H), (T * N, D), (D, 4 * H), (H, 4 * H), (1, 4 * H), (T * N, D), (N, H), (D, 4 * H), (H, 4 * H),
                (1, 4 * H),
            ],
            m => Lstm.Backward<double>(
                m[0], m[1], LstmCache(), new(m[2], m[3], m[4]), m[5], m[6], new(m[7], m[8], m[9]))),
        ("Gru.Step",
            [(N, D), (N, H), (D, 3 * H), (H, 3 * H), (1, 3 * H), (1, H), (N, H), (N, 3 * H), (N, 3 * H)],
            m => Gru.Step<double>(m[0], m[1], new(m[2], m[3], m[4], m[5]), m[6], m[7], m[8])),
        ("Gru.StepBackward",
            [(N, H), (N, D), (N, H), (N, 3 * H), (N, 3 * H), (D, 3 * H), (H, 3 * H), (1, 3 * H), (1, H),
                (N, D), (N, H), (D, 3 * H), (H, 3 * H), (1, 3 * H), (1, H)],
            m => Gru.StepBackward<double>(
                m[0], m[1], m[2], m[3], m[4], new(m[5], m[6], m[7], m[8]), m[9], m[10],
                new(m[11], m[12], m[13], m[14]))),
        ("Gru.Forward", [(T * N, D), (N, H), (D, 3 * H), (H, 3 * H), (1, 3 * H), (1, H)],
            m => Gru.Forward<double>(m[0], m[1], new(m[2], m[3], m[4], m[5]), new GruCache<double>())),
        ("Gru.Backward",
            [(T * N, H), (T * N, D), (D, 3 * H), (H, 3 * H), (1, 3 * H), (1, H),
                (T * N, D), (N, H), (D, 3 * H), (H, 3 * H), (1, 3 * H), (1, H)],
            m => Gru.Backward<double>(
                m[0], m[1], GruCache(), new(m[2], m[3], m[4], m[5]), m[6], m[7], new(m[8], m[9], m[10], m[11]))),
        ("Dropout.Forward", [(N, D), (N, D)], m => Dropout.Forward<double>(m[0], new DropoutMask(0.5, 1), m[1])),
        ("TemporalSoftmaxLoss", [(T * N, V), (T * N, V)],
            m => TemporalSoftmaxLoss.ForwardBackward<double>(m[0], s_words, new bool[T * N], N, m[1])),
    ];

    public static TheoryData<string> Functions => [.. s_functions.Select(function => function.Function)];

    [Theory, MemberData(nameof(Functions))]
    public void Wrong_shapes_are_rejected(string name)
    {
        (_, (int Rows, int Columns)[] shapes, Action<Matrix<double>[]> call) = s_functions.Single(
            f => f.Function == name);
        call(Matrices(shapes)); // Fits.
        for (int i = 0; i < shapes.Length; i++)
        {
            // WordEmbedding accepts a table of any height that contains all words.
            bool anyHeight = name.StartsWith("WordEmbedding", StringComparison.Ordinal) && shapes[i] == (V, D);
            foreach ((int rows, int columns) in new[] { (1, 0), (-1, 0), (0, 1), (0, -1) })
            {
                if (anyHeight && rows > 0)
                {
                    continue;
                }

                (int Rows, int Columns)[] changed = [.. shapes];
                changed[i] = (shapes[i].Rows + rows, shapes[i].Columns + columns);
                Exception? error = Record.Exception(() => call(Matrices(changed)));
                Assert.True(
                    error is ArgumentException,
                    $"{name}: matrix {i} as {changed[i]} instead of {shapes[i]} gave "
                        + $"{error?.GetType().Name ?? "a result"}.");
            }
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(V)]
    [InlineData(int.MaxValue)]
    public void Unknown_words_are_rejected(int id)
    {
        var (w, rows) = (new Matrix<double>(V, D), new Matrix<double>(1, D));
        Assert.ThrowsAny<ArgumentException>(() => WordEmbedding.Forward<double>([id], w, rows));
        Assert.ThrowsAny<ArgumentException>(() => WordEmbedding.Backward<double>(rows, [id], w));
        var scores = new Matrix<double>(1, V);
        Assert.ThrowsAny<ArgumentException>(
            () => TemporalSoftmaxLoss.ForwardBackward<double>(scores, [id], [true], 1, scores));
        TemporalSoftmaxLoss.ForwardBackward<double>(scores, [id], [false], 1, scores); // Does not count.
    }

    [Fact]
    public void Incompatible_batch_sizes_are_rejected()
    {
        var scores = new Matrix<double>(4, V);
        Assert.ThrowsAny<ArgumentException>(
            () => TemporalSoftmaxLoss.ForwardBackward<double>(scores, new int[4], new bool[4], 0, scores));
        Assert.ThrowsAny<ArgumentException>(
            () => TemporalSoftmaxLoss.ForwardBackward<double>(scores, new int[3], new bool[4], 2, scores));
        Assert.ThrowsAny<ArgumentException>(
            () => TemporalSoftmaxLoss.ForwardBackward<double>(scores, new int[4], new bool[5], 2, scores));
        Assert.ThrowsAny<ArgumentException>(() => TimeMajor.FromBatchMajor<double>(scores, 3));
        Assert.ThrowsAny<ArgumentException>(() => TimeMajor.ToBatchMajor<double>(scores, 0));
    }

    private static Matrix<double>[] Matrices((int Rows, int Columns)[] shapes) =>
        [.. shapes.Select(shape => new Matrix<double>(shape.Rows, shape.Columns))];

    private static RnnCache<double> RnnCache()
    {
        var cache = new RnnCache<double>();
        Rnn.Forward<double>(new Matrix<double>(T * N, D), new Matrix<double>(N, H), new(D, H, Rnn.Gates), cache);
        return cache;
    }

    private static LayerNormCache<double> LayerNormCache()
    {
        var (cache, x) = (new LayerNormCache<double>(), new Matrix<double>(N, H));
        LayerNorm.Forward<double>(x, new double[H], new double[H], cache, x);
        return cache;
    }

    private static MultiHeadAttentionCache<double> MultiHeadAttentionCache()
    {
        var (cache, x) = (new MultiHeadAttentionCache<double>(), new Matrix<double>(T * N, D));
        AttentionWeights<double> weights = LayerTable.MultiHeadWeights<double>(new SeededRandom(1), D, D, H);
        MultiHeadAttention.Forward<double>(
            x, new Matrix<double>(N * V, D), weights, N, heads: 2, causal: false, cache, x);
        return cache;
    }

    private static GruCache<double> GruCache()
    {
        var cache = new GruCache<double>();
        Gru.Forward<double>(new Matrix<double>(T * N, D), new Matrix<double>(N, H), new(D, H, Gru.Gates), cache);
        return cache;
    }

    private static LstmCache<double> LstmCache()
    {
        var cache = new LstmCache<double>();
        Lstm.Forward<double>(new Matrix<double>(T * N, D), new Matrix<double>(N, H), new(D, H, Lstm.Gates), cache);
        return cache;
    }
}
