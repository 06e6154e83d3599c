namespace ShowTell.Interop;

/// <summary>A tensor of floats that ONNX Runtime made and owns until it is disposed of.</summary>
internal sealed unsafe class OnnxRuntimeTensor : IDisposable
{
    private readonly OnnxRuntimeHandle _value;
    private readonly float* _elements;
    private readonly int _length;

    /// <summary>Takes over a value.</summary>
    /// <exception cref="OnnxRuntimeException">The value is not a tensor of floats.</exception>
    public OnnxRuntimeTensor(nint value)
    {
        _value = new OnnxRuntimeHandle(value, OnnxRuntimeFunction.ReleaseValue);
        try
        {
            Shape = ReadShape(value);
            _length = checked((int)Shape.Aggregate(1L, (product, size) => product * size));
            float* elements;
            OnnxRuntimeLibrary.Check(((delegate* unmanaged[Cdecl]<nint, float**, nint>)
                OnnxRuntimeLibrary.Function(OnnxRuntimeFunction.GetTensorMutableData))(value, &elements));
            _elements = elements;
        }
        catch
        {
            _value.Dispose();
            throw;
        }
    }

    /// <summary>Sizes of its dimensions.</summary>
    public long[] Shape { get; }

    /// <summary>Its elements, the last dimension fastest.</summary>
    public ReadOnlySpan<float> Elements
    {
        get
        {
            ObjectDisposedException.ThrowIf(_value.IsClosed, this);
            return new ReadOnlySpan<float>(_elements, _length);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _value.Dispose();

    private static long[] ReadShape(nint value)
    {
        nint info;
        OnnxRuntimeLibrary.Check(((delegate* unmanaged[Cdecl]<nint, nint*, nint>)
            OnnxRuntimeLibrary.Function(OnnxRuntimeFunction.GetTensorTypeAndShape))(value, &info));
        using var owner = new OnnxRuntimeHandle(info, OnnxRuntimeFunction.ReleaseTensorTypeAndShapeInfo);
        OnnxRuntimeTensorInfo described = OnnxRuntimeTensorInfo.Read("", info);
        return described.IsFloat
            ? described.Shape
            : throw new OnnxRuntimeException("the output is not a tensor of 32-bit floats");
    }
}
