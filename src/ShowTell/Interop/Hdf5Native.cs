using System.Runtime.InteropServices;

namespace ShowTell.Interop;

/// <summary>
/// The functions of libhdf5 that ShowTell calls, as its reference manual has them. Negative results are failures.
/// Call them inside <see cref="Hdf5Library.Enter"/>.
/// </summary>
internal static unsafe partial class Hdf5Native
{
    public const string Library = "libhdf5";

    // Numbers from H5Fpublic.h, H5Ipublic.h, H5Dpublic.h, H5Tpublic.h and H5Spublic.h.
    public const uint OpenReadOnly = 0;
    public const uint CreateOrTruncate = 2;
    public const int GlobalScope = 1;
    public const int KindGroup = 2;
    public const int KindDataset = 5;
    public const int LayoutContiguous = 1;
    public const int LayoutChunked = 2;
    public const int LayoutVirtual = 3;
    public const int ClassInteger = 0;
    public const int ClassFloat = 1;
    public const int ClassString = 3;
    public const int ClassOpaque = 5;
    public const int CharactersUtf8 = 1;
    public const int PadNullTerminated = 0;
    public const int PadSpaces = 2;
    public const int SoftConversion = 1;
    public static readonly nuint VariableSize = nuint.MaxValue;
    public const int SpaceNull = 2;
    public const int SelectSet = 0;
    public const int MaxRank = 32;
    public const ulong UndefinedAddress = ulong.MaxValue;

    [LibraryImport(Library)]
    public static partial int H5dont_atexit();

    [LibraryImport(Library)]
    public static partial int H5open();

    [LibraryImport(Library)]
    public static partial int H5get_libversion(out uint major, out uint minor, out uint release);

    [LibraryImport(Library)]
    public static partial int H5Eset_auto2(nint stack, nint function, nint clientData);

    [LibraryImport(Library)]
    public static partial int H5Ewalk2(
        nint stack, int direction, delegate* unmanaged[Cdecl]<uint, Hdf5Error*, nint*, int> function, nint* clientData);

    [LibraryImport(Library)]
    public static partial int H5Idec_ref(nint id);

    [LibraryImport(Library)]
    public static partial int H5Iget_type(Hdf5Handle id);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial Hdf5Handle H5Fopen(string path, uint flags, Hdf5Handle accessList);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial Hdf5Handle H5Fcreate(string path, uint flags, Hdf5Handle creationList, Hdf5Handle accessList);

    [LibraryImport(Library)]
    public static partial Hdf5Handle H5Fget_create_plist(Hdf5Handle file);

    [LibraryImport(Library)]
    public static partial int H5Fflush(Hdf5Handle file, int scope);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial Hdf5Handle H5Oopen(Hdf5Handle location, string name, Hdf5Handle linkAccessList);

    [LibraryImport(Library)]
    public static partial int H5Gget_info(Hdf5Handle group, out Hdf5GroupInfo info);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint H5Lget_name_by_idx(
        Hdf5Handle location,
        string group,
        int indexKind,
        int order,
        ulong index,
        byte* name,
        nuint size,
        Hdf5Handle linkAccessList);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial Hdf5Handle H5Dopen2(Hdf5Handle location, string name, Hdf5Handle accessList);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial Hdf5Handle H5Dcreate2(
        Hdf5Handle location,
        string name,
        nint type,
        Hdf5Handle space,
        Hdf5Handle linkCreationList,
        Hdf5Handle creationList,
        Hdf5Handle accessList);

    [LibraryImport(Library)]
    public static partial Hdf5Handle H5Dget_space(Hdf5Handle dataset);

    [LibraryImport(Library)]
    public static partial Hdf5Handle H5Dget_type(Hdf5Handle dataset);

    [LibraryImport(Library)]
    public static partial Hdf5Handle H5Dget_create_plist(Hdf5Handle dataset);

    [LibraryImport(Library)]
    public static partial ulong H5Dget_offset(Hdf5Handle dataset);

    [LibraryImport(Library)]
    public static partial ulong H5Dget_storage_size(Hdf5Handle dataset);

    [LibraryImport(Library)]
    public static partial int H5Dread(
        Hdf5Handle dataset,
        nint memoryType,
        Hdf5Handle memorySpace,
        Hdf5Handle fileSpace,
        Hdf5Handle transferList,
        void* buffer);

    [LibraryImport(Library)]
    public static partial int H5Dwrite(
        Hdf5Handle dataset,
        nint memoryType,
        Hdf5Handle memorySpace,
        Hdf5Handle fileSpace,
        Hdf5Handle transferList,
        void* buffer);

    [LibraryImport(Library)]
    public static partial int H5Tget_class(Hdf5Handle type);

