using System.Numerics.Tensors;
using ShowTell.Backbones;
using ShowTell.Data;
using ShowTell.Datasets.Features;
using ShowTell.Numerics;
using ShowTell.Tests.Backbones;
using ShowTell.Tests.Files;
using Xunit;

namespace ShowTell.Tests.Datasets.Features;

public sealed class FeatureExtractionTests
{
    [Fact]
    public void Photos_become_rows_in_the_order_of_their_names()
    {
        using var pile = new PhotoPile();
        File.Copy(pile.PathOf(PhotoPile.NameOf(0)), pile.PathOf(".hidden.png"));
        Directory.CreateDirectory(pile.PathOf(".cache"));
        File.Copy(pile.PathOf(PhotoPile.NameOf(0)), pile.PathOf(".cache/a.png"));
        File.WriteAllText(pile.PathOf("notes.txt"), "no photo");
        Directory.CreateSymbolicLink(pile.PathOf("circle"), pile.Photos);
        string path = pile.File("f.safetensors");
        FeatureExtractionSummary summary = pile.Extract(path);
        Assert.Equal((PhotoPile.Count, TinyNetwork.Features, 1), (summary.Photos, summary.Features, summary.Regions));
        Assert.Equal((PhotoPile.Count, false), (summary.Computed, summary.IsUpToDate));
        Assert.Empty(summary.Unreadable);
        Assert.False(File.Exists(path + ".work"));

        using PhotoEncoder encoder = pile.Encoder();
        Assert.Equal(PhotoPile.Names, FeatureFile.ReadNames(path));
        Assert.Equal(pile.Encode(encoder, PhotoPile.Names).Span.ToArray(), Read(path).Span.ToArray());
        Assert.Equal(encoder.Pipeline, FeatureFile.ReadPipeline(path));
        Assert.Equal(encoder.Pipeline, summary.Pipeline);
    }

    [Fact]
    public void Features_of_mirror_images_are_those_of_the_photos_mirrored()
    {
        using var pile = new PhotoPile();
        string path = pile.File("f.safetensors");
        using PhotoEncoder encoder = pile.Encoder(grid: true);
        var options = new FeatureExtractionOptions { Mirror = true, Standardize = true };
        void Extract(string path, bool mirror) => FeatureExtraction.OfFolder(
            encoder, pile.Photos, path, options with { Mirror = mirror },
            cancellation: TestContext.Current.CancellationToken);
        Extract(path, mirror: true);
        Extract(pile.File("plain.safetensors"), mirror: false);
        Assert.Equal(Read(pile.File("plain.safetensors")).Span.ToArray(), Read(path).Span.ToArray());
        FeatureTransform transform = FeatureFile.ReadPipeline(path)!.Transform!;
        using TensorFeatures mirrored = TensorFeatures.Open(path, "mirrored");
        var row = new Matrix<float>(1, mirrored.Columns);
        for (int i = 0; i < PhotoPile.Count; i++)
        {
            var raw = new Matrix<float>(
                encoder.Regions, TinyNetwork.Features,
                encoder.Encode(encoder.Reader.Read(pile.PathOf(PhotoPile.NameOf(i))).Mirrored()));
            var expected = new Matrix<float>(encoder.Regions, TinyNetwork.Features);
            transform.Apply(raw, expected);
            mirrored.Read([i], row);
            AssertClose(expected.Span, row.Span, 1e-5f);
        }
    }

    [Fact]
    public void A_transform_is_given_once_and_datasets_of_earlier_versions_are_imported_again()
    {
        using var pile = new PhotoPile();
        float[] ones = [.. Enumerable.Repeat(1f, TinyNetwork.Features)];
        var transform = new FeatureTransform(ones, ones);
        foreach (FeatureExtractionOptions options in new FeatureExtractionOptions[]
            { new() { Transform = transform, Standardize = true }, new() { Transform = transform, Components = 1 } })
        {
            Assert.Contains(
                "excludes fitting",
                Assert.Throws<ArgumentException>(() => pile.Extract(pile.File("f.safetensors"), options)).Message);
        }

        using PhotoEncoder encoder = pile.Encoder();
        Assert.Contains(
            "was imported by an earlier version",
            Assert.Throws<DataException>(() => FeatureExtraction.OfDataset(
                encoder, pile.Photos, cancellation: TestContext.Current.CancellationToken)).Message);
        Assert.False(File.Exists(pile.File("f.safetensors")));
    }

