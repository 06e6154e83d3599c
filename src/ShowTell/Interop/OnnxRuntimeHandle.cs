using System.Runtime.InteropServices;

namespace ShowTell.Interop;

/// <summary>An object of ONNX Runtime, released by the function that belongs to its kind.</summary>
internal sealed unsafe class OnnxRuntimeHandle : SafeHandle
{
    private readonly nint _release;

    public OnnxRuntimeHandle(nint pointer, OnnxRuntimeFunction release)
        : base(0, ownsHandle: true)
    {
        _release = OnnxRuntimeLibrary.Function(release);
        SetHandle(pointer);
    }

    /// <summary>The object, for calls between which this handle is kept alive.</summary>
    public nint Pointer => handle;

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        ((delegate* unmanaged[Cdecl]<nint, void>)_release)(handle);
        return true;
    }
}
