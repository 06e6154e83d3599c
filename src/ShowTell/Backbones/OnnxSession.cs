using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ShowTell.Backbones;

/// <summary>
/// A backbone loaded by ONNX Runtime, with one input and one output. <see cref="Run"/> is thread-safe; all threads
/// share the weights.
/// </summary>
internal sealed class OnnxSession : IDisposable
{
    private readonly string _name;
    private readonly string _output;
    private readonly InferenceSession _session;

    // Like the session, it logs nothing: errors are thrown as exceptions.
    private readonly RunOptions _run = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };

    /// <summary>Loads a backbone from a file, which is not needed afterwards.</summary>
    /// <exception cref="ModelFileException">ONNX Runtime cannot run it.</exception>
    /// <exception cref="NativeLibraryMissingException">ONNX Runtime does not run on this system.</exception>
    public OnnxSession(string path, string name, string output, int threads)
    {
        (_name, _output) = (name, output);
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
        NodeMetadata[] inputs = [.. _session.InputNames.Select(input => _session.InputMetadata[input])];
        InputText = string.Join("; ", inputs.Zip(_session.InputNames, Describe));
        (Input, InputShape) = inputs is [{ IsTensor: true, ElementDataType: TensorElementType.Float } only]
            ? (_session.InputNames[0], Longs(only.Dimensions))
            : ("", []);
    }

    /// <summary>Name of the input; empty unless there is exactly one, of 32-bit floats.</summary>
    public string Input { get; }

    /// <summary>Dimensions of that input; negative where any size is accepted.</summary>
    public long[] InputShape { get; }

    /// <summary>The inputs, for error messages.</summary>
    public string InputText { get; }

    /// <summary>Runs the backbone.</summary>
    /// <returns>A collection, to be disposed, with the output alone: a tensor of 32-bit floats.</returns>
    /// <exception cref="ModelFileException">The backbone fails on this input, or its output is something else.
    /// </exception>
    public unsafe IDisposableReadOnlyCollection<OrtValue> Run(ReadOnlySpan<float> elements, long[] shape)
    {
        fixed (float* pointer = elements)
        {
            nint start = (nint)pointer;
            long bytes = sizeof(float) * (long)elements.Length;
            return Call($"the backbone fails on {shape[0]} photos", () =>
            {
                using OrtValue input = OrtValue.CreateTensorValueWithData(
                    OrtMemoryInfo.DefaultInstance, TensorElementType.Float, shape, start, bytes);
                IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(_run, [Input], [input], [_output]);
                if (outputs[0].IsTensor
                    && outputs[0].GetTensorTypeAndShape().ElementDataType == TensorElementType.Float)
                {
                    return outputs;
                }

                outputs.Dispose();
                throw new InvalidOperationException("the output is not a tensor of 32-bit floats");
            });
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Dispose();
        _run.Dispose();
    }

    /// <summary>A shape for error messages, with n where any size is accepted.</summary>
    public static string Text(long[] shape) =>
        string.Join(" x ", shape.Select(size => size > 0 ? FormattableString.Invariant($"{size}") : "n"));

    private static long[] Longs(int[] sizes) => Array.ConvertAll(sizes, size => (long)size);

    private static string Describe(NodeMetadata input, string name) => !input.IsTensor
        ? $"{name} (not a tensor)"
        : $"{name} ({Text(Longs(input.Dimensions))}"
            + $"{(input.ElementDataType == TensorElementType.Float ? "" : ", not 32-bit floats")})";

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
                + $"({System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier}).",
                error);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            string message = error.Message.ReplaceLineEndings(" ").Trim().TrimEnd('.');
            throw new ModelFileException($"{_name}: {problem}: {message}.", error);
        }
    }
}
