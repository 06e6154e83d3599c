using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using ShowTell.Backbones;
using ShowTell.Confidence;
using ShowTell.Data;
using ShowTell.Datasets;
using ShowTell.Datasets.Import;
using ShowTell.Files;
using ShowTell.Metrics;
using ShowTell.ModelFiles;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Training;

namespace ShowTell.Fuzz;

/// <summary>Small valid inputs of every parser.</summary>
internal static class FuzzSeeds
{
    /// <summary>The repository's root.</summary>
    public static string Root { get; } = FindRoot();

    public static readonly string[] Photos =
        ["a.jpg", "a.png", "b.png", "c.png", "c/d.jpg", "COCO_val2014_000000000042.jpg", "1.jpg"];

    public static readonly Vocabulary Vocabulary = new(
        [Vocabulary.Null, Vocabulary.Start, Vocabulary.End, Vocabulary.Unknown, "a", "cat", "dog", "runs"]);

    /// <summary>Golden files of a folder with an extension, at most of a size.</summary>
    public static byte[][] Golden(string folder, string extension, int maxBytes = 40_000) =>
    [
        .. Directory.GetFiles(Path.Combine(Root, "tests", "golden", folder), $"*{extension}")
            .Order(StringComparer.Ordinal)
            .Select(File.ReadAllBytes)
            .Where(bytes => bytes.Length <= maxBytes),
    ];

