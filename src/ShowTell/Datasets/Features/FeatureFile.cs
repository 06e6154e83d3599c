using System.Numerics.Tensors;
using System.Security.Cryptography;
using ShowTell.Backbones;
using ShowTell.Files;

namespace ShowTell.Datasets.Features;

/// <summary>
/// Files of photos' features with the pipeline that computed them, in any of the <see cref="TensorFormats"/>:
/// <list type="bullet">
/// <item><c>features</c>: photos x D, or photos x regions x D; float32 or float16.</item>
/// <item><c>mirrored</c>: the same of the photos' mirror images; absent if they were not extracted.</item>
/// <item><c>names</c>: the photos' paths, a string per row.</item>
/// <item><c>recipe</c>: the pipeline, a string, <see cref="PhotoPipeline.ToJson"/>; absent if unknown. With a transform
/// also <c>mean</c>, <c>deviation</c> and, for PCA, <c>components</c> (k x D).</item>
/// <item><c>missing</c>: the indices of the rows that are zeros because their photos were unreadable; int32.</item>
/// <item><c>fitted</c>: a string, of a dataset the fingerprint of the train photos' names, if a transform was fitted to
/// them.</item>
/// <item><c>source</c>: a string, the fingerprint of the photos and all options.</item>
/// </list>
/// </summary>
public static class FeatureFile
{
    internal const string Features = "features";
    internal const string Mirrored = "mirrored";

    private const string Names = "names";
    private const string Pipeline = "recipe";
    private const string Source = "source";
    private const string Missing = "missing";
    private const string Fitted = "fitted";
    private const string Mean = "mean";
    private const string Deviation = "deviation";
    private const string Components = "components";

    private const int BlockBytes = 4 << 20;

    /// <summary>The pipeline of a file's features, the transform included; null if unknown.</summary>
    /// <exception cref="DataException">The file is missing or damaged.</exception>
    /// <exception cref="ModelFileException">The pipeline is damaged.</exception>
    public static PhotoPipeline? ReadPipeline(string path) => Read(
        path,
        file => file.ReadString(Pipeline) is string json
            ? PhotoPipeline.FromJson(path, json, ReadTransform(file))
            : null);

    /// <summary>The indices of the rows that are zeros because their photos were unreadable.</summary>
    internal static int[] ReadMissing(string path) =>
        Read(path, file => file.Find(Missing) is null ? [] : file.ReadInt32(Missing));

    /// <summary>Whether a file has features of mirror images.</summary>
    internal static bool HasMirrored(string path) => Read(path, file => file.Find(Mirrored) is not null);

    /// <summary>The <see cref="FingerprintOf"/> the photos that the transform was fitted to; null if unknown.</summary>
    internal static string? ReadFitted(string path) => Read(path, file => file.ReadString(Fitted));

    /// <summary>The SHA-256 of the names of photos.</summary>
    internal static string FingerprintOf(IEnumerable<string> names) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', names))));

    /// <summary>The photos' paths.</summary>
    internal static string[] ReadNames(string path) => Read(path, file => file.ReadStrings(Names));

