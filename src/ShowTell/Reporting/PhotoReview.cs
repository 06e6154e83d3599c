using System.Numerics.Tensors;
using ShowTell.Backbones;
using ShowTell.Captioning;
using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.Diagnostics;
using ShowTell.ModelFiles;
using ShowTell.Models;
using ShowTell.Photos;
using static System.FormattableString;

namespace ShowTell.Reporting;

/// <summary>
/// Captions single images of a split with a model or an ensemble, with probabilities, alternatives, and heat maps of
/// the first model's attention or of occlusion. Not thread-safe.
/// </summary>
public sealed class PhotoReview : IDisposable
{
    private const int MaxAlternatives = 5;

    private readonly ModelBundle _bundle;
    private readonly InferenceModel<float>[] _models;
    private readonly CaptionSplit _split;
    private readonly DecodingOptions _decoding;
    private readonly Occlusion _occlusion = new();
    private readonly PhotoEncoder? _encoder;

    /// <summary>Prepares the models.</summary>
    /// <param name="path">The file of the first model.</param>
    /// <param name="ensemble">The models of the ensemble, at least one.</param>
    /// <param name="split">The images.</param>
    /// <param name="decoding">The decoding options.</param>
    /// <param name="backbone">
    /// The backbone's file, for occlusion maps; null to search in the model file and beside it if the model has no
    /// attention.
    /// </param>
    /// <exception cref="ShowTellException">The given backbone cannot be used.</exception>
    public PhotoReview(
        string path,
        IReadOnlyList<ModelBundle> ensemble,
        CaptionSplit split,
        DecodingOptions decoding,
        string? backbone = null)
    {
        ArgumentNullException.ThrowIfNull(ensemble);
        ArgumentNullException.ThrowIfNull(split);
        ArgumentNullException.ThrowIfNull(decoding);
        (_bundle, _split, _decoding) = (ensemble[0], split, decoding);
        _models = [.. ensemble.Select(bundle => new InferenceModel<float>(bundle.Model))];
        var zeros = new Matrix<float>(1, _bundle.Model.Options.FeatureSize);
        bool hasAttention = WordAttention.Of(_models[0], zeros, [_bundle.Vocabulary.EndId]) is not null;
        if (backbone is not null || !hasAttention)
        {
            (_encoder, MapsMissing) = LoadEncoder(path, _bundle, backbone);
        }
    }

    /// <summary>Why there are no heat maps, in a sentence; null if there are.</summary>
    public string? MapsMissing { get; }

