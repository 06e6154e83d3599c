using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using ShowTell.Files;

namespace ShowTell.Backbones;

/// <summary>
/// A backbone loaded by ONNX Runtime, with one input. <see cref="Run"/> is thread-safe; all threads share the weights.
/// </summary>
internal sealed class OnnxSession : IDisposable
{
    private static readonly string[] s_converted = ["float16", "bfloat16", "float64"];

    private readonly string _name;
    private readonly string[] _outputs;
    private readonly TensorElementType _inputType;
    private readonly InferenceSession _session;

    // Like the session, it logs nothing: errors are thrown as exceptions.
    private readonly RunOptions _run = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };

    /// <summary>Loads a backbone from a file, which is not needed afterwards.</summary>
    /// <exception cref="ModelFileException">ONNX Runtime cannot run it.</exception>
    /// <exception cref="NativeLibraryMissingException">ONNX Runtime does not run on this system.</exception>
    public OnnxSession(string path, string name, string input, string[] outputs, int threads)
    {
        (_name, Input, _outputs) = (name, input, outputs);
        _session = Call("ONNX Runtime cannot run it", () =>
        {
            using var options = new SessionOptions
            {
                IntraOpNumThreads = threads,
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            };

            // Waiting threads would otherwise occupy cores that decode photos or run the backbone for other callers.
            options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
            return new InferenceSession(path, options);
        });
        try
        {
            NodeMetadata metadata = _session.InputMetadata.GetValueOrDefault(input)
                ?? throw new ModelFileException($"{name}: ONNX Runtime finds no input {input} in it.");
            _inputType = metadata.IsTensor ? metadata.ElementDataType : TensorElementType.DataTypeMax;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Name of the input.</summary>
    public string Input { get; }

    /// <summary>Runs the backbone.</summary>
    /// <param name="elements">The input; converted to the type that the backbone takes.</param>
    /// <param name="shape">Its dimensions.</param>
    /// <returns>A collection, to be disposed, with the outputs.</returns>
    /// <exception cref="ModelFileException">The backbone fails on this input.</exception>
    public unsafe IDisposableReadOnlyCollection<OrtValue> Run(ReadOnlySpan<float> elements, long[] shape)
    {
        ReadOnlySpan<byte> bytes = ToInput(elements);
        fixed (byte* pointer = bytes)
        {
            nint start = (nint)pointer;
            int length = bytes.Length;
            return Call($"the backbone fails on {shape[0]} photos", () =>
            {
                using OrtValue input = OrtValue.CreateTensorValueWithData(
                    OrtMemoryInfo.DefaultInstance, _inputType, shape, start, length);
                return _session.Run(_run, [Input], [input], _outputs);
            });
        }
    }

    /// <summary>The elements of an output as 32-bit floats, valid until the output is disposed.</summary>
    /// <exception cref="ModelFileException">They are no floating-point numbers.</exception>
    public ReadOnlySpan<float> Floats(OrtValue output, string name)
    {
        string type = output.IsTensor
            ? BackboneTensor.TypeName((int)output.GetTensorTypeAndShape().ElementDataType)
            : "not a tensor";
        if (type == "float32")
        {
            return output.GetTensorDataAsSpan<float>();
        }

        if (!s_converted.Contains(type))
        {
            throw new ModelFileException(
                $"{_name}: {name} is {type}, but features are floating-point numbers: choose another tensor with "
                + "--output.");
        }

        Span<byte> bytes = output.GetTensorMutableRawData();
        var floats = new float[bytes.Length / ElementConversion.SizeOf(type)];
        ElementConversion.ToSingle(bytes, type, isBigEndian: !BitConverter.IsLittleEndian, floats);
        return floats;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Dispose();
        _run.Dispose();
    }

    /// <summary>Numbers as bytes of the input's type.</summary>
    private ReadOnlySpan<byte> ToInput(ReadOnlySpan<float> elements)
    {
        switch (_inputType)
        {
            case TensorElementType.Float:
                return MemoryMarshal.AsBytes(elements);
            case TensorElementType.Float16:
                var halves = new Half[elements.Length];
                TensorPrimitives.ConvertToHalf(elements, halves);
                return MemoryMarshal.AsBytes<Half>(halves);
            case TensorElementType.Double:
                var doubles = new double[elements.Length];
                TensorPrimitives.ConvertTruncating(elements, doubles.AsSpan());
                return MemoryMarshal.AsBytes<double>(doubles);
            case TensorElementType.BFloat16:
                var upper = new ushort[elements.Length];
                for (int i = 0; i < upper.Length; i++)
                {
                    // Rounded to the nearest, ties to even.
                    uint bits = BitConverter.SingleToUInt32Bits(elements[i]);
                    upper[i] = (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
                }

                return MemoryMarshal.AsBytes<ushort>(upper);
            case TensorElementType.UInt8:
                var pixels = new byte[elements.Length];
                for (int i = 0; i < pixels.Length; i++)
                {
                    pixels[i] = (byte)Math.Clamp(elements[i] + 0.5f, 0, 255);
                }

                return pixels;
            default:
                throw new ModelFileException(
                    $"{_name}: its input {Input} takes {BackboneTensor.TypeName((int)_inputType)}, which is not made "
                    + "from photos: floating-point numbers or uint8 were expected.");
        }
    }

    /// <summary>Calls ONNX Runtime and wraps its many exception types.</summary>
    private T Call<T>(string problem, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception error) when (error is TypeInitializationException or DllNotFoundException)
        {
            throw new NativeLibraryMissingException(
                "ONNX Runtime, which runs backbones, has no library for this system "
                + $"({RuntimeInformation.RuntimeIdentifier}).",
                error);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            throw new ModelFileException($"{_name}: {OnnxProblem.Describe(problem, error.Message)}.", error);
        }
    }
}
