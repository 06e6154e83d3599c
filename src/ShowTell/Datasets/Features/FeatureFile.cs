using System.Numerics.Tensors;
using ShowTell.Backbones;
using ShowTell.Files;

namespace ShowTell.Datasets.Features;

/// <summary>
/// Files of photos' features that say how they were made, in any of the <see cref="TensorFormats"/>:
/// <list type="bullet">
/// <item><c>features</c>: photos x D, or photos x places x D; float32 or float16.</item>
/// <item><c>names</c>: the photos' file names, a string for each row.</item>
/// <item><c>recipe</c>: one string, <see cref="PhotoPipeline.ToJson"/>; and where features were transformed,
/// <c>mean</c>,
/// <c>deviation</c> and, of principal components, <c>components</c> (k x D).</item>
/// <item><c>missing</c>: numbers of the rows whose photos could not be read, and which are zeros; int32.</item>
/// <item><c>source</c>: one string, the fingerprint of the photos and of all options.</item>
/// </list>
/// Files without a recipe are features of which nobody knows how they were made.
/// </summary>
public static class FeatureFile
{
    internal const string Features = "features";

    private const string Names = "names";
    private const string Recipe = "recipe";
    private const string Source = "source";
    private const string Missing = "missing";
    private const string Mean = "mean";
    private const string Deviation = "deviation";
    private const string Components = "components";

    private const int BlockBytes = 4 << 20;

    /// <summary>How the photos of a file became its features, the transform included; null where it does not say.
    /// </summary>
    /// <exception cref="DataException">The file is missing or damaged.</exception>
    /// <exception cref="ModelFileException">Its recipe is damaged.</exception>
    public static PhotoPipeline? ReadRecipe(string path) => Read(path, file => file.ReadString(Recipe) is string json
        ? PhotoPipeline.FromJson(path, json, ReadTransform(file))
        : null);

    /// <summary>Numbers of the rows that are zeros because their photos could not be read; none where the file does not
    /// say.</summary>
    internal static int[] ReadMissing(string path) =>
        Read(path, file => file.Find(Missing) is null ? [] : file.ReadInt32(Missing));

    /// <summary>The names of the photos.</summary>
    internal static string[] ReadNames(string path) => Read(path, file => file.ReadStrings(Names));

    /// <summary>The fingerprint of what a file was made of; null where there is no file.</summary>
    /// <exception cref="DataException">There is a file that <see cref="FeatureExtraction"/> did not make: it is not to
    /// be replaced.</exception>
    internal static string? ReadSource(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        string? source = null;
        try
        {
            source = Read(path, file => file.ReadString(Source));
        }
        catch (DataException)
        {
        }

        return source ?? throw new DataException(
            $"{path}: is there already, and was not made by showtell features: move it away first.");
    }

    /// <summary>Writes a file from a journal, block by block.</summary>
    /// <param name="path">The file.</param>
    /// <param name="photos">Photos of the journal, a row each; those without features become zeros.</param>
    /// <param name="names">Names of all photos of the journal.</param>
    /// <param name="journal">The network's features.</param>
    /// <param name="content">What they are.</param>
    /// <param name="cancellation">Stops at the next block; the file is not written then.</param>
    internal static void Write(
        string path,
        int[] photos,
        IReadOnlyList<string> names,
        FeatureJournal journal,
        FeatureFileContent content,
        CancellationToken cancellation)
    {
        void Fill(long start, Span<float> block)
        {
            cancellation.ThrowIfCancellationRequested();
            content.Transform(journal, photos.AsSpan((int)start, block.Length / content.RowLength), block);
        }

        var file = new TensorFileContent();
        int blockRows = Math.Max(1, BlockBytes / (content.RowLength * sizeof(float)));
        long[] shape = content.Places > 1 || content.Recipe.IsGrid
            ? [photos.Length, content.Places, content.Size]
            : [photos.Length, content.Size];
        if (content.IsHalf)
        {
            var wide = new float[blockRows * content.RowLength];
            file.AddRows<Half>(Features, shape, blockRows, (start, block) =>
            {
                Fill(start, wide.AsSpan(0, block.Length));
                Narrow(path, wide.AsSpan(0, block.Length), block);
            });
        }
        else
        {
            file.AddRows<float>(Features, shape, blockRows, Fill);
        }

        file.AddStrings(Names, [.. photos.Select(photo => names[photo])]);
        file.AddStrings(Recipe, [content.Recipe.ToJson()]);
        file.AddStrings(Source, [content.Source]);
        int[] missing = [.. Enumerable.Range(0, photos.Length).Where(row => !journal.Has(photos[row]))];
        file.Add(Missing, [missing.Length], missing);
        if (content.Recipe.Transform is FeatureTransform transform)
        {
            AddTransform(file, transform);
        }

        TensorFormats.Write(path, file);
    }