    /// <summary>Captions an image.</summary>
    /// <param name="image">Its index in the split.</param>
    /// <param name="picture">Its picture.</param>
    /// <param name="ciderD">The CIDEr-D of its caption.</param>
    /// <param name="cancellation">Cancels while occluded photos are encoded.</param>
    /// <returns>The caption with alternatives and heat maps, without references.</returns>
    /// <exception cref="DataException">The image's features cannot be read.</exception>
    public ReportPhoto Review(int image, Picture picture, double ciderD, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(picture);
        var features = new Matrix<float>(1, _split.Features.Columns);
        _split.ReadFeatures([image], features);
        DecodedCaption[] Decode(int captions) => CaptionGenerator.Generate(
            _models, [.. _models.Select(_ => features)], _decoding with { Captions = captions }, [(ulong)image])[0];
        DecodedCaption best = Decode(1)[0];
        string Text(DecodedCaption caption) => _bundle.Vocabulary.Decode([.. caption.Ids]);
        DecodedCaption[] several = _decoding.Beam > 1 ? Decode(Math.Min(_decoding.Beam, 1 + MaxAlternatives)) : [];
        BackbonePreprocessing? preprocessing = _bundle.Photos?.Preprocessing;
        WordMaps?[] maps = [Attention(features, best.Ids), Occlude(picture, best.Ids, cancellation)];
        return new ReportPhoto(
            Thumbnail.Of(picture), _split.ImageLabel(image), Text(best), Math.Exp(best.LogProbability), ciderD)
        {
            Alternatives =
            [
                .. several.Where(other => !other.Ids.SequenceEqual(best.Ids))
                    .Select(other => (Text(other), Math.Exp(other.LogProbability))),
            ],
            Link = image < _split.Urls.Count ? _split.Urls[image] : null,
            Input = preprocessing is null ? null : Thumbnail.BackboneInput(picture, preprocessing),
            Maps = [.. maps.OfType<WordMaps>()],
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _encoder?.Dispose();

    private static (PhotoEncoder? Encoder, string? Missing) LoadEncoder(
        string path, ModelBundle bundle, string? backbone)
    {
        try
        {
            // Several covered photos are encoded at once, each by one thread.
            return (BackboneResolver.LoadEncoder(path, bundle, new CaptionerOptions { Backbone = backbone }), null);
        }
        catch (ShowTellException error) when (backbone is null)
        {
            return (null, bundle.Photos is not PhotoPipeline pipeline
                ? "There are no heat maps: the model has no attention, and the backbone of its features is unknown."
                : error is IncompatibleException
                ? "There are no heat maps: the model has no attention. For occlusion maps, add its backbone: "
                    + $"--backbone {Path.GetFileName(pipeline.BackboneFile)}."
                : $"There are no heat maps: {error.Message}");
        }
    }

    /// <summary>Attention maps; null if the model has no attention, or not over a square grid.</summary>
    private WordMaps? Attention(Matrix<float> features, IReadOnlyList<int> ids)
    {
        if (WordAttention.Of(_models[0], features, ids) is not Matrix<float> weights)
        {
            return null;
        }

        var words = new List<(string, HeatMap, string)>();
        foreach ((string word, Range tokens) in Words(ids))
        {
            float[] mean = Sum(weights, tokens);
            TensorPrimitives.Divide(mean, tokens.GetOffsetAndLength(ids.Count).Length, mean);
            if (HeatMap.OfSquare(mean) is HeatMap map)
            {
                words.Add((word, map.Stretched(), Invariant($"{100 * mean.Max():0}%")));
            }
        }

        return words.Count > 0 ? new WordMaps(WordMapKind.Attention, words) : null;
    }

    /// <summary>Occlusion maps; null without a backbone, or if the picture cannot be decoded.</summary>
    private WordMaps? Occlude(Picture picture, IReadOnlyList<int> ids, CancellationToken cancellation)
    {
        if (_encoder is null || Thumbnail.Read(picture, _encoder.Reader) is not Photo photo)
        {
            return null;
        }

        var features = new Matrix<float>(_occlusion.Photos, _encoder.FeatureSize);
        _encoder.EncodeAll(
            _occlusion.Photos,
            number => _occlusion.Cover(photo, number),
            (number, vector) => vector.CopyTo(features.Row(number)),
            (_, error) => throw error,
            cancellation: cancellation);
        Matrix<float> drops = _occlusion.Drops(_models[0], features, ids);
        (string Word, float[] Drops)[] words = [.. Words(ids).Select(word => (word.Word, Sum(drops, word.Tokens)))];
        float max = words.Max(word => HeatMap.OfSquare(word.Drops)!.Max());
        (string, HeatMap, string) Map(string word, float[] regions, float? high) =>
            (word, HeatMap.OfSquare(regions)! with { High = high }, Divisor(regions.Max()));
        return new WordMaps(
            WordMapKind.Occlusion,
            [
                Map("whole caption", Sum(drops, ..), null),
                .. words.Select(word => Map(word.Word, word.Drops, max)),
            ]);
    }

    /// <summary>The factor by which a drop of the log-probability divides the probability.</summary>
    private static string Divisor(double drop)
    {
        double divisor = Math.Exp(Math.Max(0, drop));
        return "÷ " + divisor switch
        {
            < 9.95 => Invariant($"{divisor:0.0}"),
            < 1e6 => Invariant($"{double.Parse(Invariant($"{divisor:G2}"), CultureInfo.InvariantCulture):#,0}"),
            _ => "1,000,000+",
        };
    }

    /// <summary>The words of a caption, each with the range of its tokens.</summary>
    private IEnumerable<(string Word, Range Tokens)> Words(IReadOnlyList<int> ids)
    {
        Vocabulary vocabulary = _bundle.Vocabulary;
        for (int start = 0, end; start < ids.Count; start = end)
        {
            bool IsLetter(int t) => vocabulary.Kind == TokenKind.Character && ids[t] != vocabulary.EndId
                && !string.IsNullOrWhiteSpace(vocabulary.Tokens[ids[t]]);
            for (end = start + 1; end < ids.Count && IsLetter(end - 1) && IsLetter(end); end++)
            {
            }

            string word = string.Concat(Enumerable.Range(start, end - start).Select(t => vocabulary.Tokens[ids[t]]));
            if (!string.IsNullOrWhiteSpace(word))
            {
                yield return (ids[start] == vocabulary.EndId ? "(end)" : word, start..end);
            }
        }
    }

    private static float[] Sum(Matrix<float> rows, Range range)
    {
        (int first, int count) = range.GetOffsetAndLength(rows.Rows);
        var sum = new float[rows.Columns];
        for (int row = first; row < first + count; row++)
        {
            TensorPrimitives.Add(sum, rows.Row(row), sum);
        }

        return sum;
    }
}