    /// <summary>The fingerprint of a file's photos and options; null if there is no file.</summary>
    /// <exception cref="DataException">The file was not created by <see cref="FeatureExtraction"/>, and must not be
    /// replaced.</exception>
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
            $"{path}: already exists and was not created by showtell features; move it away first.");
    }

    /// <summary>Writes a file from a journal, block by block.</summary>
    /// <param name="path">The file.</param>
    /// <param name="photos">The indices of the photos in the journal, a row each; photos without features become zeros.
    /// </param>
    /// <param name="names">The paths of all photos of the journal.</param>
    /// <param name="journal">The backbone's features.</param>
    /// <param name="content">The pipeline and the format of the features.</param>
    /// <param name="cancellation">Cancels between two blocks; no file is written then.</param>
    internal static void Write(
        string path,
        int[] photos,
        IReadOnlyList<string> names,
        FeatureJournal journal,
        FeatureFileContent content,
        CancellationToken cancellation)
    {
        var file = new TensorFileContent();
        for (int view = 0; view < content.Options.Views; view++)
        {
            AddFeatures(file, view);
        }

        file.AddStrings(Names, [.. photos.Select(photo => names[photo])]);
        file.AddStrings(Pipeline, [content.Pipeline.ToJson()]);
        file.AddStrings(Source, [content.Source]);
        if (content.Fitted is string fitted)
        {
            file.AddStrings(Fitted, [fitted]);
        }

        int[] missing = [.. Enumerable.Range(0, photos.Length).Where(row => !journal.Has(photos[row]))];
        file.Add(Missing, [missing.Length], missing);
        if (content.Pipeline.Transform is FeatureTransform transform)
        {
            AddTransform(file, transform);
        }

        TensorFormats.Write(path, file);

        void AddFeatures(TensorFileContent file, int view)
        {
            string name = view == 0 ? Features : Mirrored;
            int blockRows = Math.Max(1, BlockBytes / (content.RowLength * sizeof(float)));
            long[] shape = content.Regions > 1 || content.Pipeline.IsGrid
                ? [photos.Length, content.Regions, content.Size]
                : [photos.Length, content.Size];
            if (content.Options.HalfPrecision)
            {
                var wide = new float[blockRows * content.RowLength];
                file.AddRows<Half>(name, shape, blockRows, (start, block) =>
                {
                    Fill(start, wide.AsSpan(0, block.Length));
                    Narrow(path, wide.AsSpan(0, block.Length), block);
                });
            }
            else
            {
                file.AddRows<float>(name, shape, blockRows, Fill);
            }

            void Fill(long start, Span<float> block)
            {
                cancellation.ThrowIfCancellationRequested();
                content.Transform(journal, photos.AsSpan((int)start, block.Length / content.RowLength), view, block);
            }
        }
    }

    private static T Read<T>(string path, Func<ITensorFile, T> read)
    {
        using ITensorFile file = TensorFormats.Open(path);
        return read(file);
    }

    private static void Narrow(string path, ReadOnlySpan<float> wide, Span<Half> narrow)
    {
        float max = Math.Abs(TensorPrimitives.MaxMagnitude(wide));
        if (max > (float)Half.MaxValue)
        {
            throw new DataException(string.Create(
                CultureInfo.InvariantCulture,
                $"{path}: features of up to {max:0} exceed the maximum of 16 bits, "
                + $"{(float)Half.MaxValue:0}: standardize them, or store 32 bits."));
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
                $"{file.Path}: {Mean}, {Deviation} and {Components} are inconsistent: the file is damaged.",
                error);
        }
    }

    private static Matrix<float> ReadMatrix(ITensorFile file, TensorInfo info)
    {
        TensorFiles.RequireRank(file, info, 2);
        return new Matrix<float>((int)info.Shape[0], (int)info.Shape[1], file.ReadSingle(info.Name));
    }
}

/// <summary>The pipeline and the format of a file's features.</summary>
/// <param name="Pipeline">The pipeline from photos to features.</param>
/// <param name="Regions">The number of regions, R.</param>
/// <param name="BackboneSize">The number of the backbone's features per region.</param>
/// <param name="Source">The fingerprint of the photos and all options.</param>
/// <param name="Options">The views, and whether features are stored in 16 bits.</param>
/// <param name="Fitted">The fingerprint of the photos that the transform was fitted to; null for none, or all.</param>
internal sealed record FeatureFileContent(
    PhotoPipeline Pipeline, int Regions, int BackboneSize, string Source, FeatureExtractionOptions Options,
    string? Fitted)
{
    private readonly Matrix<float> _raw = new(0, 0);

    /// <summary>The number of features per region, D.</summary>
    public int Size => Pipeline.Transform?.OutputSize ?? BackboneSize;

    /// <summary>The number of features per photo, R D.</summary>
    public int RowLength => Regions * Size;

    /// <summary>Computes the features of a view of photos from the journal; zeros for photos without
    /// features.</summary>
    public void Transform(FeatureJournal journal, ReadOnlySpan<int> photos, int view, Span<float> features)
    {
        if (Pipeline.Transform is not FeatureTransform transform)
        {
            journal.Read(photos, view, features);
            return;
        }

        _raw.Reshape(photos.Length * Regions, BackboneSize);
        journal.Read(photos, view, _raw.Span);
        transform.Apply(_raw, new MatrixSpan<float>(features, photos.Length * Regions, Size));
        for (int i = 0; i < photos.Length; i++)
        {
            if (!journal.Has(photos[i]))
            {
                features.Slice(i * RowLength, RowLength).Clear();
            }
        }
    }
}
