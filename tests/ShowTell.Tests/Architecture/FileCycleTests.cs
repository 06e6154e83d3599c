using System.Text.RegularExpressions;
using Xunit;

namespace ShowTell.Tests.Architecture;

/// <summary>The files of a folder do not depend on each other in a circle.</summary>
public sealed partial class FileCycleTests
{
    [Theory]
    [InlineData("src/ShowTell.Core/Models/")]
    [InlineData("src/ShowTell.Core/Decoding/")]
    public void Files_depend_on_each_other_in_one_direction(string folder)
    {
        Dictionary<string, string> sources = SourceTree.Files
            .Where(file => file.StartsWith(folder, StringComparison.Ordinal))
            .ToDictionary(file => file, file => Comment().Replace(SourceTree.Read(file), ""));
        Assert.NotEmpty(sources);
        Assert.Empty(Cycle(sources));
    }

    [Fact]
    public void A_cycle_is_found()
    {
        Dictionary<string, string> sources = new()
        {
            ["a"] = "class A { B b; }",
            ["b"] = "class B { C c; }",
            ["c"] = "class C { A a; }",
            ["d"] = "class D { A a; }",
        };
        Assert.Equal(["a", "b", "c"], Cycle(sources));
    }

    /// <summary>The files that remain after those without dependencies are removed again and again.</summary>
    private static string[] Cycle(Dictionary<string, string> sources)
    {
        (string Type, string File)[] types =
        [
            .. sources.SelectMany(source =>
                Declaration().Matches(source.Value).Select(match => (match.Groups[1].Value, source.Key))),
        ];
        Dictionary<string, HashSet<string>> uses = sources.ToDictionary(
            source => source.Key,
            source => types.Where(type => type.File != source.Key)
                .Where(type => Regex.IsMatch(source.Value, $@"\b{type.Type}\b"))
                .Select(type => type.File)
                .ToHashSet());
        bool Remove(Func<string, bool> isFree)
        {
            string[] free = [.. uses.Keys.Where(isFree)];
            Array.ForEach(free, file => uses.Remove(file));
            foreach (HashSet<string> used in uses.Values)
            {
                used.ExceptWith(free);
            }

            return free.Length > 0;
        }

        // First what uses nothing, then what nothing uses.
        while (Remove(file => uses[file].Count == 0) || Remove(file => !uses.Values.Any(used => used.Contains(file))))
        {
        }

        return [.. uses.Keys.Order(StringComparer.Ordinal)];
    }

    [GeneratedRegex(@"//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\b(?:class|struct|interface|enum|record struct|record) (\w+)")]
    private static partial Regex Declaration();
}
