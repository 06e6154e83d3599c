namespace ShowTell.Tests.Architecture;

/// <summary>The library's source files, found upwards from the test program.</summary>
internal static class SourceTree
{
    /// <summary>The repository's root: the folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The folder of the library.</summary>
    public static string Library { get; } = Path.Combine(Root, "src", "ShowTell");

    /// <summary>The library's C# files, with paths relative to its folder and / between names.</summary>
    public static IReadOnlyList<string> LibraryFiles { get; } = FilesOf(Library);

    /// <summary>The C# files of the command, with paths relative to the library's folder: ../ShowTell.Cli/...</summary>
    public static IReadOnlyList<string> CommandFiles { get; } =
        [.. FilesOf(Path.Combine(Root, "src", "ShowTell.Cli")).Select(path => $"../ShowTell.Cli/{path}")];

    /// <summary>The text of one of <see cref="LibraryFiles"/> or <see cref="CommandFiles"/>.</summary>
    public static string Read(string file) => File.ReadAllText(Path.Combine(Library, file));

    private static string[] FilesOf(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/'))
            .Where(path => !path.StartsWith("bin/", StringComparison.Ordinal))
            .Where(path => !path.StartsWith("obj/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ShowTell.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds ShowTell.slnx.");
    }
}
