using System.Runtime.InteropServices;

namespace ShowTell.Numerics;

/// <summary>Aligned memory that the garbage collector does not move, for packed factors.</summary>
internal static unsafe class PackBuffer
{
    private const int Alignment = 64;

    [ThreadStatic]
    private static byte[]?[]? t_buffers;

    /// <summary>One of this thread's own two buffers. It grows and is kept; its elements are undefined.</summary>
    public static T* Get<T>(int index, int length)
        where T : unmanaged
    {
        byte[]?[] buffers = t_buffers ??= new byte[]?[2];
        return Grow<T>(ref buffers[index], length);
    }

    /// <summary>
    /// Makes an array large enough for so many elements behind the first aligned address, which it returns.
    /// </summary>
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
