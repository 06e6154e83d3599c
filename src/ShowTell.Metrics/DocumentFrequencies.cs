using System.Runtime.InteropServices;

namespace ShowTell.Metrics;

/// <summary>
/// In how many images' captions n-grams occur: what CIDEr weighs them by. Counted in the references themselves, CIDEr
/// is coco-caption's, and needs many images; counted once in a training set and kept, a single photo has a CIDEr, too.
/// Immutable and thread-safe.
/// </summary>
public sealed class DocumentFrequencies
{
    private const string FormatName = "showtell-document-frequencies";

    // As many tables as are worth counting in at the same time.
    private const int Tables = 13;

    // An n-gram that is not here, or in one image only, weighs log N.
    private readonly Dictionary<NGram, int>[] _tables;
    private readonly double _logImages;

    private DocumentFrequencies(WordIds words, int images, Dictionary<NGram, int>[] tables)
    {
        (Words, Images, _tables) = (words, images, tables);
        _logImages = Math.Log(Math.Max(1, images));
    }

    /// <summary>The numbers of the words. Do not add to them; copy them: <c>new WordIds(frequencies.Words.Words)</c>.
    /// </summary>
    public WordIds Words { get; }

    /// <summary>Images that were counted in, N.</summary>
    public int Images { get; }

    /// <summary>N-grams that occur in two images or more.</summary>
    public int Count => _tables.Sum(table => table.Count);

    /// <summary>Counts in the captions of images.</summary>
    /// <param name="words">What the captions' numbers mean.</param>
    /// <param name="images">The captions of each image, as numbers of words.</param>
    public static DocumentFrequencies Of(WordIds words, IEnumerable<IReadOnlyList<int[]>> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        NGram[][][] grams = [.. images.Select(captions => (NGram[][])[.. captions.Select(ids => NGram.AllOf(ids))])];
        return OfGrams(words, grams.Length, i => grams[i]);
    }

    /// <summary>Counts in the captions of images, split into words by <see cref="CaptionTokenizer"/>.</summary>
    public static DocumentFrequencies Of(CaptionSet captions)
    {
        ArgumentNullException.ThrowIfNull(captions);
        var tokens = new string[captions.Images.Count][][];
        Parallel.For(0, tokens.Length, i =>
            tokens[i] = [.. captions.Of(captions.Images[i]).Select(CaptionTokenizer.Tokenize)]);
        var words = new WordIds();
        return Of(words, tokens.Select(ofImage => (IReadOnlyList<int[]>)[.. ofImage.Select(words.AddAll)]));
    }

    /// <summary>Counts n-grams, those of an image any number of times and in any order.</summary>
    internal static DocumentFrequencies OfGrams(WordIds words, int images, Func<int, IEnumerable<NGram[]>> gramsOf)
    {
        var distinct = new NGram[images][];
        Parallel.For(0, images, i => distinct[i] = Distinct(gramsOf(i)));

        // Each table takes its own n-grams, so that threads share none.
        var counts = new Dictionary<NGram, int>[Tables];
        Parallel.For(0, Tables, table => counts[table] = CountIn(table, distinct));
        return new DocumentFrequencies(words, images, counts);
    }

    private static NGram[] Distinct(IEnumerable<NGram[]> captions)
    {
        NGram[] all = [.. captions.SelectMany(grams => grams)];
        Array.Sort(all);
        int count = 0;
        for (int i = 0; i < all.Length; i++)
        {
            if (i == 0 || all[i] != all[i - 1])
            {
                all[count++] = all[i];
            }
        }

        return all[..count];
    }

    private static Dictionary<NGram, int> CountIn(int table, NGram[][] images)
    {
        var counts = new Dictionary<NGram, int>();
        foreach (NGram[] grams in images)
        {
            foreach (NGram gram in grams)
            {
                if (TableOf(gram) == table)
                {
                    CollectionsMarshal.GetValueRefOrAddDefault(counts, gram, out _)++;
                }
            }
        }

        return new Dictionary<NGram, int>(counts.Where(pair => pair.Value > 1));
    }

    private static int TableOf(NGram gram) => (int)((uint)gram.GetHashCode() % Tables);

    /// <summary>In how many images the words occur in this order, without others between them; 1 also stands for 0.
    /// </summary>
    /// <param name="words">Numbers of 1 to 4 words.</param>
    public int Of(ReadOnlySpan<int> words) => Find(NGram.Of(words));

    /// <summary>log N - log max(1, images with the n-gram).</summary>
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
        foreach ((NGram gram, int count) in _tables.SelectMany(table => table).OrderBy(pair => pair.Key))
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
    /// <param name="path">What to call the file in messages.</param>
    /// <param name="root">The file's JSON.</param>
    /// <exception cref="DataException">It holds something else.</exception>
    public static DocumentFrequencies Read(string path, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("format", out JsonElement format) || !format.ValueEquals(FormatName)
            || !root.TryGetProperty("images", out JsonElement images) || !images.TryGetInt32(out int count) || count < 1
            || !root.TryGetProperty("counts", out JsonElement counts) || counts.ValueKind != JsonValueKind.Object)
        {
            throw new DataException(
                $"{path}: holds no document frequencies; a file that showtell wrote with \"format\": \"{FormatName}\" "
                + "was expected.");
        }

        var words = new WordIds();
        Dictionary<NGram, int>[] grams = [.. Enumerable.Range(0, Tables).Select(_ => new Dictionary<NGram, int>())];
        foreach (JsonProperty entry in counts.EnumerateObject())
        {
            int[] ids = words.AddAll(entry.Name.Split(' '));
            if (ids.Length > NGram.MaxLength || !entry.Value.TryGetInt32(out int value) || value < 1 || value > count)
            {
                throw new DataException(
                    $"{path}: counts[\"{entry.Name}\"] is {entry.Value}; 1 to 4 words that occur in 1 to {count} "
                    + "images were expected.");
            }

            var gram = NGram.Of(ids);
            grams[TableOf(gram)][gram] = value;
        }

        return new DocumentFrequencies(words, count, grams);
    }

    private int Find(NGram gram) => _tables[TableOf(gram)].GetValueOrDefault(gram, 1);
}
