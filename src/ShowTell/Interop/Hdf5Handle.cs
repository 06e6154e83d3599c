using System.Runtime.InteropServices;

namespace ShowTell.Interop;

/// <summary>
/// An identifier of libhdf5 (<c>hid_t</c>) of any kind: file, group, dataset, dataspace, type or property list.
/// </summary>
internal sealed class Hdf5Handle : SafeHandle
{
    /// <summary>For the marshaller, which sets the identifier that a function returned.</summary>
    public Hdf5Handle()
        : base(-1, ownsHandle: true)
    {
    }

    private Hdf5Handle(nint id)
        : base(-1, ownsHandle: false) => SetHandle(id);

    /// <summary>H5P_DEFAULT and H5S_ALL, which are both zero.</summary>
    public static Hdf5Handle Default { get; } = new(0);

    /// <inheritdoc/>
    public override bool IsInvalid => handle < 0;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        lock (Hdf5Library.Gate)
        {
            return Hdf5Native.H5Idec_ref(handle) >= 0;
        }
    }
}
