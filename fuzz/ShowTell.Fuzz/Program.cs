using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.IO.MemoryMappedFiles;
using ShowTell;
using ShowTell.Fuzz;

// Fuzzes the parsers of untrusted input; CONTRIBUTING.md shows how.
var target = new Option<string?>("--target") { Description = "The parser; all by default." };
var count = new Option<int>("--count") { DefaultValueFactory = _ => 5_000, Description = "Mutations per parser." };
var seed = new Option<int>("--seed") { DefaultValueFactory = _ => 1, Description = "The random seed." };
var output = new Option<string>("--out")
{
    DefaultValueFactory = _ => Path.Combine(Path.GetTempPath(), "showtell-findings"),
    Description = "The folder for inputs that fail.",
};
var files = new Argument<string[]>("file") { Description = "Inputs." };
var name = new Argument<string>("target");

var mutate = new Command("mutate", "Runs mutations of valid inputs.") { target, count, seed, output };
mutate.SetAction(parsed => Commands.Mutate(
    Commands.Targets(parsed.GetValue(target)),
    parsed.GetValue(count),
    parsed.GetValue(seed),
    parsed.GetValue(output)!));
var run = new Command("run", "Runs inputs, such as those of a regression.") { name, files };
run.SetAction(parsed => Commands.Run(Commands.Targets(parsed.GetValue(name)).Single(), parsed.GetValue(files)!));
var minimize = new Command("minimize", "Makes a failing input shorter.") { name, files };
minimize.SetAction(parsed =>
    Commands.Minimize(Commands.Targets(parsed.GetValue(name)).Single(), parsed.GetValue(files)!.Single()));
var seeds = new Command("seeds", "Writes the valid inputs of a parser to a folder.") { name, files };
seeds.SetAction(parsed =>
    Commands.Seeds(Commands.Targets(parsed.GetValue(name)).Single(), parsed.GetValue(files)!.Single()));
var afl = new Command("afl", "Is run by AFL++: fuzz/afl.sh.") { name };
afl.SetAction(parsed => Commands.Afl(parsed.GetValue(name)!));
var list = new Command("list", "Lists the parsers.");
list.SetAction(_ => Console.WriteLine(string.Join('\n', FuzzTargets.All.Select(one => one.Name))));
return new RootCommand("Fuzzes ShowTell's parsers.") { mutate, run, minimize, seeds, afl, list }.Parse(args).Invoke();

/// <summary>What the program does.</summary>
internal static class Commands
{
    private const int MaxInput = 4 << 20;

    public static IReadOnlyList<FuzzTarget> Targets(string? name) =>
        name is null ? FuzzTargets.All : [FuzzTargets.All.Single(target => target.Name == name)];

    public static int Mutate(IReadOnlyList<FuzzTarget> targets, int count, int seed, string folder)
    {
        FuzzRunner.IsAlone = true;
        Directory.CreateDirectory(folder);

        // What runs now, for the case that it takes the process with it.
        string current = Path.Combine(folder, $"current-{Environment.ProcessId}");
        using var map = MemoryMappedFile.CreateFromFile(current, FileMode.Create, null, MaxInput);
        using MemoryMappedViewAccessor view = map.CreateViewAccessor();
        bool hasFindings = false;
        Console.WriteLine(
            "target                 mutations  accepted  rejected      max ms   max MB  peak MB  seconds");
        foreach (FuzzTarget target in targets)
        {
            long start = Stopwatch.GetTimestamp(), began = start;
            using var watch = new Timer(_ =>
            {
                if (Stopwatch.GetElapsedTime(Volatile.Read(ref began)).TotalSeconds > 60)
                {
                    Environment.FailFast($"{target.Name}: hangs; the input is in {current}");
                }
            }, null, 1000, 1000);
            FuzzResult result = FuzzRunner.Mutate(target, seed, count, (_, input) =>
            {
                Volatile.Write(ref began, Stopwatch.GetTimestamp());
                view.Write(0, input.Length);
                view.WriteArray(4, input, 0, Math.Min(input.Length, MaxInput - 4));
            });
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{target.Name,-22} {result.Accepted + result.Rejected,9} {result.Accepted,9} {result.Rejected,9} "
                + $"{result.MaxMilliseconds,11:F0} {result.MaxBytes / 1e6,8:F0} "
                + $"{Environment.WorkingSet / 1e6,8:F0} {Stopwatch.GetElapsedTime(start).TotalSeconds,8:F0}"));
            foreach ((int i, FuzzFinding finding) in result.Findings.Index())
            {
                hasFindings = true;
                string path = Path.Combine(folder, $"{target.Name}-{seed}-{i}");
                File.WriteAllBytes(path, finding.Input);
                Console.WriteLine($"  {path}: {finding.Problem}");
            }
        }

        view.Flush();
        File.Delete(current);
        return hasFindings ? 1 : 0;
    }

    public static int Run(FuzzTarget target, string[] files)
    {
        int failures = 0;
        foreach (string file in files)
        {
            FuzzFinding? finding = FuzzRunner.Check(target, File.ReadAllBytes(file));
            failures += finding is null ? 0 : 1;
            Console.WriteLine($"{file}: {finding?.Problem ?? FuzzRunner.Describe(target, file)}");
        }

        return failures == 0 ? 0 : 1;
    }

    /// <summary>Cuts out what the failure does not need, and writes the rest over the file.</summary>
    public static int Minimize(FuzzTarget target, string file)
    {
        byte[] input = File.ReadAllBytes(file);
        string? Kind(byte[] bytes) => FuzzRunner.Check(target, bytes)?.Problem.Split(':')[0];
        if (Kind(input) is not string kind)
        {
            Console.WriteLine("fine");
            return 0;
        }

        for (int size = input.Length / 2; size > 0; size /= 2)
        {
            for (int at = 0; at + size <= input.Length;)
            {
                byte[] shorter = [.. input[..at], .. input[(at + size)..]];
                bool isSame = Kind(shorter) == kind;
                input = isSame ? shorter : input;
                at += isSame ? 0 : size;
            }
        }

        File.WriteAllBytes(file, input);
        Console.WriteLine($"{file}: {input.Length} bytes, {kind}");
        return 1;
    }

    public static int Seeds(FuzzTarget target, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach ((int i, byte[] seed) in target.Seeds().Index())
        {
            File.WriteAllBytes(
                Path.Combine(folder, $"{i:000}"), target.Wrap is null ? seed : target.Wrap(seed));
        }

        return 0;
    }

    /// <summary>Runs what AFL++ sends, in a process of its own, which may die. Instrumented code may not run before
    /// the fuzzer does, so that the target is found inside.</summary>
    public static int Afl(string name)
    {
        FuzzTarget? target = null;
        SharpFuzz.Fuzzer.OutOfProcess.Run(stream =>
        {
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            target ??= Targets(name).Single();
            try
            {
                target.Run(bytes.ToArray());
            }
            catch (ShowTellException)
            {
            }
        });
        return 0;
    }
}
