using System.Numerics;
using System.Runtime.Loader;
using PureHDF;
using PureHDF.VOL.Native;
using ShowTell.Files;

namespace ShowTell.Hdf5;

/// <summary>
/// The worker process that parses HDF5 files. It describes a file's tensors, and copies those that are not contiguous
/// numbers to a safetensors file. PureHDF trusts its input: a malicious file may crash this process, but nothing else.
/// </summary>
internal static class Hdf5Worker
{
    /// <summary>The output of a successful run; otherwise the output is the reason for the failure.</summary>
    public const string Success = "ok";

    /// <summary>The key of the descriptions in the safetensors metadata, which no tensor's name equals.</summary>
    public const string DescriptionKey = "/";

    /// <summary>The limit of tensors that are copied without being requested, in bytes.</summary>
    private const long UnrequestedBytes = 16 << 20;

    private const int MaxDepth = 16;
    private const int MaxTensors = 10_000;

    /// <summary>The entry point.</summary>
    /// <param name="arguments">The folders of assemblies, the HDF5 file, the safetensors file, and the names of the
    /// tensors to copy; without names, all small ones are copied.</param>
    internal static int Main(string[] arguments)
    {
        AssemblyLoadContext.Default.Resolving += (context, name) => arguments[0].Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, $"{name.Name}.dll"))
            .Where(File.Exists)
            .Select(context.LoadFromAssemblyPath)
            .FirstOrDefault();

        // Exit with the parent process.
        new Thread(() => Environment.Exit(Console.In.Read())) { IsBackground = true }.Start();
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        Console.Out.Write(Run(arguments[1], arguments[2], arguments[3..]));
        return 0;
    }

    /// <summary>Describes and copies the tensors of a file.</summary>
    /// <returns><see cref="Success"/>, or the reason for the failure.</returns>
    internal static string Run(string path, string output, string[] names)
    {
        try
        {
            Hdf5Filters.Register();
            using var stream = new Hdf5Stream(path);
            using NativeFile root = H5File.Open(stream, leaveOpen: true);
            var tensors = new List<Hdf5Tensor>();
            List(root, root, "", [Hdf5Tensor.AddressOf(root)], stream, tensors);
            Copy(tensors, output, names);
            return Success;
        }
        catch (OutOfMemoryException)
        {
            return "its structure requires too much memory";
        }
        catch (Exception error)
        {
            return Describe(error);
        }
    }

    /// <summary>The message of the innermost exception, as one line without a period.</summary>
    internal static string Describe(Exception error)
    {
        while (error.InnerException is not null)
        {
            error = error.InnerException;
        }

        return error.Message.ReplaceLineEndings(" ").TrimEnd('.');
    }

    /// <summary>Lists the tensors of a group and its subgroups, each once: links may be circular.</summary>
    private static void List(
        NativeFile root,
        NativeGroup group,
        string prefix,
        HashSet<ulong> groups,
        Hdf5Stream stream,
        List<Hdf5Tensor> tensors)
    {
        foreach (IH5Object member in group.Children())
        {
            string name = prefix + member.Name;
            if (member is not (NativeDataset or NativeGroup))
            {
                continue; // A dangling link.
            }

            var found = (NativeObject)member;
            if (StoredType.Internal(StoredType.Internal(found, "Context")!, "File") != root)
            {
                throw new InvalidDataException($"its link {name} leads to another file; copy the target into it");
            }

            if (tensors.Count + groups.Count >= MaxTensors)
            {
                return;
            }

            if (found is NativeDataset dataset)
            {
                // A soft link may have the name of its target.
                if (!tensors.Exists(tensor => tensor.Info.Name == name))
                {
                    tensors.Add(new Hdf5Tensor(dataset, name, stream));
                }
            }
            else if (found is NativeGroup inner && name.Count(letter => letter == '/') < MaxDepth
                && groups.Add(Hdf5Tensor.AddressOf(inner)))
            {
                List(root, inner, name + "/", groups, stream, tensors);
            }
        }
    }

    /// <summary>Writes the safetensors file.</summary>
    private static void Copy(List<Hdf5Tensor> tensors, string output, string[] names)
    {
        var strings = new Dictionary<string, string>();
        var copied = new List<Hdf5Tensor>();
        long left = UnrequestedBytes;
        foreach (Hdf5Tensor tensor in tensors.Where(tensor => tensor.IsCopied))
        {
            if (names.Length > 0 ? !names.Contains(tensor.Info.Name) : tensor.Bytes > left)
            {
                continue;
            }

            left -= (long)BigInteger.Min(tensor.Bytes, left);
            if (tensor.Info.IsString)
            {
                string[] read = tensor.ReadStrings();
                if (tensor.Problem is null)
                {
                    strings[tensor.Info.Name] = SafeTensorsFormat.Encode(read);
                }
            }
            else
            {
                // Find problems first: an unreadable tensor must not prevent the others from being copied. Requested
                // tensors are read only partly here.
                tensor.ReadNumbers(_ => names.Length == 0);
                copied.Add(tensor);
            }
        }

        copied.RemoveAll(tensor => tensor.Problem is not null);
        strings[DescriptionKey] = Hdf5Description.ToJson(tensors.Select(tensor => tensor.Describe()));
        long position = 0;
        using var stream = new FileStream(output, FileMode.Create, FileAccess.Write, FileShare.Read);
        stream.Write(SafeTensorsHeader.Encode(strings, copied.Select(tensor => new SafeTensorsEntry(
            tensor.Info.Name,
            SafeTensorsEntry.TypeOf(tensor.Info.ElementType),
            [.. tensor.Info.Shape],
            position,
            position += (long)tensor.Bytes))));
        foreach (Hdf5Tensor tensor in copied)
        {
            tensor.ReadNumbers(bytes =>
            {
                stream.Write(bytes);
                return true;
            });
            if (tensor.Problem is not null)
            {
                throw new InvalidDataException($"{tensor.Info}: {tensor.Problem}");
            }
        }
    }
}