    [Fact]
    public void Pooled_features_are_the_mean_of_the_grids()
    {
        using var pile = new PhotoPile();
        pile.Extract(pile.File("pooled.h5"));
        pile.Extract(pile.File("grid.h5"), grid: true);
        Matrix<float> pooled = Read(pile.File("pooled.h5")), grid = Read(pile.File("grid.h5"));
        for (int photo = 0; photo < PhotoPile.Count; photo++)
        {
            AssertClose(pooled.Row(photo), Mean(grid.Row(photo), TinyNetwork.Regions), 1e-5f);
        }
    }

    [Fact]
    public void Features_of_real_photos_are_the_reference_ones()
    {
        const int Photos = 24;
        using TemporaryFolder folder = TestData.Temporary();
        using TensorFeatures file = TensorFeatures.Open(
            TestData.Shared("data", "squeezenet1_1", "reference_features.h5"));
        string[] names = FeatureFile.ReadNames(file.Origin)[..Photos];
        Directory.CreateDirectory(folder.File("photos"));
        foreach (string name in names)
        {
            File.CreateSymbolicLink(
                Path.Combine(folder.File("photos"), name), TestData.Shared("data", "flickr8k", "images", name));
        }

        Matrix<float> Extract(bool grid)
        {
            var options = new BackboneOptions { Threads = 1, Grid = grid };
            using var encoder = new PhotoEncoder(Backbone.Load(BackboneData.SqueezeNet, options));
            string path = folder.File(grid ? "grid.safetensors" : "pooled.safetensors");
            FeatureExtraction.OfFolder(encoder, folder.File("photos"), path);
            return Read(path);
        }

        var expected = new Matrix<float>(Photos, file.Columns);
        file.Read([.. Enumerable.Range(0, Photos)], expected);
        Matrix<float> pooled = Extract(grid: false);
        Matrix<float> grid = Extract(grid: true);
        Assert.Equal(169 * 512, grid.Columns);
        for (int photo = 0; photo < Photos; photo++)
        {
            AssertClose(expected.Row(photo), pooled.Row(photo), 1e-3f);
            AssertClose(pooled.Row(photo), Mean(grid.Row(photo), 169), 1e-5f);
        }
    }

    [Fact]
    public void Photos_that_cannot_be_read_are_left_out_and_named()
    {
        using var pile = new PhotoPile();
        pile.Spoil(3);
        pile.Spoil(12);
        string path = pile.File("f.safetensors");
        var seen = new List<FeatureExtractionProgress>();
        FeatureExtractionSummary summary = pile.Extract(path, progress: seen.Add);
        Assert.Equal([PhotoPile.NameOf(3), PhotoPile.NameOf(12)], summary.Unreadable.Select(photo => photo.File));
        Assert.Equal(
            "is a text file, not a JPEG, PNG, WebP, GIF or BMP photo. If its download has failed, download the photo "
            + "again.",
            summary.Unreadable[0].Reason);
        Assert.Equal(PhotoPile.Count - 2, summary.Photos);
        Assert.Equal(new FeatureExtractionProgress(PhotoPile.Count - 2, PhotoPile.Count, 2, 0), seen[^1]);
        Assert.Equal(
            Enumerable.Range(0, PhotoPile.Count + 1), seen.Select(progress => progress.Done + progress.Unreadable));
        string[] read = [.. PhotoPile.Names.Where((_, photo) => photo is not (3 or 12))];
        Assert.Equal(read, FeatureFile.ReadNames(path));
        using PhotoEncoder encoder = pile.Encoder();
        Assert.Equal(pile.Encode(encoder, read).Span.ToArray(), Read(path).Span.ToArray());

        Assert.True(pile.Extract(path) is { IsUpToDate: true, Unreadable.Count: 2, Photos: PhotoPile.Count - 2 });
        File.WriteAllBytes(pile.PathOf(PhotoPile.NameOf(3)), TinyPng.Noise(3));
        Assert.True(pile.Extract(path) is { IsUpToDate: false, Unreadable.Count: 1, Photos: PhotoPile.Count - 1 });

        for (int photo = 0; photo < PhotoPile.Count; photo++)
        {
            pile.Spoil(photo);
        }

        Assert.Contains(
            "none of the 20 photos", Assert.Throws<DataException>(() => pile.Extract(path)).Message,
            StringComparison.Ordinal);
        Assert.Equal(PhotoPile.Count - 1, FeatureFile.ReadNames(path).Length);
        Assert.False(File.Exists(path + ".work"));
    }

