using System.Diagnostics;
using System.Numerics.Tensors;
using ShowTell.Decoding;
using ShowTell.Layers;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Models;
using Xunit;

namespace ShowTell.Tests.Decoding;

public sealed class GreedyDecoderTests
{
    public static TheoryData<CellKind> Cells => [CellKind.Rnn, CellKind.Lstm];

    /// <summary>Every word is the best given the image and all words before it, run through the layers again.</summary>
    [Theory, MemberData(nameof(Cells))]
    public void Every_word_is_the_best_given_the_words_before_it(CellKind cell)
    {
        const int N = 30, MaxLength = 12;
        CaptioningModel<double> model = SmallModel.Normal<double>(SmallModel.Options(cell, v: 9), seed: 8);
        Matrix<double> features = Matrix.Normal<double>(new SeededRandom(9), N, 4);
        int[] captions = model.DecodeGreedily(features, MaxLength);
        int ended = 0;
        for (int n = 0; n < N; n++)
        {
            int[] caption = captions[(n * MaxLength)..((n + 1) * MaxLength)];
            int length = Array.IndexOf(caption, model.Options.EndId) + 1;
            ended += length > 0 ? 1 : 0;
            length = length == 0 ? MaxLength : length;
            for (int t = 0; t < length; t++)
            {
                Assert.Equal(
                    BestAfter(model, features.RowBlock(n, 1), [model.Options.StartId, .. caption[..t]]), caption[t]);
            }

            Assert.All(caption[length..], word => Assert.Equal(model.Options.NullId, word));
        }

        Assert.InRange(ended, 1, N - 1); // Both captions that end and captions that do not.
    }

    [Theory, MemberData(nameof(Cells))]
    public void A_caption_does_not_depend_on_the_others_of_its_batch(CellKind cell)
    {
        CaptioningModel<float> model = SmallModel.Normal<float>(SmallModel.Options(cell, v: 9), seed: 8);
        Matrix<float> features = Matrix.Normal<float>(new SeededRandom(9), 20, 4);
        int[] together = model.DecodeGreedily(features, 10);
        int[] alone = [.. Enumerable.Range(0, 20).SelectMany(n => model.DecodeGreedily(features.RowBlock(n, 1), 10))];
        Assert.Equal(alone, together);
        Assert.Equal(together.Chunk(10).SelectMany(caption => caption.Take(4)), model.DecodeGreedily(features, 4));
    }

    [Fact]
    public void Decoding_stops_when_all_captions_have_ended()
    {
        CaptioningModel<float> model = SmallModel.Normal<float>(SmallModel.Options(CellKind.Lstm));
        model.Parameters.BVocab[0, model.Options.EndId] = 1e9f;
        var watch = Stopwatch.StartNew();
        int[] captions = model.DecodeGreedily(new Matrix<float>(2, 4), maxLength: 10_000_000);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(4), $"Took {watch.Elapsed}, probably for ten million steps.");
        Assert.Equal((2, 20_000_000), (captions.Count(word => word == model.Options.EndId), captions.Length));
        Assert.Equal((model.Options.EndId, model.Options.EndId), (captions[0], captions[10_000_000]));
        Assert.All(captions.AsSpan(1, 100).ToArray(), word => Assert.Equal(model.Options.NullId, word));
    }

    [Fact]
    public void The_shortest_caption_has_one_word()
    {
        CaptioningModel<float> model = SmallModel.Normal<float>(SmallModel.Options(CellKind.Rnn));
        Matrix<float> features = Matrix.Normal<float>(new SeededRandom(9), 3, 4);
        Assert.Equal(model.DecodeGreedily(features, 5).Where((_, i) => i % 5 == 0), model.DecodeGreedily(features, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.DecodeGreedily(features, 0));
        Assert.ThrowsAny<ArgumentException>(() => model.DecodeGreedily(new Matrix<float>(3, 5), 4));
        Assert.Empty(model.DecodeGreedily(new Matrix<float>(0, 4), 4));
    }

    /// <summary>Any number of words, for every vector width and remainder.</summary>
    [Fact]
    public void Probabilities_of_all_words_sum_to_one_whatever_their_number()
    {
        for (int v = 1; v < 70; v++)
        {
            double[] scores = Matrix.Normal<double>(new SeededRandom(3), 1, v, 300).Span.ToArray();
            double log = LogSoftmax.LogSumExp<double>(scores);
            Assert.Equal(1, scores.Sum(score => Math.Exp(score - log)), 1e-12);
            float[] floats = [.. scores.Select(score => (float)score)];
            Assert.Equal(log, LogSoftmax.LogSumExp<float>(floats), 1e-4);
        }
    }

    /// <summary>Markers with other ids.</summary>
    [Fact]
    public void Marker_ids_come_from_the_options()
    {
        CaptioningOptions options = SmallModel.Options(CellKind.Rnn) with { NullId = 7, StartId = 5, EndId = 6 };
        CaptioningModel<float> model = SmallModel.Normal<float>(options);
        model.Parameters.BVocab[0, 6] = 1e9f;
        Assert.Equal([6, 7, 7], model.DecodeGreedily(new Matrix<float>(1, 4), 3));
    }

    private static int BestAfter(CaptioningModel<double> model, ReadOnlyMatrixSpan<double> features, int[] words)
    {
        CaptioningParameters<double> p = model.Parameters;
        CaptioningOptions options = model.Options;
        Matrix<double> h0 = new(1, options.HiddenSize), x = new(words.Length, options.WordVectorSize);
        Affine.Forward(features, p.WProj, p.BProj.Span, h0);
        WordEmbedding.Forward<double>(words, p.WEmbed, x);
        var scores = new Matrix<double>(words.Length, options.VocabularySize);
        if (options.Cell == CellKind.Rnn)
        {
            var cache = new RnnCache<double>();
            Rnn.Forward(x, h0, p.Recurrent, cache);
            Affine.Forward(cache.HiddenStates, p.WVocab, p.BVocab.Span, scores);
        }
        else
        {
            var cache = new LstmCache<double>();
            Lstm.Forward(x, h0, p.Recurrent, cache);
            Affine.Forward(cache.HiddenStates, p.WVocab, p.BVocab.Span, scores);
        }

        return TensorPrimitives.IndexOfMax<double>(scores.Row(words.Length - 1));
    }
}