    public static byte[][] Texts(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    /// <summary>A solver that trains a tiny model for two epochs of three iterations.</summary>
    public static CaptioningSolver Solver()
    {
        CaptionSplit Split(string name) => new(
            name, [1, 4, 5, 2, 1, 4, 6, 2, 1, 5, 7, 2], 4, [0, 1, 2],
            new MemoryFeatures(Matrix.Normal<float>(new SeededRandom(3), 3, 2, 1)), Vocabulary.Count);
        var dataset = new CaptionDataset("made", Vocabulary, Split("train"), Split("val")) { FeatureKind = "made" };
        var options = new CaptioningOptions
        {
            FeatureSize = 2, WordVectorSize = 3, HiddenSize = 4, VocabularySize = Vocabulary.Count,
        };
        return new CaptioningSolver(
            new CaptioningModel<float>(options, new SeededRandom(1)), dataset,
            new SolverOptions { BatchSize = 1, Epochs = 2, AverageDecay = 0.9 });
    }

    /// <summary>Checkpoints in the middle of an epoch, and at the end.</summary>
    public static byte[][] Checkpoints()
    {
        var checkpoints = new List<byte[]>();
        CaptioningSolver solver = Solver();
        solver.Train(progress =>
        {
            if (progress.Iteration is 2 or 6)
            {
                checkpoints.Add(Written("c.safetensors", solver.SaveCheckpoint));
            }
        });
        return [.. checkpoints];
    }

    /// <summary>Bytes of what is written to a file.</summary>
    public static byte[] Written(string name, Action<string> write)
    {
        string folder = Directory.CreateTempSubdirectory("showtell-fuzz-").FullName;
        try
        {
            write(Path.Combine(folder, name));
            return File.ReadAllBytes(Path.Combine(folder, name));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public static byte[][] ModelFiles()
    {
        var options = new CaptioningOptions
        {
            FeatureSize = 2, WordVectorSize = 3, HiddenSize = 4, VocabularySize = Vocabulary.Count,
        };
        PhotoPipeline pipeline = Pipeline() with
        {
            Transform = new FeatureTransform([0.5f, 1], [1, 2], null),
        };
        var training = new TrainingRecord
        {
            Dataset = "made", WordVocabulary = Vocabulary.Fingerprint, TrainCaptions = 5, CaptionWidth = 5, Epoch = 1,
            UpdateRule = "adam", LearningRate = 5e-3, LearningRateDecay = 0.95, BatchSize = 25, Seed = 1,
        };
        var random = new SeededRandom(1);
        var bundle = new ModelBundle(
            new CaptioningModel<float>(options, random), Vocabulary, new FeaturesSpec("made", 2), training);
        return
        [
            Written("m.safetensors", bundle.Save),
            Written("m.safetensors", (bundle with
            {
                Features = FeaturesSpec.Of(pipeline, 2),
                BackboneBytes = Golden("backbone", ".onnx")[0].AsMemory(0, 64),
                Reference = new ReferenceFeatures(["a.jpg", "b.jpg"], Matrix.Normal<float>(random, 2, 2, 1)),
            }).Save),
            Written("m.safetensors", (bundle with { Confidence = Confidence() }).Save),
            Written("m.safetensors", (bundle with
            {
                Model = new CaptioningModel<float>(
                    options with { Architecture = Architecture.Transformer, WordVectorSize = 4, Heads = 2 }, random),
            }).Save),
        ];
    }

    /// <summary>Of photos with a vector of one number, and a caption of one word each.</summary>
    private static CaptionConfidence Confidence()
    {
        const int Photos = TrainingIndex.NeighborCount;
        int[] photos = [.. Enumerable.Range(0, Photos)];
        var projection = new FeatureTransform(
            [0, 0, 0, 0], [1, 1, 2, 2], new Matrix<float>(1, 4, [0.5f, 0.5f, -0.5f, 0.5f]));
        var index = new TrainingIndex(
            projection,
            [.. photos.Select(photo => (sbyte)(photo - 30))],
            [.. photos.Append(Photos).Select(photo => (uint)photo)],
            [.. photos.Select(photo => (ushort)(1000 * photo))],
            [.. photos.Select(photo => (byte)(4 * photo))]);
        return new CaptionConfidence(
            index, new LogisticModel(-1, [2, 0.5, 1]), new PhotoLikeness(1, [0.5f, 0.25f], [1, 0], 1.5));
    }

    public static byte[][] Tensors(string extension) =>
    [
        Written($"t{extension}", path => TensorFormats.Write(path, Content(isHalf: false))),
        Written($"t{extension}", path => TensorFormats.Write(path, Content(isHalf: true))),
    ];

    public static (byte[] Manifest, byte[] Captions) Dataset()
    {
        string folder = Directory.CreateTempSubdirectory("showtell-fuzz-").FullName;
        try
        {
            FuzzFolder.WritePhotos(folder);
            File.WriteAllText(Path.Combine(folder, "c.csv"), Csv);
            string dataset = Path.Combine(folder, "data");
            DatasetImport.Run(new ImportOptions { Captions = [Path.Combine(folder, "c.csv")] }, dataset);

            // Without the checksum, which every mutation of the captions would break.
            JsonNode manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(dataset, DatasetManifest.FileName)))!;
            manifest.AsObject().Remove("captionsChecksum");
            return (
                Encoding.UTF8.GetBytes(manifest.ToJsonString()),
                File.ReadAllBytes(Path.Combine(dataset, DatasetManifest.CaptionsFile)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public const string Csv = "image,caption\na.jpg,\"a dog, \"\"big\"\"\"\nb.png,a cat runs\nc/d.jpg,\"two\nlines\"\n";

    /// <summary>A tar of photos and their captions.</summary>
    public static byte[][] Tars() =>
    [
        Tar(TarEntryFormat.Ustar, "000", ".txt", "a dog runs"),
        Tar(TarEntryFormat.Pax, new string('n', 120), ".json", """{"caption": "a cat"}"""),
        Tar(TarEntryFormat.Gnu, new string('g', 120), ".caption", "a cow"),
    ];

    public static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.Fastest))
        {
            stream.Write(bytes);
        }

        return packed.ToArray();
    }

    /// <summary>Makes the checksums of a tar's headers right.</summary>
    public static byte[] RepairTar(byte[] tar)
    {
        tar = [.. tar];
        for (int at = 0; at <= tar.Length - 512; at += 512)
        {
            Span<byte> header = tar.AsSpan(at, 512);
            if (header[257..].StartsWith("ustar"u8))
            {
                header.Slice(148, 8).Fill((byte)' ');
                int sum = 0;
                foreach (byte value in header)
                {
                    sum += value;
                }

                Encoding.ASCII.GetBytes($"{Convert.ToString(sum, 8).PadLeft(6, '0')}\0 ").CopyTo(header[148..]);
            }
        }

        return tar;
    }

    public static byte[] Frequencies()
    {
        var captions = new CaptionSet("made", [("1", "a dog runs"), ("2", "a dog"), ("3", "a cat runs")]);
        using var stream = new MemoryStream();
        DocumentFrequencies.Of(captions).Write(stream);
        return stream.ToArray();
    }

    public static PhotoPipeline Pipeline() => new()
    {
        BackboneFile = "net.onnx",
        Sha256 = new string('a', 64),
        Output = "pooled",
        IsGrid = false,
        Preprocessing = new BackbonePreprocessing { Size = 224, ShorterSide = 256 },
    };

    private static TensorFileContent Content(bool isHalf)
    {
        var content = new TensorFileContent();
        float[] features = [.. Enumerable.Range(0, 12).Select(i => i / 4f)];
        if (isHalf)
        {
            content.Add("features", [4, 3], Array.ConvertAll(features, value => (Half)value));
        }
        else
        {
            content.Add("features", [4, 3], features);
        }

        content.Add("missing", [2], new[] { 1, 3 });
        content.AddStrings("names", Photos);
        content.AddStrings("recipe", [Pipeline().ToJson()]);
        return content;
    }

    private static byte[] Tar(TarEntryFormat format, string name, string extension, string text)
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, format))
        {
            byte[] photo = Golden("photos", "one.png")[0], caption = Encoding.UTF8.GetBytes(text);
            foreach ((string suffix, byte[] data) in new[]
            {
                (".png", photo), (extension, caption), ("2.png", photo), ($"2{extension}", caption),
            })
            {
                TarEntryType type = TarEntryType.RegularFile;
                TarEntry entry = format switch
                {
                    TarEntryFormat.Pax => new PaxTarEntry(type, name + suffix),
                    TarEntryFormat.Gnu => new GnuTarEntry(type, name + suffix),
                    _ => new UstarTarEntry(type, name + suffix),
                };
                entry.DataStream = new MemoryStream(data);
                tar.WriteEntry(entry);
            }
        }

        return bytes.ToArray();
    }

    private static string FindRoot([CallerFilePath] string source = "")
    {
        // The sources' own place, or, in a build that hides it, the first folder upwards that holds the solution.
        string? folder = Environment.GetEnvironmentVariable("SHOWTELL_ROOT")
            ?? (File.Exists(source) ? Path.GetDirectoryName(source) : AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder, "ShowTell.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("Runs outside of the repository: set SHOWTELL_ROOT.");
    }
}