    [Fact]
    public void A_run_that_is_cut_short_goes_on_to_the_same_bytes()
    {
        using var pile = new PhotoPile();
        var options = new FeatureExtractionOptions { Components = 3, Standardize = true };
        pile.Extract(pile.File("unbroken.safetensors"), options);
        string path = pile.File("f.safetensors");
        using PhotoEncoder encoder = pile.Encoder();
        using (var cancellation = new CancellationTokenSource())
        {
            Assert.Throws<OperationCanceledException>(() => FeatureExtraction.OfFolder(
                encoder, pile.Photos, path, options, progress => Cancel(cancellation, progress.Done == 7),
                cancellation.Token));
        }

        Assert.False(File.Exists(path));
        int kept = -1;
        FeatureExtractionSummary summary = pile.Extract(path, options, progress: progress => kept = progress.Kept);
        Assert.InRange(kept, 7, PhotoPile.Count - 1);
        Assert.Equal(PhotoPile.Count - kept, summary.Computed);
        Assert.Equal(File.ReadAllBytes(pile.File("unbroken.safetensors")), File.ReadAllBytes(path));
        Assert.False(File.Exists(path + ".work"));
    }

    [Fact]
    public void Nothing_is_computed_again_unless_photos_or_options_have_changed()
    {
        using var pile = new PhotoPile();
        string path = pile.File("f.safetensors");
        pile.Extract(path, new() { Standardize = true });
        byte[] bytes = File.ReadAllBytes(path);
        FeatureExtractionSummary again = pile.Extract(path, new() { Standardize = true });
        Assert.Equal((true, 0, PhotoPile.Count), (again.IsUpToDate, again.Computed, again.Photos));
        Assert.Equal(FeatureFile.ReadPipeline(path), again.Pipeline);
        Assert.Equal(bytes, File.ReadAllBytes(path));

        Assert.Equal(PhotoPile.Count, pile.Extract(path, new() { Standardize = true, HalfPrecision = true }).Computed);
        Assert.Equal(PhotoPile.Count, pile.Extract(path, new() { Components = 2 }).Computed);
        Assert.Equal(PhotoPile.Count, pile.Extract(path, new() { Components = 2 }, grid: true).Computed);
        File.WriteAllBytes(pile.PathOf("z.png"), TinyPng.Noise(99));
        Assert.Equal(PhotoPile.Count + 1, pile.Extract(path, new() { Components = 2 }).Computed);
        File.SetLastWriteTimeUtc(pile.PathOf("z.png"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(PhotoPile.Count + 1, pile.Extract(path, new() { Components = 2 }).Computed);
    }

    [Fact]
    public void Files_of_another_origin_are_left_alone()
    {
        using var pile = new PhotoPile();
        string path = pile.File("f.safetensors");
        File.WriteAllText(path, "mine");
        string message = Assert.Throws<DataException>(() => pile.Extract(path)).Message;
        Assert.StartsWith($"{path}: already exists", message, StringComparison.Ordinal);
        Tensors.Write(path, file => file.Add<float>("features", [1, 2], [1, 2]));
        Assert.Throws<DataException>(() => pile.Extract(path));
        Assert.Null(FeatureFile.ReadPipeline(path));
        Directory.CreateDirectory(pile.File("empty"));
        using PhotoEncoder encoder = pile.Encoder();
        Assert.Contains("no photos", Refusal(encoder, pile.File("empty")), StringComparison.Ordinal);
        Assert.Contains("there is no such folder", Refusal(encoder, pile.File("absent")), StringComparison.Ordinal);
        Assert.Contains("is a file", Refusal(encoder, path), StringComparison.Ordinal);
    }

    private static string Refusal(PhotoEncoder encoder, string photos) => Assert.Throws<DataException>(
        () => FeatureExtraction.OfFolder(encoder, photos, photos + ".new.safetensors")).Message;

    private static void Cancel(CancellationTokenSource cancellation, bool now)
    {
        if (now)
        {
            cancellation.Cancel();
        }
    }

    private static Matrix<float> Read(string path)
    {
        using TensorFeatures features = TensorFeatures.Open(path);
        var rows = new Matrix<float>(features.Rows, features.Columns);
        features.Read([.. Enumerable.Range(0, features.Rows)], rows);
        return rows;
    }

    private static float[] Mean(ReadOnlySpan<float> grid, int places)
    {
        var mean = new float[grid.Length / places];
        for (int place = 0; place < places; place++)
        {
            TensorPrimitives.Add(mean, grid.Slice(place * mean.Length, mean.Length), mean);
        }

        TensorPrimitives.Divide(mean, places, mean);
        return mean;
    }

    private static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, float tolerance)
    {
        float scale = Math.Abs(TensorPrimitives.MaxMagnitude(expected));
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.InRange(actual[i], expected[i] - (tolerance * scale), expected[i] + (tolerance * scale));
        }
    }
}
