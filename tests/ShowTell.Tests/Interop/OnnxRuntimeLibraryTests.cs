using System.Diagnostics;
using ShowTell.Interop;
using ShowTell.Tests.Vision;
using Xunit;

namespace ShowTell.Tests.Interop;

public sealed class OnnxRuntimeLibraryTests
{
    [Fact]
    public void Bytes_that_are_no_network_are_refused_in_one_line()
    {
        BackboneData.RequireOnnxRuntime();
        foreach (byte[] bytes in (byte[][])[[], [1, 2, 3], new byte[100]])
        {
            var error = Assert.Throws<OnnxRuntimeException>(() => new OnnxRuntimeSession(bytes, threads: 1));
            Assert.NotEmpty(error.Message);
            Assert.DoesNotContain('\n', error.Message);
        }
    }

    [Fact]
    public void A_session_tells_its_inputs_and_outputs_and_refuses_wrong_shapes()
    {
        BackboneData.RequireOnnxRuntime();
        using var session = new OnnxRuntimeSession(File.ReadAllBytes(BackboneData.SqueezeNet), threads: 1);
        Assert.Equal(["image"], session.Inputs.Select(input => input.Name));
        Assert.Equal(["pooled", "grid"], session.Outputs.Select(output => output.Name));
        Assert.Equal([-1, 3, 224, 224], session.Inputs[0].Shape);
        Assert.Equal([-1, 512, 13, 13], session.Outputs[1].Shape);
        Assert.All(session.Outputs, output => Assert.True(output.IsFloat));

        Assert.Throws<OnnxRuntimeException>(() => session.Run("image", new float[12], [1, 3, 2, 2], "pooled"));
        Assert.Throws<OnnxRuntimeException>(() => session.Run("image", new float[12], [1, 3, 224, 224], "pooled"));
        Assert.Throws<OnnxRuntimeException>(() => session.Run("picture", new float[12], [1, 3, 2, 2], "pooled"));

        OnnxRuntimeTensor tensor = session.Run("image", new float[3 * 224 * 224], [1, 3, 224, 224], "grid");
        Assert.Equal([1, 512, 13, 13], tensor.Shape);
        Assert.Equal(512 * 13 * 13, tensor.Elements.Length);
        tensor.Dispose();
        Assert.Throws<ObjectDisposedException>(() => tensor.Elements.Length);
    }

    [Fact]
    public void The_script_that_fetches_the_library_explains_itself()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("The script needs bash.");
        }

        string script = Path.Combine(TestData.RepositoryRoot, "tools", "get-onnxruntime.sh");
        (int help, string text) = Run(script, "--help");
        Assert.Equal(0, help);
        Assert.Contains(OnnxRuntimeLibrary.CacheFolder(), text);
        (int wrong, string errors) = Run(script, "--too");
        Assert.Equal(1, wrong);
        Assert.Equal("get-onnxruntime.sh: unknown option --too; see --help.\n", errors);
    }

    private static (int ExitCode, string Output) Run(string program, string argument)
    {
        using Process process = Process.Start(new ProcessStartInfo("bash", [program, argument])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        string output = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
