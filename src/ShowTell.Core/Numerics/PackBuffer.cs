using System.Runtime.InteropServices;

namespace ShowTell.Numerics;

/// <summary>Aligned, pinned memory for packed factors.</summary>
internal static unsafe class PackBuffer
{
    private const int Alignment = 64;

    [ThreadStatic]
    private static byte[]?[]? t_buffers;

    /// <summary>One of this thread's two buffers, which grow and are kept; the elements are undefined.</summary>
    public static T* Get<T>(int index, int length)
        where T : unmanaged
    {
        byte[]?[] buffers = t_buffers ??= new byte[]?[2];
        return Grow<T>(ref buffers[index], length);
    }

    /// <summary>Ensures an array for N aligned elements, and returns the first aligned address.</summary>
    public static T* Grow<T>(ref byte[]? buffer, int length)
        where T : unmanaged
    {
        int bytes = checked((length * sizeof(T)) + Alignment);
        if (buffer is null || buffer.Length < bytes)
        {
            buffer = GC.AllocateUninitializedArray<byte>(bytes, pinned: true);
        }

        nuint address = (nuint)(void*)Marshal.UnsafeAddrOfPinnedArrayElement(buffer, 0);
        return (T*)((address + Alignment - 1) & ~(nuint)(Alignment - 1));
    }
}
