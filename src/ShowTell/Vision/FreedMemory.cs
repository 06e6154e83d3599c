using System.Runtime.InteropServices;

namespace ShowTell.Vision;

/// <summary>Memory that native libraries took by malloc and have freed.</summary>
internal static unsafe class FreedMemory
{
    // glibc alone has it, and alone needs it: it keeps freed blocks, of which loading a network leaves many.
    private static readonly delegate* unmanaged[Cdecl]<nuint, int> MallocTrim = Find();

    /// <summary>Gives it back to the system.</summary>
    public static void Release()
    {
        if (MallocTrim != null)
        {
            _ = MallocTrim(0);
        }
    }

    private static delegate* unmanaged[Cdecl]<nuint, int> Find() =>
        OperatingSystem.IsLinux() && NativeLibrary.TryGetExport(
            NativeLibrary.GetMainProgramHandle(), "malloc_trim", out nint function)
            ? (delegate* unmanaged[Cdecl]<nuint, int>)function
            : null;
}
