using ShowTell.Datasets;
using ShowTell.Files;

namespace ShowTell.Diagnostics;

/// <summary>Verifies the checksums of model files, checkpoints and datasets.</summary>
public static class FileVerification
{
    /// <summary>The maximum number of problems of a file that are described.</summary>
    public const int MaxProblems = 1_000;

    private const string NamesOfRows = "names";

    private static readonly string[] s_extensions = [".safetensors", ".h5", ".hdf5", ".hdf", ".npy"];

    /// <summary>The files of a model, a checkpoint, or a folder: of a dataset, or with checkpoints.</summary>
    /// <exception cref="DataException">There is no such file, or nothing in the folder can be verified.</exception>
    public static IReadOnlyList<string> FilesOf(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Directory.Exists(path))
        {
            return File.Exists(path) ? [path] : throw new DataException($"{path}: there is no such file or folder.");
        }

        string[] descriptions =
        [
            DatasetManifest.FileName, DatasetLayout.Tensors.VocabularyFile, DatasetLayout.Cs231n.VocabularyFile,
        ];
        var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3 };
        string[] files =
        [
            .. Directory.EnumerateFiles(path, "*", options)
                .Where(file => descriptions.Contains(Path.GetFileName(file))
                    || s_extensions.Contains(Path.GetExtension(file).ToLowerInvariant()))
                .Order(StringComparer.Ordinal),
        ];
        return files.Length > 0 ? files : throw new DataException(
            $"{path}: contains no model, checkpoint or dataset to verify.");
    }

    /// <summary>Verifies one of the <see cref="FilesOf"/> a path.</summary>
    /// <param name="file">The file.</param>
    /// <param name="advance">Receives the number of bytes verified since the last call; null for none.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public static VerifiedFile Verify(
        string file, Action<long>? advance = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        var found = new Findings(file, advance, cancellation);
        try
        {
            string name = Path.GetFileName(file);
            if (name == DatasetManifest.FileName)
            {
                VerifyManifest(file, found);
            }
            else if (Path.GetExtension(name) == ".json")
            {
                VocabularyFile.Load(file);
                found.HasChecksums = false;
            }
            else if (s_extensions.AsSpan(1).Contains(Path.GetExtension(name).ToLowerInvariant()))
            {
                VerifyReadable(file, found);
            }
            else if (IsDataset(file))
            {
                VerifyDatasetTensors(file, found);
            }
            else
            {
                VerifyModel(file, found);
            }
        }
        catch (ShowTellException error)
        {
            found.Add(error.Message);
        }

        return found.Result();
    }

    private static void VerifyManifest(string file, Findings found)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        DatasetManifest manifest = DatasetManifest.Load(folder);
        found.HasChecksums = manifest.CaptionsChecksum is not null;
        IReadOnlyList<PhotoLine> photos = DatasetManifest.LoadPhotos(folder);

        // Photos that came with the captions are the dataset's own.
        string own = Path.Combine(folder, DatasetManifest.PhotosFolder);
        foreach (PhotoLine photo in manifest.Photos == own ? photos : [])
        {
            var info = new FileInfo(Path.Combine(own, photo.Photo));
            if (!info.Exists || info.Length == 0)
            {
                found.Add($"{file}: its photo {photo.Photo} is {(info.Exists ? "empty" : "missing")}.");
            }
        }
    }

    /// <summary>Whether a safetensors file is one of a dataset, or of another program.</summary>
    private static bool IsDataset(string file)
    {
        using FileStream stream = Datasets.InputFile.Open(file);
        try
        {
            var header = SafeTensorsHeader.Read(stream, SafeTensorsLimits.Data);
            return header.Entries.All(entry => entry.Name != SafeTensors.Checksums)
                && !header.Texts.ContainsKey("format_version");
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static void VerifyModel(string file, Findings found)
    {
        using var reader = SafeTensorsReader.Open(file, SafeTensorsLimits.Checkpoints);
        found.HasChecksums = reader.HasChecksums;
        foreach (SafeTensorsEntry tensor in reader.Entries)
        {
            found.Tensor(tensor.Length);
            if (reader.Check(tensor) is string problem)
            {
                found.Add($"{file}: {problem}");
            }
        }
    }

    private static void VerifyDatasetTensors(string file, Findings found)
    {
        using var tensors = new SafeTensorsFile(file);
        string[] names = tensors.Metadata.ContainsKey(NamesOfRows) ? tensors.ReadStrings(NamesOfRows) : [];
        foreach (TensorInfo tensor in tensors.Tensors.Where(tensor => !tensor.IsString))
        {
            found.Tensor(0);
            IEnumerable<long>? damaged = tensors.FindDamage(tensor.Name, found.Advance);
            found.HasChecksums &= damaged is not null;
            foreach (long row in damaged ?? [])
            {
                string which = tensor.Shape.Count < 2 ? tensor.Name
                    : names.Length == tensor.Shape[0] ? $"row {row} of {tensor.Name}, the photo {names[row]},"
                    : $"row {row} of {tensor.Name}";
                found.Add($"{file}: {which} is damaged: it does not match its checksum; create the file again.");
            }
        }
    }

    /// <summary>Formats without checksums: everything must be readable.</summary>
    private static void VerifyReadable(string file, Findings found)
    {
        found.HasChecksums = false;
        using ITensorFile tensors = TensorFormats.Open(file);
        foreach (TensorInfo tensor in tensors.Tensors)
        {
            found.Tensor(0);
            try
            {
                Read(tensors, tensor, found);
            }
            catch (DataException error)
            {
                found.Add(error.Message);
            }
        }
    }

    private static void Read(ITensorFile tensors, TensorInfo tensor, Findings found)
    {
        if (tensor.IsString)
        {
            tensors.ReadStrings(tensor.Name);
        }
        else if (tensor.Shape.Count is 2 or 3)
        {
            const int blockElements = 1 << 20;
            using IRowReader rows = tensors.OpenRows(tensor.Name);
            int columns = (int)tensor.RowLength;
            var block = new Matrix<float>(Math.Max(1, blockElements / Math.Max(1, columns)), columns);
            for (long row = 0; row < tensor.Shape[0]; row += block.Rows)
            {
                int count = (int)Math.Min(block.Rows, tensor.Shape[0] - row);
                rows.Read(row, block.RowBlock(0, count));
                found.Advance(count * (long)columns * sizeof(float));
            }
        }
        else if (tensor.IsNumber)
        {
            tensors.ReadSingle(tensor.Name);
        }
    }

    private sealed class Findings(string file, Action<long>? advance, CancellationToken cancellation)
    {
        private readonly List<string> _problems = [];
        private int _tensors;
        private int _count;

        public bool HasChecksums { get; set; } = true;

        public void Add(string problem)
        {
            _count++;
            if (_problems.Count < MaxProblems)
            {
                _problems.Add(problem);
            }
        }

        public void Tensor(long bytes)
        {
            _tensors++;
            Advance(bytes);
        }

        public void Advance(long bytes)
        {
            cancellation.ThrowIfCancellationRequested();
            advance?.Invoke(bytes);
        }

        public VerifiedFile Result() => new(file, HasChecksums, _tensors, _count, _problems);
    }
}

/// <summary>What <see cref="FileVerification"/> found.</summary>
/// <param name="File">The file.</param>
/// <param name="HasChecksums">Whether it has checksums of everything; otherwise only reading it was tried.</param>
/// <param name="Tensors">The number of tensors that were verified.</param>
/// <param name="ProblemCount">The number of problems; 0 for an intact file.</param>
/// <param name="Problems">The first <see cref="FileVerification.MaxProblems"/> problems, a sentence each, which names
/// the file.</param>
public sealed record VerifiedFile(
    string File, bool HasChecksums, int Tensors, int ProblemCount, IReadOnlyList<string> Problems);
