namespace ShowTell.Tests.Architecture;

/// <summary>The C# files of the library, the command, the fuzzer and the tests.</summary>
internal static class SourceTree
{
    /// <summary>Their paths from the repository's root, with / between names.</summary>
    public static IReadOnlyList<string> Files { get; } =
    [
        .. new[] { "fuzz", "src", "tests" }
            .SelectMany(folder => Directory.EnumerateFiles(
                Path.Combine(TestData.RepositoryRoot, folder), "*.cs", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(TestData.RepositoryRoot, path).Replace('\\', '/'))
            .Where(path => !path.Contains("/bin/", StringComparison.Ordinal))
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The text of a file.</summary>
    public static string Read(string file) => File.ReadAllText(Path.Combine(TestData.RepositoryRoot, file));
}
