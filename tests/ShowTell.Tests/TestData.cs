using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit;

namespace ShowTell.Tests;

/// <summary>What tests take from outside: real data, temporary folders, Python.</summary>
internal static class TestData
{
    private const string Python = "/usr/bin/python3";

    /// <summary>The repository's root.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    /// <summary>
    /// A file or folder of the shared data: below the folder that SHOWTELL_SHARED names, else below <c>../shared</c> beside
    /// the repository. Skips the test where it is absent.
    /// </summary>
    public static string Shared(params string[] path)
    {
        string root = Environment.GetEnvironmentVariable("SHOWTELL_SHARED") is { Length: > 0 } named
            ? named
            : Path.Combine(RepositoryRoot, "..", "shared");
        string found = Path.GetFullPath(Path.Combine([root, .. path]));
        if (!Path.Exists(found))
        {
            Assert.Skip($"No {found}: set SHOWTELL_SHARED to the folder that holds the shared data.");
        }

        return found;
    }

    /// <summary>A file or folder of those that the scripts in <c>tests/golden</c> wrote.</summary>
    public static string Golden(params string[] path) => Path.Combine([RepositoryRoot, "tests", "golden", .. path]);

    /// <summary>A new folder that is deleted when it is disposed of.</summary>
    public static TemporaryFolder Temporary() => new();

    /// <summary>
    /// Runs a script with the system's Python and returns what it printed. Skips the test where Python or one of the
    /// modules is absent; fails it where the script fails.
    /// </summary>
    public static string RunPython(string[] modules, string script, params string[] arguments)
    {
        if (!File.Exists(Python))
        {
            Assert.Skip($"No {Python}.");
        }

        foreach (string module in modules)
        {
            if (Run(["-c", $"import {module}"]).ExitCode != 0)
            {
                Assert.Skip($"{Python} has no module {module}.");
            }
        }

        (int exitCode, string output, string errors) = Run(["-c", script, .. arguments]);
        Assert.True(exitCode == 0, $"Python failed: {errors}");
        return output;
    }

    private static (int ExitCode, string Output, string Errors) Run(IEnumerable<string> arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(Python, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }

    private static string FindRoot([CallerFilePath] string source = "")
    {
        // The sources' own place, or, in a build that hides it, the first folder upwards that holds the solution.
        string? folder = File.Exists(source) ? Path.GetDirectoryName(source) : AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "ShowTell.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("The tests run outside of the repository.");
    }
}

/// <summary>A folder that lives as long as a test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() => Path = Directory.CreateTempSubdirectory("showtell-").FullName;

    public string Path { get; }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
