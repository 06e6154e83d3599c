using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ShowTell.Backbones;

/// <summary>
/// A network loaded by ONNX Runtime, with one input and one output. <see cref="Run"/> may be called by many threads at
/// once, which share the weights.
/// </summary>
internal sealed class OnnxSession : IDisposable
{
    private readonly string _name;
    private readonly string _output;
    private readonly InferenceSession _session;

    // It logs nothing, as the session does: what goes wrong comes back as an exception.
    private readonly RunOptions _run = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };

    /// <summary>Loads a network from a file, which is not needed afterwards, to be run for an output.</summary>
    /// <exception cref="ModelFileException">ONNX Runtime cannot run it, or it has not one input of 32-bit floats.
    /// </exception>
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

            // Waiting threads would otherwise keep a core that decodes photos, or runs the network for somebody else.
            options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
            return new InferenceSession(path, options);
        });
        NodeMetadata[] inputs = [.. _session.InputNames.Select(input => _session.InputMetadata[input])];
        InputText = string.Join("; ", inputs.Zip(_session.InputNames, Describe));
        (Input, InputShape) = inputs is [{ IsTensor: true, ElementDataType: TensorElementType.Float } only]
            ? (_session.InputNames[0], Longs(only.Dimensions))
            : ("", []);
    }

    /// <summary>Name of the input; empty if there is not exactly one of 32-bit floats.</summary>
    public string Input { get; }

    /// <summary>Dimensions of that input; negative where any size will do.</summary>
    public long[] InputShape { get; }

    /// <summary>The inputs as messages describe them.</summary>
    public string InputText { get; }

    /// <summary>Runs the network.</summary>
    /// <returns>The output, a tensor of 32-bit floats, alone in a collection that must be disposed of.</returns>
    /// <exception cref="ModelFileException">The network fails on this input, or gives something else.</exception>
    public unsafe IDisposableReadOnlyCollection<OrtValue> Run(ReadOnlySpan<float> elements, long[] shape)
    {
        fixed (float* pointer = elements)
        {
            nint start = (nint)pointer;
            long bytes = sizeof(float) * (long)elements.Length;
            return Call($"the network fails on {shape[0]} photos", () =>
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

    /// <summary>A shape as messages write it; n where any size will do.</summary>
    public static string Text(long[] shape) =>
        string.Join(" x ", shape.Select(size => size > 0 ? FormattableString.Invariant($"{size}") : "n"));

    private static long[] Longs(int[] sizes) => Array.ConvertAll(sizes, size => (long)size);

    private static string Describe(NodeMetadata input, string name) => !input.IsTensor
        ? $"{name} (not a tensor)"
        : $"{name} ({Text(Longs(input.Dimensions))}"
            + $"{(input.ElementDataType == TensorElementType.Float ? "" : ", not 32-bit floats")})";

    /// <summary>Calls ONNX Runtime, whose exceptions, of many types, become one.</summary>
    private T Call<T>(string problem, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception error) when (error is TypeInitializationException or DllNotFoundException)
        {
            throw new NativeLibraryMissingException(
                "ONNX Runtime, which runs networks, has no library for this system "
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
