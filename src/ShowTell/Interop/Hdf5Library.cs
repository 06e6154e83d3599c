using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ShowTell.Interop;

/// <summary>
/// libhdf5 as a whole: loading it, its lock (most builds are not thread-safe), its predefined types, its errors.
/// </summary>
internal static unsafe class Hdf5Library
{
    private const string Variable = "SHOWTELL_HDF5";

    private static readonly NativeLibraryFinder Finder = new NativeLibraryFinder(
        Hdf5Native.Library, Variable, Candidates(), Installation()).Register();

    private static nint _library;

    /// <summary>Held during every call into libhdf5.</summary>
    public static Lock Gate { get; } = new();

    /// <summary>Native <c>int</c>.</summary>
    public static nint NativeInt32 => Predefined("H5T_NATIVE_INT_g");

    /// <summary>Native 64-bit integer.</summary>
    public static nint NativeInt64 => Predefined("H5T_NATIVE_LLONG_g");

    /// <summary>Native <c>float</c>.</summary>
    public static nint NativeSingle => Predefined("H5T_NATIVE_FLOAT_g");

    /// <summary>Native <c>double</c>.</summary>
    public static nint NativeDouble => Predefined("H5T_NATIVE_DOUBLE_g");

    /// <summary>Little-endian 32-bit integer in a file.</summary>
    public static nint StoredInt32 => Predefined("H5T_STD_I32LE_g");

    /// <summary>Little-endian IEEE 754 single in a file.</summary>
    public static nint StoredSingle => Predefined("H5T_IEEE_F32LE_g");

    /// <summary>A string of C, of one byte.</summary>
    public static nint CString => Predefined("H5T_C_S1_g");

    /// <summary>Takes the lock, and loads the library if this is the first call. Dispose gives the lock back.</summary>
    /// <exception cref="NativeLibraryMissingException">libhdf5 is missing or too old.</exception>
    public static Lock.Scope Enter()
    {
        Lock.Scope scope = Gate.EnterScope();
        try
        {
            if (_library == 0)
            {
                _library = Load();
            }

            // Thread-safe builds keep this setting for each thread, so it is made at every entry.
            Hdf5Native.H5Eset_auto2(0, 0, 0);
            return scope;
        }
        catch
        {
            scope.Dispose();
            throw;
        }
    }

    /// <summary>
    /// What went wrong in the call that has just failed, as an exception that begins with <paramref name="what"/>.
    /// </summary>
    public static DataException Failure(string what)
    {
        string reason = InnermostError();
        return new DataException(reason.Length > 0 ? $"{what}: {reason}." : $"{what}.");
    }

    /// <summary>A property list of the class, such as <c>H5P_CLS_DATASET_ACCESS_ID_g</c>.</summary>
    public static Hdf5Handle CreatePropertyList(string propertyClass) =>
        Hdf5Native.H5Pcreate(Predefined(propertyClass));

    /// <summary>
    /// A property list for opening things that does not follow links into other files: which files are read is for the
    /// user to say, not for a file.
    /// </summary>
    public static Hdf5Handle CreateAccessList(string propertyClass)
    {
        Hdf5Handle list = CreatePropertyList(propertyClass);
        Hdf5Native.H5Pset_elink_cb(list, &RefuseExternalLink, 0);
        return list;
    }

    /// <summary>
    /// A property list for writing a file that nobody else knows of yet. It is not locked: a lock would go on in a
    /// process that was started meanwhile, which inherits libhdf5's descriptor, after the file is closed here.
    /// </summary>
    public static Hdf5Handle CreateUnlockedAccessList()
    {
        Hdf5Handle list = CreatePropertyList("H5P_CLS_FILE_ACCESS_ID_g");
        try
        {
            Hdf5Native.H5Pset_file_locking(list, useLocking: 0, ignoreWhenDisabled: 1);
        }
        catch (EntryPointNotFoundException)
        {
        }

        return list;
    }

    private static nint Load()
    {
        nint library = Finder.Load();
        try
        {
            // Its clean-up at exit complains on the error stream of files that it could not open.
            // Everything is closed by then.
            Hdf5Native.H5dont_atexit();
            Hdf5Native.H5get_libversion(out uint major, out uint minor, out uint release);
            RequireVersion(major, minor, release);
        }
        catch (EntryPointNotFoundException exception)
        {
            throw new NativeLibraryMissingException(
                $"The library that was loaded as libhdf5 is another one. {Installation()}, "
                + $"or set {Variable} to its path.",
                exception);
        }

        return Hdf5Native.H5open() >= 0
            ? library
            : throw new NativeLibraryMissingException("libhdf5 was found, but cannot be initialised.");
    }

    /// <summary>Identifiers have 64 bits since 1.10, and everything here relies on it.</summary>
    internal static void RequireVersion(uint major, uint minor, uint release)
    {
        if ((major, minor).CompareTo((1, 10)) < 0 || nint.Size < sizeof(long))
        {
            throw new NativeLibraryMissingException(
                $"libhdf5 {major}.{minor}.{release} was found in a {nint.Size * 8}-bit process, but 1.10 or newer in a "
                + $"64-bit process is needed. {Installation()}, or set {Variable} to its path.");
        }
    }

    // The variables hold identifiers that are valid only after H5open.
    private static nint Predefined(string symbol) => *(nint*)NativeLibrary.GetExport(Finder.Load(), symbol);

    private static string InnermostError()
    {
        nint text = 0;
        Hdf5Native.H5Ewalk2(0, 0, &TakeInnermost, &text);
        string description = Marshal.PtrToStringUTF8(text) ?? "";
        return description.ReplaceLineEndings(" ").Trim().TrimEnd('.');
    }

    // The walk goes from the innermost error outwards. Descriptions live until the next call into the library.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int TakeInnermost(uint index, Hdf5Error* error, nint* text)
    {
        if (index == 0)
        {
            *text = error->Description;
        }

        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int RefuseExternalLink(
        nint file, nint group, nint target, nint name, nint flags, nint access, nint data) => -1;

    private static string[] Candidates() => NativeLibraryFinder.ForThisSystem<string[]>(
        linux:
        [
            "libhdf5_serial.so.103", "libhdf5_serial.so.310", "libhdf5_serial.so.320",
            "libhdf5.so.103", "libhdf5.so.200", "libhdf5.so.310", "libhdf5.so.320",
            .. NativeLibraryFinder.InConda("lib", "libhdf5.so"), "libhdf5_serial.so", "libhdf5.so",
        ],
        macOS:
        [
            "/opt/homebrew/lib/libhdf5.dylib", "/usr/local/lib/libhdf5.dylib", "/opt/local/lib/libhdf5.dylib",
            .. NativeLibraryFinder.InConda("lib", "libhdf5.dylib"), "libhdf5.dylib",
        ],
        windows: ["hdf5.dll", .. NativeLibraryFinder.InConda("Library", "bin", "hdf5.dll")]);

    private static string Installation() => NativeLibraryFinder.ForThisSystem(
        linux: "Install it (Debian 12, Ubuntu: sudo apt install libhdf5-103-1; "
            + "newer Debian: sudo apt install libhdf5-310; Fedora: sudo dnf install hdf5)",
        macOS: "Install it (brew install hdf5)",
        windows: "Install it (conda install -c conda-forge hdf5)");
}
