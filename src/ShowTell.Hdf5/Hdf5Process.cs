using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using PureHDF;

namespace ShowTell.Hdf5;

/// <summary>Runs <see cref="Hdf5Worker"/> as a child process with limits of memory and time.</summary>
internal static class Hdf5Process
{
    private const long MaxHeapBytes = 256L << 20;

    // The limit of processor time: a constant, plus the file's size divided by a rate.
    private const double MaxSeconds = 4;
    private const double BytesPerSecond = 8 << 20;

    /// <summary>Copies the named tensors of a file, or all small ones if none is named, to a safetensors file.
    /// </summary>
    /// <exception cref="DataException">The file cannot be read, or the process cannot be started.</exception>
    public static void Run(string path, string output, params string[] names)
    {
        string config = output + ".runtimeconfig.json";
        File.WriteAllText(
            config,
            """{"runtimeOptions": {"framework": {"name": "Microsoft.NETCore.App", "version": "VERSION"}}}"""
                .Replace("VERSION", Environment.Version.ToString(), StringComparison.Ordinal));
        try
        {
            using Process process = Start(config, path, output, names);
            Task<string> printed = process.StandardOutput.ReadToEndAsync();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            bool isTimeout = !Wait(process, MaxSeconds + (new FileInfo(path).Length / BytesPerSecond));
            Task.WaitAll(printed, errors);
            if (printed.Result != Hdf5Worker.Success)
            {
                string reason = isTimeout ? "reading it takes too long"
                    : printed.Result.Length > 0 ? printed.Result
                    : "the process that reads it crashed";
                throw new DataException($"{path}: cannot be read: {reason}. It is damaged or not supported.");
            }
        }
        finally
        {
            File.Delete(config);
        }
    }

    private static Process Start(string config, string path, string output, string[] names)
    {
        string assembly = typeof(Hdf5Worker).Assembly.Location;
        string folders = string.Join(
            Path.PathSeparator,
            new[] { typeof(DataException), typeof(H5File), typeof(System.Numerics.Tensors.TensorPrimitives) }
                .Select(type => Path.GetDirectoryName(type.Assembly.Location))
                .Distinct());
        if (Host() is not string host || assembly.Length == 0)
        {
            throw new DataException(
                $"{path}: HDF5 files are read by a child process, which needs dotnet, and this app has none. "
                + "Convert the file with the showtell command, or publish the app as framework-dependent.");
        }

        var start = new ProcessStartInfo(
            host, ["exec", "--runtimeconfig", config, assembly, folders, Path.GetFullPath(path), output, .. names])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = System.Text.Encoding.UTF8,
        };
        start.Environment["DOTNET_GCHeapHardLimit"] = $"0x{MaxHeapBytes:X}";
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_gcConcurrent"] = "0";
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1";
        try
        {
            return Process.Start(start)!;
        }
        catch (Exception error) when (error is Win32Exception or PlatformNotSupportedException)
        {
            throw new DataException($"{path}: the process that reads it cannot be started: {error.Message}", error);
        }
    }

    /// <summary>Waits for a process, or kills it at the time limit.</summary>
    /// <returns>Whether it exited by itself.</returns>
    private static bool Wait(Process process, double seconds)
    {
        long start = Stopwatch.GetTimestamp(), lastProgress = start;
        for (double used = 0; !process.WaitForExit(50);)
        {
            double usedBefore = used;
            used = ProcessorSeconds(process);
            lastProgress = used > usedBefore ? Stopwatch.GetTimestamp() : lastProgress;

            // On a busy machine elapsed time may be a multiple of processor time, but a process that uses no processor
            // time is blocked, for example on a pipe.
            if (used > seconds || Stopwatch.GetElapsedTime(start).TotalSeconds > 10 * seconds
                || Stopwatch.GetElapsedTime(lastProgress).TotalSeconds > MaxSeconds)
            {
                process.Kill();
                process.WaitForExit();
                return false;
            }
        }

        return true;
    }

    private static double ProcessorSeconds(Process process)
    {
        try
        {
            return process.TotalProcessorTime.TotalSeconds;
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception)
        {
            return 0; // It has just exited.
        }
    }

    /// <summary>The <c>dotnet</c> whose runtime runs this process; null for none.</summary>
    private static string? Host()
    {
        string name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        string host = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", name);
        return File.Exists(host) ? host : null;
    }
}
