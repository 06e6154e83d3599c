namespace ShowTell.Interop;

/// <summary>What a session says of an input or an output.</summary>
/// <param name="Name">Its name in the graph.</param>
/// <param name="IsFloat">Whether it is a tensor of 32-bit floats.</param>
/// <param name="Shape">Sizes of its dimensions; negative where any size will do.</param>
internal sealed unsafe record OnnxRuntimeTensorInfo(string Name, bool IsFloat, long[] Shape)
{
    // ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT
    public const int FloatElements = 1;

    /// <summary>Reads an OrtTensorTypeAndShapeInfo, which may be null for what is no tensor.</summary>
    public static OnnxRuntimeTensorInfo Read(string name, nint info)
    {
        if (info == 0)
        {
            return new OnnxRuntimeTensorInfo(name, IsFloat: false, []);
        }

        int type;
        OnnxRuntimeLibrary.Check(((delegate* unmanaged[Cdecl]<nint, int*, nint>)
            OnnxRuntimeLibrary.Function(OnnxRuntimeFunction.GetTensorElementType))(info, &type));
        nuint rank;
        OnnxRuntimeLibrary.Check(((delegate* unmanaged[Cdecl]<nint, nuint*, nint>)
            OnnxRuntimeLibrary.Function(OnnxRuntimeFunction.GetDimensionsCount))(info, &rank));
        var shape = new long[rank];
        fixed (long* sizes = shape)
        {
            OnnxRuntimeLibrary.Check(((delegate* unmanaged[Cdecl]<nint, long*, nuint, nint>)
                OnnxRuntimeLibrary.Function(OnnxRuntimeFunction.GetDimensions))(info, sizes, rank));
        }

        return new OnnxRuntimeTensorInfo(name, type == FloatElements, shape);
    }
}