    [LibraryImport(Library)]
    public static partial nuint H5Tget_size(Hdf5Handle type);

    [LibraryImport(Library)]
    public static partial int H5Tget_sign(Hdf5Handle type);

    [LibraryImport(Library)]
    public static partial int H5Tequal(Hdf5Handle type, nint other);

    [LibraryImport(Library)]
    public static partial int H5Tis_variable_str(Hdf5Handle type);

    [LibraryImport(Library)]
    public static partial int H5Tget_strpad(Hdf5Handle type);

    [LibraryImport(Library)]
    public static partial nint H5Tcopy(nint type);

    [LibraryImport(Library)]
    public static partial nint H5Tcreate(int typeClass, nuint size);

    [LibraryImport(Library)]
    public static partial int H5Tset_size(nint type, nuint size);

    [LibraryImport(Library)]
    public static partial int H5Tset_cset(nint type, int characters);

    [LibraryImport(Library)]
    public static partial int H5Tset_fields(
        nint type, nuint sign, nuint exponent, nuint exponentSize, nuint mantissa, nuint mantissaSize);

    [LibraryImport(Library)]
    public static partial int H5Tset_ebias(nint type, nuint bias);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int H5Tregister(
        int kind,
        string name,
        nint source,
        nint destination,
        delegate* unmanaged[Cdecl]<nint, nint, nint, nuint, nuint, nuint, nint, nint, nint, int> function);

    [LibraryImport(Library)]
    public static partial int H5Sget_simple_extent_type(Hdf5Handle space);

    [LibraryImport(Library)]
    public static partial int H5Sget_simple_extent_ndims(Hdf5Handle space);

    [LibraryImport(Library)]
    public static partial int H5Sget_simple_extent_dims(Hdf5Handle space, ulong* dimensions, ulong* maximum);

    [LibraryImport(Library)]
    public static partial Hdf5Handle H5Screate_simple(int rank, ulong* dimensions, ulong* maximum);

    [LibraryImport(Library)]
    public static partial int H5Sset_extent_simple(Hdf5Handle space, int rank, ulong* dimensions, ulong* maximum);

    [LibraryImport(Library)]
    public static partial int H5Sselect_hyperslab(
        Hdf5Handle space, int operation, ulong* start, ulong* stride, ulong* count, ulong* block);

    [LibraryImport(Library)]
    public static partial Hdf5Handle H5Pcreate(nint propertyClass);

    [LibraryImport(Library)]
    public static partial int H5Pget_userblock(Hdf5Handle creationList, out ulong bytes);

    [LibraryImport(Library)]
    public static partial int H5Pget_sizes(Hdf5Handle creationList, out nuint addressBytes, out nuint lengthBytes);

    [LibraryImport(Library)]
    public static partial int H5Pget_layout(Hdf5Handle creationList);

    [LibraryImport(Library)]
    public static partial int H5Pget_external_count(Hdf5Handle creationList);

    [LibraryImport(Library)]
    public static partial int H5Pget_nfilters(Hdf5Handle creationList);

    [LibraryImport(Library)]
    public static partial int H5Pget_chunk(Hdf5Handle creationList, int maxRank, ulong* dimensions);

    [LibraryImport(Library)]
    public static partial int H5Pset_chunk(Hdf5Handle creationList, int rank, ulong* dimensions);

    [LibraryImport(Library)]
    public static partial int H5Pset_shuffle(Hdf5Handle creationList);

    [LibraryImport(Library)]
    public static partial int H5Pset_deflate(Hdf5Handle creationList, uint level);

    /// <summary>Whether files are locked while they are open; since 1.10.7.</summary>
    [LibraryImport(Library)]
    public static partial int H5Pset_file_locking(Hdf5Handle accessList, byte useLocking, byte ignoreWhenDisabled);

    [LibraryImport(Library)]
    public static partial int H5Pset_obj_track_times(Hdf5Handle creationList, byte track);

    [LibraryImport(Library)]
    public static partial int H5Pset_chunk_cache(Hdf5Handle accessList, nuint slots, nuint bytes, double preemption);

    [LibraryImport(Library)]
    public static partial int H5Pset_elink_cb(
        Hdf5Handle linkAccessList,
        delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, nint, nint, int> function,
        nint clientData);
}

/// <summary>H5E_error2_t: one entry of the error stack.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Hdf5Error
{
    public nint ErrorClass;
    public nint Major;
    public nint Minor;
    public uint Line;
    public nint FunctionName;
    public nint FileName;
    public nint Description;
}

/// <summary>H5G_info_t: what a group holds.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Hdf5GroupInfo
{
    public int StorageType;
    public ulong LinkCount;
    public long MaxCreationOrder;

    // A C bool or an unsigned int, by version of the library.
    public uint Mounted;
}
