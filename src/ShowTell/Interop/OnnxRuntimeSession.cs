using System.Runtime.InteropServices;
using System.Text;

namespace ShowTell.Interop;

/// <summary>A network loaded by ONNX Runtime. <see cref="Run"/> may be called by many threads at once.</summary>
internal sealed unsafe class OnnxRuntimeSession : IDisposable
{
    // ORT_ENABLE_ALL, OrtArenaAllocator, OrtMemTypeDefault
    private const int AllOptimizations = 99;
    private const int ArenaAllocator = 1;
    private const int DefaultMemory = 0;

    private readonly OnnxRuntimeHandle _session;
    private readonly OnnxRuntimeHandle _memory;

    /// <summary>Loads a network from the bytes of its file.</summary>
    /// <param name="model">The file's bytes; not needed afterwards.</param>
    /// <param name="threads">Threads that share the work of one run, at least 1.</param>
    /// <exception cref="OnnxRuntimeException">The bytes are no network that ONNX Runtime can run.</exception>
    /// <exception cref="NativeLibraryMissingException">ONNX Runtime is not on this machine.</exception>
    public OnnxRuntimeSession(ReadOnlySpan<byte> model, int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        _session = Create(model, threads);
        try
        {
            nint memory;
            OnnxRuntimeLibrary.Check(((delegate* unmanaged[Cdecl]<int, int, nint*, nint>)
                OnnxRuntimeLibrary.Function(OnnxRuntimeFunction.CreateCpuMemoryInfo))(
                    ArenaAllocator, DefaultMemory, &memory));
            _memory = new OnnxRuntimeHandle(memory, OnnxRuntimeFunction.ReleaseMemoryInfo);
            Inputs = Describe(
                OnnxRuntimeFunction.SessionGetInputCount,
                OnnxRuntimeFunction.SessionGetInputName,
                OnnxRuntimeFunction.SessionGetInputTypeInfo);
            Outputs = Describe(
                OnnxRuntimeFunction.SessionGetOutputCount,
                OnnxRuntimeFunction.SessionGetOutputName,
                OnnxRuntimeFunction.SessionGetOutputTypeInfo);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The inputs that a run needs.</summary>
    public IReadOnlyList<OnnxRuntimeTensorInfo> Inputs { get; }

    /// <summary>The outputs that a run can give.</summary>
    public IReadOnlyList<OnnxRuntimeTensorInfo> Outputs { get; }

    /// <summary>Runs the network from its one input to one output.</summary>
    /// <param name="input">Name of the input.</param>
    /// <param name="elements">The input's elements, which are read where they are.</param>
    /// <param name="shape">The input's sizes; their product is the number of elements.</param>
    /// <param name="output">Name of the output.</param>
    /// <exception cref="OnnxRuntimeException">The network cannot run on this.</exception>
    public OnnxRuntimeTensor Run(
        string input, ReadOnlySpan<float> elements, ReadOnlySpan<long> shape, string output)
    {
        bool held = false;
        _session.DangerousAddRef(ref held);
        try
        {
            fixed (byte* inputName = Terminated(input), outputName = Terminated(output))
            fixed (float* data = elements)
            fixed (long* sizes = shape)
            {
                nint value;
                OnnxRuntimeLibrary.Check(((delegate* unmanaged[Cdecl]<
                    nint, float*, nuint, long*, nuint, int, nint*, nint>)
                    OnnxRuntimeLibrary.Function(OnnxRuntimeFunction.CreateTensorWithDataAsOrtValue))(
                        _memory.Pointer, data, (nuint)elements.Length * sizeof(float), sizes, (nuint)shape.Length,
                        OnnxRuntimeTensorInfo.FloatElements, &value));
                using var owner = new OnnxRuntimeHandle(value, OnnxRuntimeFunction.ReleaseValue);
                nint result = 0;
                OnnxRuntimeLibrary.Check(((delegate* unmanaged[Cdecl]<
                    nint, nint, byte**, nint*, nuint, byte**, nuint, nint*, nint>)
                    OnnxRuntimeLibrary.Function(OnnxRuntimeFunction.Run))(
                        _session.Pointer, 0, &inputName, &value, 1, &outputName, 1, &result));
                return new OnnxRuntimeTensor(result);
            }
        }
        finally
        {
            if (held)
            {
                _session.DangerousRelease();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Dispose();
        _memory?.Dispose();
    }

    private static OnnxRuntimeHandle Create(ReadOnlySpan<byte> model, int threads)
    {
        nint environment = OnnxRuntimeLibrary.Environment.Pointer;
        nint options;
        OnnxRuntimeLibrary.Check(((delegate* unmanaged[Cdecl]<nint*, nint>)
            OnnxRuntimeLibrary.Function(OnnxRuntimeFunction.CreateSessionOptions))(&options));
        using var owner = new OnnxRuntimeHandle(options, OnnxRuntimeFunction.ReleaseSessionOptions);
        SetOption(options, OnnxRuntimeFunction.SetIntraOpNumThreads, threads);
        SetOption(options, OnnxRuntimeFunction.SetSessionGraphOptimizationLevel, AllOptimizations);
        // Waiting threads would otherwise keep a core that decodes photos, or runs the network for somebody else.
        fixed (byte* key = "session.intra_op.allow_spinning\0"u8, no = "0\0"u8)
        {
            OnnxRuntimeLibrary.Check(((delegate* unmanaged[Cdecl]<nint, byte*, byte*, nint>)
                OnnxRuntimeLibrary.Function(OnnxRuntimeFunction.AddSessionConfigEntry))(options, key, no));
        }

        nint session;
        fixed (byte* bytes = model)
        {
            OnnxRuntimeLibrary.Check(((delegate* unmanaged[Cdecl]<nint, byte*, nuint, nint, nint*, nint>)
                OnnxRuntimeLibrary.Function(OnnxRuntimeFunction.CreateSessionFromArray))(
                    environment, bytes, (nuint)model.Length, options, &session));
        }

        return new OnnxRuntimeHandle(session, OnnxRuntimeFunction.ReleaseSession);
    }

    private static void SetOption(nint options, OnnxRuntimeFunction function, int value) =>
        OnnxRuntimeLibrary.Check(((delegate* unmanaged[Cdecl]<nint, int, nint>)
            OnnxRuntimeLibrary.Function(function))(options, value));

    private OnnxRuntimeTensorInfo[] Describe(
        OnnxRuntimeFunction count, OnnxRuntimeFunction name, OnnxRuntimeFunction type)
    {
        nuint length;
        OnnxRuntimeLibrary.Check(((delegate* unmanaged[Cdecl]<nint, nuint*, nint>)
            OnnxRuntimeLibrary.Function(count))(_session.Pointer, &length));
        var described = new OnnxRuntimeTensorInfo[length];
        for (int i = 0; i < described.Length; i++)
        {
            nint info;
            OnnxRuntimeLibrary.Check(((delegate* unmanaged[Cdecl]<nint, nuint, nint*, nint>)
                OnnxRuntimeLibrary.Function(type))(_session.Pointer, (nuint)i, &info));
            using var owner = new OnnxRuntimeHandle(info, OnnxRuntimeFunction.ReleaseTypeInfo);
            nint tensor;
            OnnxRuntimeLibrary.Check(((delegate* unmanaged[Cdecl]<nint, nint*, nint>)
                OnnxRuntimeLibrary.Function(OnnxRuntimeFunction.CastTypeInfoToTensorInfo))(info, &tensor));
            described[i] = OnnxRuntimeTensorInfo.Read(Name(name, i), tensor);
        }

        return described;
    }

    private string Name(OnnxRuntimeFunction function, int index)
    {
        nint allocator;
        OnnxRuntimeLibrary.Check(((delegate* unmanaged[Cdecl]<nint*, nint>)
            OnnxRuntimeLibrary.Function(OnnxRuntimeFunction.GetAllocatorWithDefaultOptions))(&allocator));
        nint text;
        OnnxRuntimeLibrary.Check(((delegate* unmanaged[Cdecl]<nint, nuint, nint, nint*, nint>)
            OnnxRuntimeLibrary.Function(function))(_session.Pointer, (nuint)index, allocator, &text));
        string name = Marshal.PtrToStringUTF8(text) ?? "";
        OnnxRuntimeLibrary.Check(((delegate* unmanaged[Cdecl]<nint, nint, nint>)
            OnnxRuntimeLibrary.Function(OnnxRuntimeFunction.AllocatorFree))(allocator, text));
        return name;
    }

    private static byte[] Terminated(string text) => Encoding.UTF8.GetBytes(text + '\0');
}
