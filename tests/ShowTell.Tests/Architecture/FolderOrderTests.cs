using System.Text.RegularExpressions;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Architecture;

/// <summary>A folder of the library uses only itself and the folders above it (docs/architecture.md).</summary>
public sealed partial class FolderOrderTests
{
    /// <summary>
    /// The folders, each building only on those before it. The first stands for the library's own folder.
    /// </summary>
    private static readonly string[] s_order =
    [
        "", "Numerics", "Files", "Interop", "Layers", "Vision", "Data", "Models", "Decoding", "Captioning",
        "Evaluation", "Training", "Reporting",
        "Exercises",
    ];

    [Fact]
    public void Every_folder_has_its_place_in_the_order()
    {
        IEnumerable<string> folders = SourceTree.LibraryFiles.Select(FolderOf).Distinct();
        Assert.Contains("Numerics", folders);
        Assert.Empty(folders.Except(s_order));
    }

    [Fact]
    public void Namespaces_equal_folders()
    {
        foreach (string file in SourceTree.LibraryFiles)
        {
            string expected = string.Join('.', ["ShowTell", .. file.Split('/')[..^1]]);
            Assert.Equal((file, expected), (file, Namespace().Match(SourceTree.Read(file)).Groups[1].Value));
        }
    }

    [Fact]
    public void No_compiled_type_uses_a_folder_below_its_own()
    {
        Type[] types =
            [.. typeof(Matrix<>).Assembly.GetTypes().Where(type => !type.IsNested && FolderOf(type) is not null)];
        Assert.Contains(typeof(Matrix<>), types);
        Assert.Empty(
            types.SelectMany(type => Violations(FolderOf(type)!, TypeUses.Of(type).Select(FolderOf), type.FullName!)));
    }

    /// <summary>Constants and nameof leave no trace in compiled code, but need a using directive.</summary>
    [Fact]
    public void No_file_has_a_using_directive_for_a_folder_below_its_own() =>
        Assert.Empty(SourceTree.LibraryFiles.SelectMany(
            file => Violations(FolderOf(file), FoldersNamedByUsings(SourceTree.Read(file)), file)));

    [Fact]
    public void A_use_of_a_folder_below_is_found()
    {
        Assert.Equal(
            ["x: Layers uses Training"], Violations("Layers", ["Numerics", "Layers", "Training", "", null], "x"));
        Assert.Equal(["y: ShowTell uses Numerics"], Violations("", ["Numerics"], "y"));
        Assert.Empty(Violations("Exercises", s_order, "z"));
    }

    [Fact]
    public void Using_directives_of_every_form_are_found()
    {
        const string Source = """
            using System.Numerics;
            using ShowTell.Data;
            global using ShowTell.Models;
            using static ShowTell.Layers.Lstm;
            using Net = ShowTell.Vision.Backbone;
            // using ShowTell.Training;
            /// <see cref="ShowTell.Reporting.Plot"/>
            """;
        Assert.Equal(["Data", "Models", "Layers", "Vision"], FoldersNamedByUsings(Source));
    }

    [Theory]
    [InlineData(typeof(Made.InBase), typeof(Made.Parent))]
    [InlineData(typeof(Made.InConstraint<>), typeof(Made.Parent))]
    [InlineData(typeof(Made.InAttribute), typeof(Made.Target))]
    [InlineData(typeof(Made.InField), typeof(Made.Target))]
    [InlineData(typeof(Made.InSignature), typeof(Made.Target))]
    [InlineData(typeof(Made.InCall), typeof(Made.Helper))]
    [InlineData(typeof(Made.InGenericCall), typeof(Made.Target))]
    [InlineData(typeof(Made.InTypeOf), typeof(Made.Target))]
    [InlineData(typeof(Made.InLambda), typeof(Made.Helper))]
    [InlineData(typeof(Made.InIterator), typeof(Made.Helper))]
    [InlineData(typeof(Made.InCatch), typeof(Made.Trouble))]
    [InlineData(typeof(Made.InSwitch), typeof(Made.Helper))]
    public void A_use_of_a_type_is_found_wherever_it_stands(Type user, Type used) => Assert.Contains(
        used, TypeUses.Of(user));

    [Fact]
    public void A_type_that_is_not_used_is_not_found() => Assert.DoesNotContain(
        typeof(Made.Helper), TypeUses.Of(typeof(Made.InField)));

    private static IEnumerable<string> Violations(string folder, IEnumerable<string?> usedFolders, string where)
    {
        static string Name(string folder) => folder.Length == 0 ? "ShowTell" : folder;
        return from used in usedFolders.Distinct()
               where used is not null && Array.IndexOf(s_order, used) > Array.IndexOf(s_order, folder)
               select $"{where}: {Name(folder)} uses {Name(used)}";
    }

    private static string FolderOf(string file) => file.Contains('/') ? file[..file.IndexOf('/')] : "";

    /// <summary>The folder of a type of the library; of another type, and of what the compiler adds, null.</summary>
    private static string? FolderOf(Type type) =>
        type.Assembly == typeof(Matrix<>).Assembly && type.Namespace is string name && name.StartsWith(
            "ShowTell", StringComparison.Ordinal)
            ? name.Split('.').ElementAtOrDefault(1) ?? ""
            : null;

    private static IEnumerable<string> FoldersNamedByUsings(string source) =>
        UsingDirective().Matches(source).Select(match => match.Groups[1].Value);

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(
        @"^(?:global\s+)?using\s+(?:static\s+)?(?:\w+\s*=\s*)?(?:global::)?ShowTell\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex UsingDirective();
}
