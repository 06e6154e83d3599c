namespace ShowTell.Fuzz;

/// <summary>The files that parsers read their inputs from: in memory, where the system has files there.</summary>
internal static class FuzzFolder
{
    private static readonly Lazy<string> s_path = new(Create);

    /// <summary>A file of a folder that the process has for itself.</summary>
    public static string File(string name) => Path.Combine(s_path.Value, name);

    /// <summary>Writes an input to a file.</summary>
    public static string Write(string name, byte[] input)
    {
        string path = File(name);
        System.IO.File.WriteAllBytes(path, input);
        return path;
    }

    /// <summary>Files with the names of <see cref="FuzzSeeds.Photos"/>; imports do not look into them.</summary>
    public static void WritePhotos(string folder)
    {
        foreach (string photo in FuzzSeeds.Photos)
        {
            string path = Path.Combine(folder, photo);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            System.IO.File.WriteAllBytes(path, [0]);
        }
    }

    private static string Create()
    {
        const string InMemory = "/dev/shm";
        string name = $"showtell-fuzz-{Environment.ProcessId}";
        string folder = Path.Combine(Directory.Exists(InMemory) ? InMemory : Path.GetTempPath(), name);
        Directory.CreateDirectory(folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        WritePhotos(Directory.CreateDirectory(Path.Combine(folder, "photos")).FullName);
        return folder;
    }
}
