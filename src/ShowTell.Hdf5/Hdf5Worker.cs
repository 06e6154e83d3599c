using System.Numerics;
using System.Runtime.Loader;
using PureHDF;
using PureHDF.VOL.Native;
using ShowTell.Files;

namespace ShowTell.Hdf5;

/// <summary>
/// The process that reads HDF5 files. It describes a file's tensors, and copies those that do not lie in it in one
/// piece to a safetensors file. PureHDF trusts what it reads, so that a file may well end this process, which no other
/// one notices but by its exit.
/// </summary>
internal static class Hdf5Worker
{
    /// <summary>What the process prints when it has read the file; else it prints why it has not.</summary>
    public const string Success = "ok";

    /// <summary>The key of the descriptions in the metadata of the safetensors file: the name of no tensor.</summary>
    public const string DescriptionKey = "/";

    /// <summary>Bytes of tensors that are copied without being asked for.</summary>
    private const long UnaskedBytes = 16 << 20;

    private const int MaxDepth = 16;
    private const int MaxTensors = 10_000;

    /// <param name="arguments">Folders to find assemblies in, the HDF5 file, the safetensors file, and the names of
    /// tensors to copy; without any, all small ones are copied.</param>
    internal static int Main(string[] arguments)
    {
        AssemblyLoadContext.Default.Resolving += (context, name) => arguments[0].Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, $"{name.Name}.dll"))
            .Where(File.Exists)
            .Select(context.LoadFromAssemblyPath)
            .FirstOrDefault();

        // When the process that waits for this one ends, this one does too.
        new Thread(() => Environment.Exit(Console.In.Read())) { IsBackground = true }.Start();
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        Console.Out.Write(Run(arguments[1], arguments[2], arguments[3..]));
        return 0;
    }

    /// <summary>Reads a file.</summary>
    /// <returns><see cref="Success"/>, or why it cannot be read.</returns>
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
            return "its structure asks for an absurd amount of memory";
        }
        catch (Exception error)
        {
            return Describe(error);
        }
    }

    /// <summary>What went wrong, fit to follow a colon.</summary>
    internal static string Describe(Exception error)
    {
        while (error.InnerException is not null)
        {
            error = error.InnerException;
        }

        return error.Message.ReplaceLineEndings(" ").TrimEnd('.');
    }

    /// <summary>Lists the tensors of a group and of its groups, each group once: links may lead in circles.</summary>
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
                continue; // A link that leads nowhere.
            }

            var found = (NativeObject)member;
            if (StoredType.Internal(StoredType.Internal(found, "Context")!, "File") != root)
            {
                throw new InvalidDataException($"its link {name} leads into another file; copy what is there into it");
            }

            if (tensors.Count + groups.Count >= MaxTensors)
            {
                return;
            }

            if (found is NativeDataset dataset)
            {
                // A soft link may be called what it leads to.
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
        long left = UnaskedBytes;
        foreach (Hdf5Tensor tensor in tensors.Where(tensor => tensor.IsCopied))
        {
            if (names.Length > 0 ? !names.Contains(tensor.Info.Name) : tensor.Bytes > left)
            {
                continue;
            }

            left -= (long)BigInteger.Min(tensor.Bytes, left);
            if (tensor.Info.IsString)
            {
                strings[tensor.Info.Name] = SafeTensorsFormat.Encode(tensor.ReadStrings());
            }
            else
            {
                // One that nobody asked for must not keep the others from being read; of others the beginning tells.
                tensor.ReadNumbers(_ => names.Length == 0);
                copied.Add(tensor);
            }
        }

        copied.RemoveAll(tensor => tensor.Problem is not null);
        strings[DescriptionKey] = Hdf5Description.ToJson(tensors.Select(tensor => tensor.Describe()));
        long position = 0;
        using var stream = new FileStream(output, FileMode.Create, FileAccess.Write, FileShare.Read);
        SafeTensorsHeader.Write(stream, strings, copied.Select(tensor => new SafeTensorsEntry(
            tensor.Info.Name,
            SafeTensorsEntry.TypeOf(tensor.Info.ElementType),
            [.. tensor.Info.Shape],
            position,
            position += (long)tensor.Bytes)));
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
