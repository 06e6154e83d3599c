using System.Runtime.InteropServices;

namespace ShowTell.Interop;

/// <summary>
/// libonnxruntime as a whole: loading it, its table of functions, its errors. The library exports a single function,
/// which gives the table; the order of the table never changes, so one set of indices serves all versions.
/// </summary>
internal static unsafe class OnnxRuntimeLibrary
{
    private const string Variable = "SHOWTELL_ONNXRUNTIME";

    // The first version with all functions used here (ONNX Runtime 1.5); newer libraries still offer it.
    private const uint TableVersion = 5;

    private static readonly NativeLibraryFinder Finder =
        new("libonnxruntime", Variable, Candidates(), "Run tools/get-onnxruntime.sh, which fetches it");

    private static readonly Lock Gate = new();

    private static nint* _table;
    private static OnnxRuntimeHandle? _environment;

    /// <summary>The environment that all sessions share, which lives as long as the program.</summary>
    /// <exception cref="NativeLibraryMissingException">The library is missing, or another one.</exception>
    public static OnnxRuntimeHandle Environment
    {
        get
        {
            lock (Gate)
            {
                return _environment ??= CreateEnvironment();
            }
        }
    }

    /// <summary>A function of the table.</summary>
    public static nint Function(OnnxRuntimeFunction function)
    {
        lock (Gate)
        {
            return Table()[(int)function];
        }
    }

    /// <summary>Throws what a status tells of, and releases it.</summary>
    /// <exception cref="OnnxRuntimeException">The status is not success.</exception>
    public static void Check(nint status)
    {
        if (status == 0)
        {
            return;
        }

        var message = (delegate* unmanaged[Cdecl]<nint, byte*>)Function(OnnxRuntimeFunction.GetErrorMessage);
        string text = Marshal.PtrToStringUTF8((nint)message(status)) ?? "";
        ((delegate* unmanaged[Cdecl]<nint, void>)Function(OnnxRuntimeFunction.ReleaseStatus))(status);
        throw new OnnxRuntimeException(text.ReplaceLineEndings(" ").Trim().TrimEnd('.'));
    }

    /// <summary>The folder where tools/get-onnxruntime.sh puts the library.</summary>
    internal static string CacheFolder() => Path.Combine(
        NonEmpty("XDG_CACHE_HOME") ?? Path.Combine(Home(), ".cache"), "showtell", "onnxruntime");

    private static string Home() =>
        NonEmpty("HOME") ?? System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile);

    private static string? NonEmpty(string variable) =>
        System.Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;

    private static nint* Table()
    {
        if (_table == null)
        {
            nint library = Finder.Load();
            if (!NativeLibrary.TryGetExport(library, "OrtGetApiBase", out nint entry))
            {
                throw new NativeLibraryMissingException(
                    "The library that was loaded as libonnxruntime is another one. "
                    + $"Run tools/get-onnxruntime.sh, or set {Variable} to its path.");
            }

            // OrtApiBase: GetApi, then GetVersionString.
            nint* apiBase = ((delegate* unmanaged[Cdecl]<nint*>)entry)();
            _table = ((delegate* unmanaged[Cdecl]<uint, nint*>)apiBase[0])(TableVersion);
            if (_table == null)
            {
                string version = Marshal.PtrToStringUTF8(((delegate* unmanaged[Cdecl]<nint>)apiBase[1])()) ?? "";
                throw new NativeLibraryMissingException(
                    $"ONNX Runtime {version} does not offer the functions used here. Run tools/get-onnxruntime.sh.");
            }
        }

        return _table;
    }

    private static OnnxRuntimeHandle CreateEnvironment()
    {
        // Its own log stays silent: what goes wrong comes back as a status.
        const int fatalOnly = 4;
        var create = (delegate* unmanaged[Cdecl]<int, byte*, nint*, nint>)Table()[(int)OnnxRuntimeFunction.CreateEnv];
        nint environment;
        fixed (byte* name = "ShowTell\0"u8)
        {
            Check(create(fatalOnly, name, &environment));
        }

        return new OnnxRuntimeHandle(environment, OnnxRuntimeFunction.ReleaseEnv);
    }

    private static string[] Candidates()
    {
        string[] names = NativeLibraryFinder.ForThisSystem<string[]>(
            linux: ["libonnxruntime.so.1", "libonnxruntime.so"],
            macOS: ["libonnxruntime.1.dylib", "libonnxruntime.dylib"],
            windows: ["onnxruntime.dll"]);
        string[] folders = [AppContext.BaseDirectory, CacheFolder()];

        // Windows has an old one of its own under the plain name, which comes last for that.
        return
        [
            .. folders.SelectMany(folder => names.Select(name => Path.Combine(folder, name))),
            .. names,
            .. NativeLibraryFinder.InConda("lib", names[^1]),
        ];
    }
}
