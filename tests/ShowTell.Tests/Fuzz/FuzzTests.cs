using System.Globalization;
using ShowTell.Fuzz;
using Xunit;

namespace ShowTell.Tests.Fuzz;

/// <summary>
/// Every parser of untrusted input, on mutations of valid inputs: it succeeds or throws a
/// <see cref="ShowTellException"/> of one line, in a second, without taking 512 MB. SHOWTELL_FUZZ_COUNT sets the number
/// of mutations, SHOWTELL_FUZZ_SEED the seed.
/// </summary>
public sealed class FuzzTests
{
    public static TheoryData<string> Targets => [.. FuzzTargets.All.Select(target => target.Name)];

    public static TheoryData<string, string> Regressions =>
    [
        .. Directory.GetFiles(Folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => (Path.GetFileName(Path.GetDirectoryName(path))!, Path.GetFileName(path))),
    ];

    private static string Folder { get; } = Path.Combine(TestData.RepositoryRoot, "fuzz", "regressions");

    [Theory, MemberData(nameof(Targets))]
    public void Mutations_are_accepted_or_refused(string name)
    {
        FuzzTarget target = Target(name);
        int count = Number("SHOWTELL_FUZZ_COUNT", target.TestMutations);
        FuzzResult result = FuzzRunner.Mutate(target, Number("SHOWTELL_FUZZ_SEED", 1), count);
        Assert.True(result.Findings.Count == 0, string.Join('\n', result.Findings.Select(Show)));

        // Otherwise the mutations would be all too wild, or too tame.
        Assert.InRange(result.Accepted, 1, count);
        Assert.True(result.Rejected > 0 || !target.Refuses);
    }

    /// <summary>What once failed.</summary>
    [Theory, MemberData(nameof(Regressions))]
    public void Inputs_that_failed_fail_no_more(string target, string file)
    {
        FuzzFinding? finding = FuzzRunner.Check(Target(target), File.ReadAllBytes(Path.Combine(Folder, target, file)));
        Assert.True(finding is null, finding?.Problem);
    }

    [Fact]
    public void The_same_seed_gives_the_same_inputs()
    {
        FuzzTarget target = Target("model-file");
        IReadOnlyList<byte[]> seeds = target.Seeds();
        byte[][] Inputs(int seed) => [.. Enumerable.Range(0, 50).Select(i => new Mutator(target, seeds).Make(seed, i))];
        Assert.Equal(Inputs(3), Inputs(3));
        Assert.NotEqual(Inputs(3), Inputs(4));
    }

    /// <summary>A target that fails, takes too long or takes too much is found out.</summary>
    [Fact]
    public void Failures_are_found()
    {
        static string? Problem(Action action) =>
            FuzzRunner.Check(new FuzzTarget("x", FuzzStructure.Binary, () => [[0]], _ => action()), [])?.Problem;
        Assert.Null(Problem(() => throw new DataException("x: is damaged.")));
        Assert.StartsWith("FormatException", Problem(() => throw new FormatException("bad")), StringComparison.Ordinal);
        Assert.StartsWith("took too long", Problem(() => Thread.Sleep(1_100)), StringComparison.Ordinal);
        Assert.StartsWith(
            "took too much memory",
            Problem(() => GC.KeepAlive(GC.AllocateUninitializedArray<byte>(600 << 20))),
            StringComparison.Ordinal);
    }

    private static FuzzTarget Target(string name) => FuzzTargets.All.Single(target => target.Name == name);

    private static int Number(string variable, int other) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : other;

    private static string Show(FuzzFinding finding)
    {
        string path = Path.Combine(Path.GetTempPath(), $"showtell-finding-{Guid.NewGuid():N}");
        File.WriteAllBytes(path, finding.Input);
        return $"{finding.Problem}: {path}";
    }
}
