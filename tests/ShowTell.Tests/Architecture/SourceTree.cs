namespace ShowTell.Tests.Architecture;

/// <summary>The library's source files, found upwards from the test program.</summary>
internal static class SourceTree
{
    /// <summary>The repository's root: the folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The folder of the library.</summary>
    public static string Library { get; } = Path.Combine(Root, "src", "ShowTell");

    /// <summary>The library's C# files, with paths relative to its folder and / between names.</summary>
    public static IReadOnlyList<string> LibraryFiles { get; } =
    [
        .. Directory.EnumerateFiles(Library, "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Library, path).Replace('\\', '/'))
            .Where(path => !path.StartsWith("bin/", StringComparison.Ordinal) && !path.StartsWith("obj/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The text of one of <see cref="LibraryFiles"/>.</summary>
    public static string Read(string libraryFile) => File.ReadAllText(Path.Combine(Library, libraryFile));

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
