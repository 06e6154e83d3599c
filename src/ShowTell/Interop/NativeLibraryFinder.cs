using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.InteropServices;

namespace ShowTell.Interop;

/// <summary>
/// Finds one native library when a call first needs it: where an environment variable says, else under its usual names.
/// Bindings name the library by <paramref name="importName"/> and call <see cref="Register"/> before their first call.
/// </summary>
/// <param name="importName">What LibraryImport attributes call the library.</param>
/// <param name="environmentVariable">Variable that may hold the library's path. If it does, no
/// other place is looked at.</param>
/// <param name="candidates">Names and paths to try in order; <see cref="ForThisSystem"/> picks them.</param>
/// <param name="installation">How a person gets the library on this system, fit to end a sentence.</param>
internal sealed class NativeLibraryFinder(
    string importName, string environmentVariable, IReadOnlyList<string> candidates, string installation)
{
    private static readonly ConcurrentDictionary<string, NativeLibraryFinder> Registered = new();

    private readonly Lock _lock = new();
    private nint _handle;

    // .NET takes one resolver an assembly, so all libraries share it.
    static NativeLibraryFinder() =>
        NativeLibrary.SetDllImportResolver(typeof(NativeLibraryFinder).Assembly, Resolve);

    /// <summary>Picks what belongs to the system that the program runs on.</summary>
    public static T ForThisSystem<T>(T linux, T macOS, T windows) =>
        OperatingSystem.IsWindows() ? windows : OperatingSystem.IsMacOS() ? macOS : linux;

    /// <summary>A file below the Conda environment that is active, or nothing.</summary>
    public static IEnumerable<string> InConda(params string[] path) =>
        Environment.GetEnvironmentVariable("CONDA_PREFIX") is { Length: > 0 } prefix
            ? [Path.Combine([prefix, .. path])]
            : [];

    /// <summary>Makes LibraryImport bindings of this library find it.</summary>
    public NativeLibraryFinder Register() => Registered.GetOrAdd(importName, this);

    /// <summary>The library's handle. Loads it once; after a failure the next call looks again.</summary>
    /// <exception cref="NativeLibraryMissingException">The library is not on this machine,
    /// or cannot be loaded.</exception>
    public nint Load()
    {
        lock (_lock)
        {
            return _handle != 0 ? _handle : _handle = Find();
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath) =>
        Registered.TryGetValue(name, out NativeLibraryFinder? finder) ? finder.Load() : 0;

    private nint Find()
    {
        if (Environment.GetEnvironmentVariable(environmentVariable) is { Length: > 0 } path)
        {
            return LoadNamed(path);
        }

        foreach (string candidate in candidates)
        {
            if (NativeLibrary.TryLoad(candidate, out nint handle))
            {
                return handle;
            }
        }

        throw new NativeLibraryMissingException(
            $"The library {importName} is not on this machine. {installation}, "
            + $"or set {environmentVariable} to its path.");
    }

    private nint LoadNamed(string path)
    {
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            string reason = File.Exists(path) ? "cannot be loaded as a library" : "does not exist";
            throw new NativeLibraryMissingException(
                $"{environmentVariable} names {path}, which {reason}. {installation}, or correct the variable.",
                exception);
        }
    }
}