    private static T Read<T>(string path, Func<ITensorFile, T> read)
    {
        using ITensorFile file = TensorFormats.Open(path);
        return read(file);
    }

    private static void Narrow(string path, ReadOnlySpan<float> wide, Span<Half> narrow)
    {
        float largest = Math.Abs(TensorPrimitives.MaxMagnitude(wide));
        if (largest > (float)Half.MaxValue)
        {
            throw new DataException(string.Create(
                CultureInfo.InvariantCulture,
                $"{path}: features of up to {largest:0} do not fit into 16 bits, which end at "
                + $"{(float)Half.MaxValue:0}: standardise them, or store 32 bits."));
        }

        TensorPrimitives.ConvertToHalf(wide, narrow);
    }

    private static void AddTransform(TensorFileContent file, FeatureTransform transform)
    {
        file.Add(Mean, [transform.InputSize], transform.Mean.ToArray());
        file.Add(Deviation, [transform.InputSize], transform.Deviation.ToArray());
        if (transform.Components is Matrix<float> components)
        {
            file.Add(Components, [components.Rows, components.Columns], components.Span.ToArray());
        }
    }

    private static FeatureTransform? ReadTransform(ITensorFile file)
    {
        if (file.Find(Mean) is null)
        {
            return null;
        }

        try
        {
            return new FeatureTransform(
                file.ReadSingle(Mean),
                file.ReadSingle(Deviation),
                file.Find(Components) is TensorInfo info ? ReadMatrix(file, info) : null);
        }
        catch (ArgumentException error)
        {
            throw new DataException(
                $"{file.Path}: {Mean}, {Deviation} and {Components} do not belong together, or hold numbers that make "
                + "no sense: the file is damaged.",
                error);
        }
    }

    private static Matrix<float> ReadMatrix(ITensorFile file, TensorInfo info)
    {
        TensorFiles.RequireRank(file, info, 2);
        return new Matrix<float>((int)info.Shape[0], (int)info.Shape[1], file.ReadSingle(info.Name));
    }
}

/// <summary>What the features of a file are, and how those of the journal become them.</summary>
/// <param name="Recipe">How photos become features.</param>
/// <param name="Places">Places of a photo's grid, P.</param>
/// <param name="NetworkSize">Features that the network gives of each place.</param>
/// <param name="Source">The fingerprint of the photos and of all options.</param>
/// <param name="IsHalf">Whether they are stored in 16 bits.</param>
internal sealed record FeatureFileContent(
    PhotoPipeline Recipe, int Places, int NetworkSize, string Source, bool IsHalf)
{
    private readonly Matrix<float> _raw = new(0, 0);

    /// <summary>Features of a place, D.</summary>
    public int Size => Recipe.Transform?.OutputSize ?? NetworkSize;

    /// <summary>Features of a photo, P·D.</summary>
    public int RowLength => Places * Size;

    /// <summary>Writes features of photos: zeros of those that have none.</summary>
    public void Transform(FeatureJournal journal, ReadOnlySpan<int> photos, Span<float> features)
    {
        if (Recipe.Transform is not FeatureTransform transform)
        {
            journal.Read(photos, features);
            return;
        }

        _raw.Reshape(photos.Length * Places, NetworkSize);
        journal.Read(photos, _raw.Span);
        transform.Apply(_raw, new MatrixSpan<float>(features, photos.Length * Places, Size));
        for (int i = 0; i < photos.Length; i++)
        {
            if (!journal.Has(photos[i]))
            {
                features.Slice(i * RowLength, RowLength).Clear();
            }
        }
    }
}
