using ShowTell.Backbones;
using ShowTell.Cli.Options;
using ShowTell.Datasets;
using ShowTell.Datasets.Features;
using ShowTell.Datasets.Import;
using ShowTell.Decoding;
using ShowTell.Evaluation;
using ShowTell.Files;
using ShowTell.Hdf5;
using ShowTell.ModelFiles;
using ShowTell.Parquet;
using ShowTell.Photos;
using ShowTell.Reporting;
using ShowTell.Training;

namespace ShowTell.Fuzz;

/// <summary>Every parser of untrusted input. To add one, add an entry.</summary>
internal static class FuzzTargets
{
    // Small, so that a header of many pixels is refused at once and does not just take its time.
    private static readonly PhotoLimits s_photoLimits = new() { MaxPixels = 1 << 20, MaxMemoryBytes = 64 << 20 };

    private static readonly string[] s_json = ["null", "\\u0000", "\\ud800", "1e999", "[[[[", "{\"a\":"];

    private static readonly string[] s_safetensors =
        ["__metadata__", "dtype", "shape", "data_offsets", "F32", "F16", "BF16", "I64", "U8", ".crc32c", .. s_json];

    static FuzzTargets()
    {
        Hdf5Format.Register();
        ParquetCaptions.Register();
    }

    /// <summary>The targets, by their names.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("model-file", FuzzStructure.JsonHeader, FuzzSeeds.ModelFiles, ModelFile)
        {
            Dictionary = s_safetensors,
            Repair = FuzzChecksums.RepairModel,
        },
        new("checkpoint", FuzzStructure.JsonHeader, FuzzSeeds.Checkpoints, Checkpoint)
        {
            Dictionary = ["F64", "U64", "I32", "bestEpoch", "optimizerSteps", "learningRateFactor", .. s_safetensors],
            Repair = FuzzChecksums.RepairModel,
        },
        new(
            "features-safetensors", FuzzStructure.JsonHeader, () => FuzzSeeds.Tensors(".safetensors"),
            Tensors(".safetensors"))
        {
            Dictionary = s_safetensors,
        },
        new("features-npy", FuzzStructure.Binary, () => FuzzSeeds.Tensors(".npy"), Tensors(".npy"))
        {
            Dictionary = ["'descr'", "'fortran_order': True", "'shape': (", "<f4", ">f8", "|O", "<i8", "99999999999,"],
        },
        new("manifest", FuzzStructure.Json, () => [FuzzSeeds.Dataset().Manifest], Dataset(DatasetManifest.FileName))
        {
            Dictionary = s_json,
        },
        new(
            "manifest-captions", FuzzStructure.Json, () => [FuzzSeeds.Dataset().Captions],
            Dataset(DatasetManifest.CaptionsFile))
        {
            Dictionary = s_json,
        },
        new(
            "vocabulary", FuzzStructure.Json,
            () => [FuzzSeeds.Written("v.json", path => VocabularyFile.Save(FuzzSeeds.Vocabulary, path))],
            input => VocabularyFile.Load(FuzzFolder.Write("vocabulary.json", input)))
        {
            Dictionary = ["<NULL>", "<START>", "word_to_idx", .. s_json],
        },
        .. Captions(),
        .. PhotoTargets(),
        new("exif", FuzzStructure.Binary, ExifSeeds, input => ExifOrientation.Read(input))
        {
            Dictionary = ["Exif\0\0", "II*\0", "MM\0*"],
            Refuses = false,
        },
        new(
            "preprocessing", FuzzStructure.Json,
            () => FuzzSeeds.Texts(FuzzTexts.Preprocessing),
            input => PreprocessingSource.OfFile(FuzzFolder.Write("preprocessor_config.json", input)))
        {
            Dictionary = ["do_pad", "crop_size", "longest_edge", "stretch", .. s_json],
        },
        new("photo-pipeline", FuzzStructure.Json, () => FuzzSeeds.Texts(FuzzSeeds.Pipeline().ToJson()), input =>
            PhotoPipeline.FromJson("p", Encoding.UTF8.GetString(input), null)) { Dictionary = s_json },
        new("onnx", FuzzStructure.Binary, OnnxSeeds, Onnx)
        {
            Dictionary = ["location", "offset", "length", "../../x", "weights.bin", "*/", "Conv", "pooled"],
        },
        new(
            "scores", FuzzStructure.Json,
            () => FuzzSeeds.Texts(
                """[{"image_id": 1, "caption": "a dog"}, {"image_id": 2, "caption": "a cat runs"}]""",
                "{\"photo\": \"a.jpg\", \"caption\": \"a dog\"}\n{\"photo\": \"b.jpg\", \"error\": \"damaged\"}\n",
                "1\ta dog\n2\ta cat\n"),
            input => ScoringFiles.ReadCaptions(FuzzFolder.Write("captions.json", input)))
        {
            Dictionary = ["image_id", "annotations", "\t", .. s_json],
        },
        new("document-frequencies", FuzzStructure.Json, () => [FuzzSeeds.Frequencies()], input =>
            ScoringFiles.ReadFrequencies(FuzzFolder.Write("frequencies.json", input))) { Dictionary = s_json },
        new(
            "recipe", FuzzStructure.Json,
            () => FuzzSeeds.Texts("""{"epochs": 10, "cell": "lstm", "lr": 5e-3, "dropout": 0.5}"""),
            Recipe) { Dictionary = ["epochs", "batch", .. s_json] },
        new(
            "training-log", FuzzStructure.Json,
            () => FuzzSeeds.Texts(FuzzTexts.Log),
            Log) { Dictionary = s_json },
        // PureHDF may end the process that parses, so that only what is ours is run in this one.
        new("hdf5-superblock", FuzzStructure.Binary, () => [.. Hdf5Seeds().Select(file => file[..640])], Superblocks),
        new("hdf5-lzf", FuzzStructure.Binary, () => [[5, .. "abcdef"u8, 0x20, 5, 0xE0, 1, 3, 0, 7]], Lzf),
        new("hdf5-checksums", FuzzStructure.Binary, () => [.. Hdf5Seeds().Select(file => file[..640])], Checksums)
        {
            Refuses = false,
        },
        new("hdf5", FuzzStructure.Binary, Hdf5Seeds, Hdf5)
        {
            // Processes of .2 seconds each, which are ended after 4 seconds.
            TestMutations = 50,
            MaxSeconds = 10,
        },
    ];

    private static IEnumerable<FuzzTarget> Captions()
    {
        yield return Of("coco", FuzzStructure.Json, FuzzTexts.Coco);
        yield return Of("karpathy", FuzzStructure.Json, FuzzTexts.Karpathy);
        yield return Of("json", FuzzStructure.Json, FuzzTexts.Json);
        yield return Of(
            "json-lines", FuzzStructure.Json,
            "{\"image\":\"a.jpg\",\"caption\":\"a dog\"}\n{\"image\":\"b.png\",\"caption\":\"a cat\"}\n");
        yield return Of(
            "csv", FuzzStructure.Text, FuzzSeeds.Csv, "file;text;split\na.jpg;a dog;train\nb.png;\"a;cat\";val\n",
            "image\tcaption\na.jpg\ta dog\nb.png\ta cat\n", "a.jpg|0|a dog\nb.png|0|a cat\n");
        yield return Of("token", FuzzStructure.Text, "a.jpg#0\ta dog\na.jpg#1\tdogs\nb.png#0\ta cat\n");
        yield return new FuzzTarget(
            "captions-sidecar", FuzzStructure.Json,
            () => FuzzSeeds.Texts("a dog runs\na dog\n", """{"caption": "a dog", "url": "x"}""", """["a", "b"]"""),
            Sidecar) { Dictionary = s_json };
        yield return new FuzzTarget("captions-tar", FuzzStructure.Binary, FuzzSeeds.Tars, Archive("shard.tar"))
        {
            Dictionary =
            [
                "../", "/etc/x", "ustar", "././@LongLink", "30 path=../x.png\n", "20 size=99999999999\n", ".png",
            ],
            Repair = FuzzSeeds.RepairTar,
        };
        yield return new FuzzTarget("captions-tar-gz", FuzzStructure.Binary, FuzzSeeds.Tars, Archive("shard.tar.gz"))
        {
            Dictionary = ["../", "/etc/x", "ustar", "././@LongLink"],
            Repair = FuzzSeeds.RepairTar,
            Wrap = FuzzSeeds.Gzip,
        };
        yield return new FuzzTarget(
            "captions-gzip", FuzzStructure.Binary, () => [.. FuzzSeeds.Tars().Select(FuzzSeeds.Gzip)],
            Archive("shard.tar.gz"));
        yield return new FuzzTarget(
            "captions-parquet", FuzzStructure.Binary, () => FuzzSeeds.Golden("parquet", ".parquet", maxBytes: 2_000),
            Archive("captions.parquet")) { Dictionary = ["PAR1", "image", "bytes", "path", "caption"] };

        static FuzzTarget Of(string name, FuzzStructure structure, params string[] seeds) => new(
            $"captions-{name}", structure, () => FuzzSeeds.Texts(seeds), ReadCaptions)
        {
            Dictionary = ["\"\"", "\r\n", "../a.jpg", "\uFEFF", "http://x/a.jpg", .. s_json],
        };
    }

    private static IEnumerable<FuzzTarget> PhotoTargets()
    {
        yield return Of("jpeg", ".jpg", null, "Exif\0\0", "Adobe\0", "ICC_PROFILE\0", "JFIF\0");
        yield return Of("png", ".png", FuzzChecksums.RepairPng, "IHDR", "IDAT", "PLTE", "tRNS", "eXIf", "acTL", "iCCP");
        yield return Of("webp", ".webp", null, "VP8X", "VP8L", "VP8 ", "ALPH", "ANIM", "ANMF", "EXIF");
        yield return Of("gif", ".gif", null, "GIF89a", "NETSCAPE2.0", "!\u00F9\u0004", "!\u00FE");
        yield return Of("bmp", ".bmp", null, "BM");

        static FuzzTarget Of(string name, string extension, Func<byte[], byte[]>? repair, params string[] words) =>
            new($"photo-{name}", FuzzStructure.Binary, () => FuzzSeeds.Golden("photos", extension), ReadPhoto)
            {
                Dictionary = words,
                Repair = repair,
            };
    }

    private static byte[][] ExifSeeds() =>
    [
        [
            .. "Exif\0\0II*\0"u8, 8, 0, 0, 0, 2, 0,
            0x0F, 1, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0,
            0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0,
        ],
        [.. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0],
    ];

    private static byte[][] OnnxSeeds() => [.. FuzzSeeds.Golden("backbone", ".onnx"), .. FuzzNetworks.All()];

    private static byte[][] Hdf5Seeds() => FuzzSeeds.Golden("hdf5", ".h5", maxBytes: 20_000);

    private static void ModelFile(byte[] input)
    {
        string path = FuzzFolder.Write("model.safetensors", input);
        ModelBundle bundle = ModelBundle.Load(path);
        bundle.Save(FuzzFolder.File("copy.safetensors"));
        bundle.Confidence?.Assess(
            bundle.Model, bundle.Vocabulary, new float[bundle.Features.Size],
            [new DecodedCaption([bundle.Vocabulary.StartId, 0, bundle.Vocabulary.EndId], -1, -1)]);
    }

    private static void Checkpoint(byte[] input)
    {
        string path = FuzzFolder.Write("checkpoint.safetensors", input);
        CaptioningSolver solver = FuzzSeeds.Solver();
        solver.Resume(path);
        solver.Train();
    }

    /// <summary>Reads all tensors of a file, as every reader of features and captions does.</summary>
    private static Action<byte[]> Tensors(string extension) => input =>
    {
        string path = FuzzFolder.Write($"features{extension}", input);
        using ITensorFile file = TensorFormats.Open(path);
        foreach (TensorInfo info in file.Tensors)
        {
            Attempt(() => file.ReadSingle(info.Name));
            Attempt(() => file.ReadInt32(info.Name));
            Attempt(() => file.ReadStrings(info.Name));
            Attempt(() =>
            {
                using IRowReader rows = file.OpenRows(info.Name);
                _ = rows.ToString();
            });
        }

        Attempt(() => FeatureFile.ReadPipeline(path));
        Attempt(() => FeatureFile.ReadNames(path));
        Attempt(() => FeatureFile.ReadMissing(path));
        Attempt(() => Data.TensorFeatures.Open(path).Dispose());
    };

    /// <summary>Loads a dataset folder, one file of which is the input.</summary>
    private static Action<byte[]> Dataset(string name)
    {
        string? folder = null;
        return input =>
        {
            if (folder is null)
            {
                folder = Directory.CreateDirectory(FuzzFolder.File($"dataset of {name}")).FullName;
                (byte[] manifest, byte[] captions) = FuzzSeeds.Dataset();
                Directory.CreateDirectory(Path.Combine(folder, DatasetManifest.FeaturesFolder));
                File.WriteAllBytes(Path.Combine(folder, DatasetManifest.FileName), manifest);
                File.WriteAllBytes(Path.Combine(folder, DatasetManifest.CaptionsFile), captions);
                File.WriteAllBytes(
                    Path.Combine(folder, DatasetManifest.FeaturesFolder, "f.safetensors"),
                    FuzzSeeds.Written("t.safetensors", path => FuzzFeatures.Write(path, captions)));
            }

            File.WriteAllBytes(Path.Combine(folder, name), input);
            Attempt(() => DatasetFolder.SourceOf(folder));
            DatasetFolder.Load(folder).Dispose();
        };
    }

    /// <summary>Imports captions of photos in a folder.</summary>
    private static void ReadCaptions(byte[] input)
    {
        var source = new CaptionSource(FuzzFolder.Write("captions", input), new CaptionFileOptions(), new LeftOut());
        var captions = new CaptionCollection(source.Path);
        foreach (PhotoCaption caption in CaptionFile.Read(source))
        {
            captions.Add(caption);
        }

        captions.FindFiles(new PhotoIndex(FuzzFolder.File("photos")), source.LeftOut);
        var settings = ImportSettings.Of(new ImportOptions { Captions = [source.Path] });
        foreach (string caption in captions.Photos.SelectMany(photo => photo.Captions))
        {
            settings.Encoding.TokensOf(caption);
        }
    }

    private static void Sidecar(byte[] input)
    {
        string folder = Directory.CreateDirectory(FuzzFolder.File("sidecars")).FullName;
        foreach (string extension in new[] { ".txt", ".json", ".caption" })
        {
            string path = Path.Combine(folder, $"a{extension}");
            Attempt(() =>
            {
                FolderCaptions.Parse(
                    new CaptionSource(path, new CaptionFileOptions(), new LeftOut()), input, extension);
            });
        }

        File.WriteAllBytes(Path.Combine(folder, "a.jpg"), [0]);
        File.WriteAllBytes(Path.Combine(folder, "a.json"), input);
        _ = CaptionFile.Read(folder).Count();
    }

    /// <summary>Imports an archive that has its photos with it.</summary>
    private static Action<byte[]> Archive(string name) => input =>
    {
        string path = FuzzFolder.Write(name, input), folder = FuzzFolder.File("imported");
        try
        {
            var options = new ImportOptions
            {
                Captions = [path],
                Photos = FuzzFolder.File("photos"),
                ValidationFraction = 0.5,
                MinimumCount = 1,
            };
            DatasetImport.Run(options, folder, isReplacing: true);
        }
        finally
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    };

    private static void ReadPhoto(byte[] input)
    {
        PhotoFormat? format = PhotoFormat.Find(input);
        if (format is null)
        {
            _ = OtherFormats.Describe(input);
        }

        _ = format?.ReadHeader(input.AsSpan(0, Math.Min(input.Length, 40)), out _);
        Attempt(() => new PhotoReader(s_photoLimits) { MinSize = new PhotoSize(8, 8) }.Read(input, "photo"));
        new PhotoReader(s_photoLimits).Read(input, "photo");
    }

    private static void Onnx(byte[] input)
    {
        FuzzNetworks.WriteWeights(FuzzFolder.File("weights.bin"));
        string path = FuzzFolder.Write("network.onnx", input);
        OnnxFile.Use(path, path, path, file =>
        {
            _ = file.Metadata;
            var metadata = new BackbonePreprocessingReader(path, file.Metadata);
            Attempt(() => metadata.Read());
            Attempt(() => _ = metadata.Layout);
            Attempt(() => file.Sha256());
            Attempt(() => file.WithWeights().WriteTo(Stream.Null));
            foreach (bool isGrid in new[] { false, true })
            {
                Attempt(() =>
                {
                    string output = file.ChooseOutput(isGrid);
                    Attempt(() => BackboneInput.Of(path, file, output));
                    Attempt(() => file.Bottlenecks(output));
                    Attempt(() => file.LayoutHint(output, 3, null));
                    file.CutFor(output)?.WriteTo(Stream.Null);
                    OnnxFile cut = OnnxFile.Read(path, Copy(file.CutAt(output)), path);
                    _ = cut.Inputs.Count;
                });
            }

            return true;
        });
    }

    private static MemoryStream Copy(OnnxCopy copy)
    {
        var stream = new MemoryStream();
        copy.WriteTo(stream);
        stream.Position = 0;
        return stream;
    }

    private static void Recipe(byte[] input)
    {
        string path = FuzzFolder.Write("recipe.json", input);
        System.CommandLine.Command command = new Cli.Commands.TrainCommand().Create();
        string[] line = ["data", "--out", "m", "--recipe", path];
        Preset.Apply(command.Parse(line), more => command.Parse([.. line, .. more]));
    }

    private static void Log(byte[] input)
    {
        TrainingCurves? curves = TrainingCurves.Read(FuzzFolder.Write(TrainingCurves.FileName, input));
        _ = (curves?.Iterations, curves?.Epochs, curves?.Duration, curves?.ValidationLosses.Count);
        curves?.Plots().ToList().ForEach(plot => plot.ToSvg());
    }

    /// <summary>Reads the first of the tensors that the child process finds.</summary>
    private static void Hdf5(byte[] input)
    {
        using ITensorFile file = TensorFormats.Open(FuzzFolder.Write("file.h5", input));
        foreach (TensorInfo info in file.Tensors.Take(2))
        {
            if (info.IsString)
            {
                file.ReadStrings(info.Name);
            }
            else
            {
                file.ReadSingle(info.Name);
            }
        }
    }

    private static void Superblocks(byte[] input)
    {
        string path = FuzzFolder.Write("superblock.h5", input);
        using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(path);
        Superblock.Read(path, handle);
    }

    private static void Checksums(byte[] input)
    {
        byte[] bytes = [.. input, .. new byte[Hdf5Checksums.PrefixBytes]];
        for (int at = 0; at < input.Length; at++)
        {
            long length = Hdf5Checksums.LengthOf(bytes.AsSpan(at));
            if (length > sizeof(uint) && length <= bytes.Length - at)
            {
                Hdf5Checksums.IsIntact(bytes.AsSpan(at, (int)length));
            }
        }
    }

    private static void Lzf(byte[] input)
    {
        if (LzfFilter.Decode(input, new byte[16]) < 0)
        {
            throw new DataException("x: is damaged.");
        }
    }

    private static void Attempt(Action action)
    {
        try
        {
            action();
        }
        catch (ShowTellException)
        {
        }
    }
}
