using System.Runtime.InteropServices;

namespace ShowTell.Interop;

/// <summary>The memory that native libraries take by malloc.</summary>
internal static unsafe class NativeHeap
{
    // glibc alone has it, and alone needs it: of freed blocks it keeps tens of megabytes for each thread.
    private static readonly delegate* unmanaged[Cdecl]<nuint, int> MallocTrim = Find();

    /// <summary>Gives back what was freed.</summary>
    public static void Trim()
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
