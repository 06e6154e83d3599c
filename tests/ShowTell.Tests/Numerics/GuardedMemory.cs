using System.Runtime.InteropServices;

namespace ShowTell.Tests.Numerics;

/// <summary>
/// Memory between two protected pages: any access beyond it ends the process. (Linux and macOS; plain memory
/// elsewhere.)
/// </summary>
internal sealed unsafe partial class GuardedMemory<T> : IDisposable
    where T : unmanaged
{
    private readonly byte* _block;
    private readonly nuint _size;
    private readonly T* _start;
    private readonly int _length;

    /// <param name="length">The number of elements.</param>
    /// <param name="atEnd">Whether the memory ends at the page after it, or starts at the page before it.</param>
    public GuardedMemory(int length, bool atEnd)
    {
        int page = Environment.SystemPageSize;
        int inner = ((length * sizeof(T)) + page - 1) / page * page;
        _length = length;
        _size = (nuint)(inner + (2 * page));
        _block = IsSupported ? Libc.Map(_size) : (byte*)NativeMemory.AlignedAlloc(_size, (nuint)page);
        byte* start = _block + page;
        if (IsSupported)
        {
            Libc.Protect(_block, (nuint)page);
            Libc.Protect(start + inner, (nuint)page);
        }

        _start = (T*)(atEnd ? start + inner - (length * sizeof(T)) : start);
        Span.Clear();
    }

    public static bool IsSupported => OperatingSystem.IsLinux() || OperatingSystem.IsMacOS();

    public Span<T> Span => new(_start, _length);

    public void Dispose()
    {
        if (IsSupported)
        {
            Libc.Unmap(_block, _size);
        }
        else
        {
            NativeMemory.AlignedFree(_block);
        }
    }
}

/// <summary>The calls of the C library that <see cref="GuardedMemory{T}"/> needs.</summary>
internal static unsafe partial class Libc
{
    private const int ProtectNone = 0;
    private const int ProtectReadWrite = 1 | 2;
    private const int MapPrivate = 2;

    private static readonly int s_mapAnonymous = OperatingSystem.IsMacOS() ? 0x1000 : 0x20;

    public static byte* Map(nuint size)
    {
        nint block = MMap(0, size, ProtectReadWrite, MapPrivate | s_mapAnonymous, -1, 0);
        return block == -1 ? throw new OutOfMemoryException("mmap failed.") : (byte*)block;
    }

    public static void Protect(byte* page, nuint size)
    {
        if (MProtect(page, size, ProtectNone) != 0)
        {
            throw new InvalidOperationException("mprotect failed.");
        }
    }

    public static void Unmap(byte* block, nuint size) => MUnmap(block, size);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint MMap(nint address, nuint size, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int MProtect(byte* address, nuint size, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int MUnmap(byte* address, nuint size);
}
