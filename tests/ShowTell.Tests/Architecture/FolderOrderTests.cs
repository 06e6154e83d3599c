using System.Text.RegularExpressions;
using Xunit;

namespace ShowTell.Tests.Architecture;

/// <summary>
/// A folder of a project uses only itself and the folders before it (docs/architecture.md). The compiler sees to the
/// order of the projects.
/// </summary>
public sealed partial class FolderOrderTests
{
    /// <summary>The folders of the projects that have several, each building only on those before it.</summary>
    private static readonly Dictionary<string, string[]> s_order = new()
    {
        ["ShowTell.Core"] = ["Numerics", "Files", "Layers", "Data", "Models", "Decoding", "Training"],
        ["ShowTell"] =
        [
            "Photos", "Backbones", "Datasets", "Confidence", "ModelFiles", "Captioning", "Evaluation", "Diagnostics",
            "Reporting",
        ],
    };

    public static TheoryData<string> Projects => [.. s_order.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_folder_uses_only_folders_before_it(string project)
    {
        string[] order = s_order[project];
        string[] files = [.. SourceTree.Files.Where(file =>
            file.StartsWith($"src/{project}/", StringComparison.Ordinal))];
        Assert.NotEmpty(files);
        Assert.Empty(
            from file in files
            let place = Array.IndexOf(order, file.Split('/')[2])
            from used in FoldersUsed(SourceTree.Read(file))
            where place < 0 || Array.IndexOf(order, used) > place
            select $"{file} uses {used}");
    }

    [Fact]
    public void Namespaces_equal_folders() =>
        Assert.Empty(
            from file in SourceTree.Files
            where file.StartsWith("src/", StringComparison.Ordinal)
            where Path.GetFileName(file) is not ("ShowTellException.cs" or "Program.cs")
            let folders = string.Join('.', file.Split('/')[1..^1])
            let expected = folders.StartsWith("ShowTell.Core", StringComparison.Ordinal)
                ? folders.Remove("ShowTell".Length, ".Core".Length)
                : folders
            where Namespace().Match(SourceTree.Read(file)).Groups[1].Value != expected
            select file);

    [Fact]
    public void Folders_are_found_in_using_directives_and_in_full_names() =>
        Assert.Equal(
            ["Data", "Layers", "Backbones", "Training"],
            FoldersUsed(
                """
                using System.Numerics;
                using ShowTell.Data;
                using static ShowTell.Layers.Lstm;
                using Net = ShowTell.Backbones.Backbone;
                var x = ShowTell.Training.Optimizer.Create();
                """));

    private static IEnumerable<string> FoldersUsed(string source) =>
        Uses().Matches(source).Select(match => match.Groups[1].Value).Distinct();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"(?<!namespace )\bShowTell\.(?!Core\b|Metrics\b|Hdf5\b)([A-Z]\w+)\.?[;A-Z]")]
    private static partial Regex Uses();
}
