using System.Runtime.InteropServices;

namespace ShowTell.Metrics;

/// <summary>
/// The document frequencies of CIDEr: for each n-gram the number of images whose captions contain it. Counted in the
/// references, as coco-caption does, they need many images; counted once in a training set ("frozen"), they give a
/// single image a score too. Immutable and thread-safe.
/// </summary>
public sealed class DocumentFrequencies
{
    private const string FormatName = "showtell-document-frequencies";

    // N-grams of a single image are not stored: they weigh log N, like those of none.
    private readonly Dictionary<NGram, int> _counts;
    private readonly double _logImages;

    private DocumentFrequencies(WordIds words, int images, Dictionary<NGram, int> counts)
    {
        (Words, Images, _counts) = (words, images, counts);
        _logImages = Math.Log(Math.Max(1, images));
    }

    /// <summary>The word ids. Add words to a copy only: <c>new WordIds(frequencies.Words.Words)</c>.</summary>
    public WordIds Words { get; }

    /// <summary>The number of images, N.</summary>
    public int Images { get; }

    /// <summary>The number of n-grams that occur in at least two images.</summary>
    public int Count => _counts.Count;

    /// <summary>Counts the n-grams of images' captions.</summary>
    /// <param name="words">The word ids of the captions.</param>
    /// <param name="images">The captions of each image, as word ids.</param>
    public static DocumentFrequencies Of(WordIds words, IEnumerable<IReadOnlyList<int[]>> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        return OfGrams(words, [.. images.Select(captions => (NGram[][])[.. captions.Select(ids => NGram.AllOf(ids))])]);
    }

    /// <summary>Counts the n-grams of images' captions, which <see cref="CaptionTokenizer"/> splits into words.
    /// </summary>
    public static DocumentFrequencies Of(CaptionSet captions)
    {
        ArgumentNullException.ThrowIfNull(captions);
        var tokens = new string[captions.Images.Count][][];
        Parallel.For(0, tokens.Length, i =>
            tokens[i] = [.. captions.Of(captions.Images[i]).Select(CaptionTokenizer.Tokenize)]);
        var words = new WordIds();
        return Of(words, tokens.Select(ofImage => (IReadOnlyList<int[]>)[.. ofImage.Select(words.AddAll)]));
    }

    /// <summary>Counts the n-grams of each image's captions.</summary>
    internal static DocumentFrequencies OfGrams(WordIds words, NGram[][][] images)
    {
        var distinct = new NGram[images.Length][];
        Parallel.For(0, images.Length, i => distinct[i] = [.. images[i].SelectMany(grams => grams).Distinct()]);
        var counts = new Dictionary<NGram, int>();
        foreach (NGram[] grams in distinct)
        {
            foreach (NGram gram in grams)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(counts, gram, out _)++;
            }
        }

        return new DocumentFrequencies(
            words, images.Length, new Dictionary<NGram, int>(counts.Where(pair => pair.Value > 1)));
    }

    /// <summary>The number of images whose captions contain an n-gram; 1 if none does.</summary>
    /// <param name="words">The ids of its 1 to 4 words.</param>
    public int Of(ReadOnlySpan<int> words) => Find(NGram.Of(words));

    /// <summary>The inverse document frequency, log N - log max(1, images with the n-gram).</summary>
    internal double InverseOf(NGram gram) => _logImages - Math.Log(Find(gram));

    /// <summary>Writes the frequencies as JSON.</summary>
    public void Write(Stream stream)
    {
        using var writer = new Utf8JsonWriter(stream);
        writer.WriteStartObject();
        writer.WriteString("format", FormatName);
        writer.WriteNumber("version", 1);
        writer.WriteString("tokenizer", CaptionTokenizer.Name);
        writer.WriteNumber("images", Images);
        writer.WriteStartObject("counts");
        foreach ((NGram gram, int count) in _counts.OrderBy(pair => pair.Key))
        {
            writer.WriteNumber(string.Join(' ', gram.ToWords().Select(word => Words.Words[word])), count);
            if (writer.BytesPending > 1 << 20)
            {
                writer.Flush();
            }
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="path">The file's name in error messages.</param>
    /// <param name="root">The file's JSON.</param>
    /// <exception cref="DataException">It contains something else.</exception>
    public static DocumentFrequencies Read(string path, JsonElement root)
    {
        try
        {
            return Parse(path, root);
        }
        catch (InvalidOperationException error)
        {
            // JSON is decoded only where it is read.
            throw new DataException($"{path}: is not valid Unicode.", error);
        }
    }

    private static DocumentFrequencies Parse(string path, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("format", out JsonElement format)
            || format.ValueKind != JsonValueKind.String || !format.ValueEquals(FormatName)
            || !root.TryGetProperty("images", out JsonElement images) || CountOf(images) is not int count
            || !root.TryGetProperty("counts", out JsonElement counts) || counts.ValueKind != JsonValueKind.Object)
        {
            throw new DataException(
                $"{path}: contains no document frequencies; expected a file written by showtell with "
                + $"\"format\": \"{FormatName}\".");
        }

        var words = new WordIds();
        var frequencies = new Dictionary<NGram, int>();
        foreach (JsonProperty entry in counts.EnumerateObject())
        {
            int[] ids = words.AddAll(entry.Name.Split(' '));
            if (ids.Length > NGram.MaxLength || CountOf(entry.Value) is not int value || value > count)
            {
                throw new DataException(
                    $"{path}: counts[\"{entry.Name}\"] is {entry.Value.GetRawText()}; expected 1 to 4 words and a "
                    + $"number from 1 to {count}.");
            }

            frequencies[NGram.Of(ids)] = value;
        }

        return new DocumentFrequencies(words, count, frequencies);
    }

    private static int? CountOf(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int count) && count > 0 ? count : null;

    private int Find(NGram gram) => _counts.GetValueOrDefault(gram, 1);
}
