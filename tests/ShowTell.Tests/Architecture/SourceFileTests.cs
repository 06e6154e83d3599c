using System.Text.RegularExpressions;
using Xunit;

namespace ShowTell.Tests.Architecture;

/// <summary>A type is found by its file's name, and a file is read in one sitting.</summary>
public sealed partial class SourceFileTests
{
    private const int MaximumLines = 400;
    private const int MaximumLineLength = 120;

    /// <summary>Files that may have longer lines: style sheets, whose rules take a line each.</summary>
    private static readonly string[] s_wideFiles = ["src/ShowTell/Reporting/PageStyle.cs"];

    /// <summary>Files of several types on one subject, none of which gives the file its name.</summary>
    private static readonly string[] s_filesOfSubjects = ["src/ShowTell.Exercises/ExerciseTypes.cs"];

    [Fact]
    public void A_file_holds_a_type_of_its_name() =>
        Assert.Empty(SourceTree.Files
            .Where(file => file.StartsWith("src/", StringComparison.Ordinal) && !file.EndsWith("/Program.cs"))
            .Where(file => !HoldsTypeOfItsName(Path.GetFileNameWithoutExtension(file), SourceTree.Read(file)))
            .Except(s_filesOfSubjects));

    [Fact]
    public void No_file_is_too_long() =>
        Assert.All(
            SourceTree.Files.Where(file => file.StartsWith("src/", StringComparison.Ordinal)),
            file => Assert.InRange(SourceTree.Read(file).AsSpan().Count('\n'), 1, MaximumLines));

    /// <summary>The limit is max_line_length in .editorconfig, which the compiler does not enforce.</summary>
    [Fact]
    public void No_line_is_too_long() =>
        Assert.Empty(SourceTree.Files
            .Except(s_wideFiles)
            .SelectMany(file => SourceTree.Read(file).Split('\n')
                .Index()
                .Where(line => line.Item.Length > MaximumLineLength)
                .Select(line => $"{file}:{line.Index + 1}: {line.Item.Length} characters")));

    [Theory]
    [InlineData("Lstm", "public static class Lstm\n", true)]
    [InlineData("Matrix", "public sealed class Matrix<T>\n", true)]
    [InlineData("Gemm.Small", "internal static unsafe partial class Gemm\n", true)]
    [InlineData("Simd", "internal unsafe interface ISimd<TVector, T>\n", true)]
    [InlineData("Point", "public readonly record struct Point(int X)\n", true)]
    [InlineData("Lstm", "public static class LstmCell\n", false)]
    [InlineData("Lstm", "// class Lstm\n    public class Lstm\n", false)]
    public void A_type_of_the_name_of_its_file_is_recognised(string fileName, string source, bool expected) =>
        Assert.Equal(expected, HoldsTypeOfItsName(fileName, source));

    /// <summary>A part of a type lies in Type.Part.cs; the file of an interface may leave out its I.</summary>
    private static bool HoldsTypeOfItsName(string fileName, string source)
    {
        string name = fileName.Split('.')[0];
        return TopLevelType().Matches(source).Select(match => match.Groups[1].Value).Any(
            type => type == name || type == $"I{name}");
    }

    [GeneratedRegex(
        @"^(?:(?:public|internal|file|static|sealed|abstract|readonly|ref|unsafe|partial) )+"
        + @"(?:class|struct|interface|enum|record struct|record|delegate \S+) (\w+)",
        RegexOptions.Multiline)]
    private static partial Regex TopLevelType();
}
