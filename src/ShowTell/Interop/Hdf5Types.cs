using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ShowTell.Interop;

/// <summary>
/// Types of libhdf5 that are made at run time and kept for good. Ask for them inside <see cref="Hdf5Library.Enter"/>.
/// </summary>
internal static unsafe class Hdf5Types
{
    /// <summary>
    /// Bytes of a reference to a string of variable length: its length, the address of the heap that holds it, and its
    /// number there; 4, 8 and 4 bytes, little-endian.
    /// </summary>
    public const int ReferenceSize = 16;

    private static nint _nativeHalf;
    private static nint _storedHalf;
    private static nint _string;
    private static nint _stringReference;

    /// <summary>IEEE 754 half precision as this machine's memory has it.</summary>
    public static nint NativeHalf => Kept(ref _nativeHalf, () => MakeHalf(Hdf5Library.NativeSingle));

    /// <summary>Little-endian IEEE 754 half precision in a file, as h5py makes it.</summary>
    public static nint StoredHalf => Kept(ref _storedHalf, () => MakeHalf(Hdf5Library.StoredSingle));

    /// <summary>A string of variable length in UTF-8, as h5py's <c>string_dtype()</c> makes it.</summary>
    public static nint String => Kept(ref _string, MakeString);

    /// <summary>
    /// What strings of variable length are read as: their bare references. libhdf5 would follow them without checking
    /// what it finds, and a damaged file would take the process down.
    /// </summary>
    public static nint StringReference => Kept(ref _stringReference, MakeStringReference);

    private static nint Kept(ref nint type, Func<nint> make)
    {
        if (type == 0)
        {
            nint made = make();
            type = made > 0 ? made : throw Hdf5Library.Failure("libhdf5 cannot make a type");
        }

        return type;
    }

    // There is no predefined type before libhdf5 1.14.4.
    private static nint MakeHalf(nint single)
    {
        nint half = Hdf5Native.H5Tcopy(single);
        bool isMade = Hdf5Native.H5Tset_fields(half, 15, 10, 5, 0, 10) >= 0
            && Hdf5Native.H5Tset_size(half, 2) >= 0
            && Hdf5Native.H5Tset_ebias(half, 15) >= 0;
        return isMade ? half : -1;
    }

    private static nint MakeString()
    {
        nint text = Hdf5Native.H5Tcopy(Hdf5Library.CString);
        bool isMade = Hdf5Native.H5Tset_size(text, Hdf5Native.VariableSize) >= 0
            && Hdf5Native.H5Tset_cset(text, Hdf5Native.CharactersUtf8) >= 0;
        return isMade ? text : -1;
    }

    private static nint MakeStringReference()
    {
        nint reference = Hdf5Native.H5Tcreate(Hdf5Native.ClassOpaque, ReferenceSize);
        bool isMade = Hdf5Native.H5Tregister(
            Hdf5Native.SoftConversion, "string reference", String, reference, &KeepReferences) >= 0;
        return isMade ? reference : -1;
    }

    // The bytes stay as the file has them.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int KeepReferences(
        nint source,
        nint destination,
        nint conversion,
        nuint count,
        nuint stride,
        nuint backgroundStride,
        nint buffer,
        nint background,
        nint transferList) => 0;
}
