namespace ShowTell.Tests.Architecture;

/// <summary>The source files of the library, the command and the tests.</summary>
internal static class SourceTree
{
    /// <summary>The repository's root: the folder that holds the solution.</summary>
    public static string Root => TestData.RepositoryRoot;

    /// <summary>The folder of the library.</summary>
    public static string Library { get; } = Path.Combine(Root, "src", "ShowTell");

    /// <summary>The library's C# files, with paths relative to its folder and / between names.</summary>
    public static IReadOnlyList<string> LibraryFiles { get; } = FilesOf(Library);

    /// <summary>The C# files of the library's HDF5 part, with paths relative to the library's folder.</summary>
    public static IReadOnlyList<string> Hdf5Files { get; } = FilesBeside("../ShowTell.Hdf5");

    /// <summary>The C# files of the command, with paths relative to the library's folder.</summary>
    public static IReadOnlyList<string> CommandFiles { get; } = FilesBeside("../ShowTell.Cli");

    /// <summary>The C# files of the tests, with paths relative to the library's folder.</summary>
    public static IReadOnlyList<string> TestFiles { get; } = FilesBeside("../../tests/ShowTell.Tests");

    /// <summary>The text of a file of one of the lists.</summary>
    public static string Read(string file) => File.ReadAllText(Path.Combine(Library, file));

    private static string[] FilesBeside(string folder) =>
        [.. FilesOf(Path.GetFullPath(Path.Combine(Library, folder))).Select(path => $"{folder}/{path}")];

    private static string[] FilesOf(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/'))
            .Where(path => !path.StartsWith("bin/", StringComparison.Ordinal))
            .Where(path => !path.StartsWith("obj/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];
}
