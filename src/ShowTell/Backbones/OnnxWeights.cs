namespace ShowTell.Backbones;

/// <summary>
/// The weights of a network that lie in other files (ONNX's external data). Only files in the network's own folder are
/// read, and only the bytes that they have.
/// </summary>
internal sealed class OnnxWeights
{
    // TensorProto.DataLocation.EXTERNAL
    private const int External = 1;

    /// <summary>Bytes of a tensor that most exporters leave in the network's own file.</summary>
    private const int MaxSmall = 1024;

    /// <summary>Bits per element by ONNX's number of the type; 0 if it is not of a fixed size.</summary>
    private static readonly int[] s_bits =
        [0, 32, 8, 8, 16, 16, 32, 64, 0, 8, 16, 64, 32, 64, 64, 128, 16, 8, 8, 8, 8, 4, 4, 4, 8, 2, 2];

    private readonly string _name;
    private readonly string? _path;
    private readonly Dictionary<string, WeightFile> _files = [];

    private OnnxWeights(string name, string? path) => (_name, _path) = (name, path);

    /// <summary>The network's path, links to it followed where its weights are only beside their target.</summary>
    public string Path { get; private set; } = "";

    /// <summary>
    /// Whether there are tensors among them such as shapes, which ONNX Runtime reads only from the network's own file.
    /// </summary>
    public bool HaveSmall { get; private set; }

    /// <summary>The files of weights: their names as the network gives them, and their lengths.</summary>
    public IEnumerable<(string Name, long Bytes)> Files =>
        _files.Values.Select(file => (file.Location, file.Length));

    /// <summary>Whether a tensor's elements are in another file.</summary>
    public static bool AreOutside(OnnxTensor tensor) => tensor.DataLocation == External;

    /// <summary>Finds the weights of all tensors.</summary>
    /// <param name="name">The network's name for error messages.</param>
    /// <param name="path">Its path; null if only its bytes are given.</param>
    /// <param name="tensors">Its tensors.</param>
    /// <returns>Null if all weights are in the network's own file.</returns>
    /// <exception cref="ModelFileException">Weights are missing, outside the network's folder, or not as the network
    /// says.</exception>
    public static OnnxWeights? Of(string name, string? path, IEnumerable<OnnxTensor> tensors)
    {
        OnnxWeights? weights = null;
        foreach (OnnxTensor tensor in tensors.Where(AreOutside))
        {
            weights ??= new OnnxWeights(name, path) { Path = path ?? "" };
            weights.HaveSmall |= weights.Find(tensor).Length <= MaxSmall;
        }

        return weights;
    }

    /// <summary>Where a tensor's elements are.</summary>
    /// <exception cref="ModelFileException">They are not there.</exception>
    public (string File, long Start, long Length) Find(OnnxTensor tensor)
    {
        string location = Entry(tensor, "location") ?? "";
        if (!_files.TryGetValue(location, out WeightFile? file))
        {
            _files.Add(location, file = Locate(location));
        }

        long start = Number(tensor, "offset") ?? 0;
        long? expected = LengthOf(tensor), given = Number(tensor, "length");
        long length = given ?? expected ?? Math.Max(file.Length - start, 0);
        if (given is not null && expected is not null && given != expected)
        {
            throw new ModelFileException(
                $"{_name}: says that {tensor.Name} takes {given} bytes of {location}, but its shape takes {expected}: "
                + "the network is damaged; export it again.");
        }

        if (length > file.Length || start > file.Length - length)
        {
            throw new ModelFileException(
                $"{_name}: needs bytes {start} to {(decimal)start + length} of {location}, but that file has "
                + $"{file.Length} bytes{file.Kind}: it is incomplete, or belongs to another network. Get both files "
                + "again.");
        }

        return (file.Path, start, length);
    }

    /// <summary>The bytes that a tensor's shape and type take; null if that is unknown.</summary>
    private long? LengthOf(OnnxTensor tensor)
    {
        int bits = tensor.DataType >= 0 && tensor.DataType < s_bits.Length ? s_bits[tensor.DataType] : 0;
        if (bits == 0)
        {
            return null;
        }

        Int128 elements = 1;
        foreach (long length in tensor.Dims)
        {
            elements *= length;
            if (length < 0 || elements > long.MaxValue / 128)
            {
                throw new ModelFileException(
                    $"{_name}: its tensor {tensor.Name} has the impossible size {string.Join(" x ", tensor.Dims)}.");
            }
        }

        return ((long)elements * bits + 7) / 8;
    }

    private WeightFile Locate(string location)
    {
        if (_path is null)
        {
            throw new ModelFileException(
                $"{_name}: its weights are in other files ({location}), which its bytes alone do not lead to: load it "
                + "from its own folder, or save it as one file.");
        }

        // ONNX Runtime takes names that begin with "*/" for addresses in memory.
        if (location.Length == 0 || location.Contains('\0') || System.IO.Path.IsPathRooted(location)
            || location.StartsWith("*/", StringComparison.Ordinal) || location.Split('/', '\\').Contains(".."))
        {
            throw Outside(location);
        }

        string target = RealPath(_path);
        foreach (string network in new[] { _path, target })
        {
            string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(network))!;
            string path = System.IO.Path.Combine(folder, location);
            if (!File.Exists(path))
            {
                continue;
            }

            // A cache such as Hugging Face's has links to the network and to its weights, which lie beside each other.
            string real = RealPath(path);
            if (!IsIn(RealPath(folder), real) && !IsIn(System.IO.Path.GetDirectoryName(target)!, real))
            {
                throw Outside(location);
            }

            Path = network;
            return new WeightFile(location, real, new FileInfo(real).Length);
        }

        throw new ModelFileException(
            $"{_name}: its weights file {location} is missing: put it into the folder of the network, to which it "
            + "belongs.");
    }

    private ModelFileException Outside(string location) => new(
        $"{_name}: its weights are said to be in {location}, which is not in its own folder: such files are not read. "
        + "Put the weights beside the network, or save it as one file.");

    private static bool IsIn(string folder, string path) => path.StartsWith(
        System.IO.Path.TrimEndingDirectorySeparator(folder) + System.IO.Path.DirectorySeparatorChar,
        StringComparison.Ordinal);

    /// <summary>A path without links in any of its parts.</summary>
    private static string RealPath(string path)
    {
        string full = System.IO.Path.GetFullPath(path);
        string real = System.IO.Path.GetPathRoot(full)!;
        foreach (string part in full[real.Length..].Split(
            System.IO.Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            real = System.IO.Path.Combine(real, part);
            if (new FileInfo(real).ResolveLinkTarget(returnFinalTarget: false) is FileSystemInfo target)
            {
                real = RealPath(target.FullName);
            }
        }

        return real;
    }

    private static string? Entry(OnnxTensor tensor, string key) =>
        tensor.ExternalData.LastOrDefault(entry => entry.Key == key)?.Value;

    private long? Number(OnnxTensor tensor, string key) => Entry(tensor, key) switch
    {
        null => null,
        string text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) =>
            number,
        string text => throw new ModelFileException(
            $"{_name}: the {key} of the weights {tensor.Name} must be a whole number, but is {text}."),
    };

    /// <summary>A file of weights, as the network names it, and where it is.</summary>
    private sealed record WeightFile(string Location, string Path, long Length)
    {
        /// <summary>What else the file is, for error messages.</summary>
        public string Kind => Length < 1024 && ForeignFile.Describe(Path) is string kind ? $" and {kind}" : "";
    }
}
