using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using PureHDF;

namespace ShowTell.Hdf5;

/// <summary>Runs <see cref="Hdf5Worker"/> in a process of its own, with limits of memory and time.</summary>
internal static class Hdf5Process
{
    private const long MaxHeapBytes = 256L << 20;

    // Of processor time: for a file of no size, and for what is in it.
    private const double MaxSeconds = 4;
    private const double BytesPerSecond = 8 << 20;

    /// <summary>Copies tensors of a file, all small ones where none is named, to a safetensors file.</summary>
    /// <exception cref="DataException">The file cannot be read, or no process can be started.</exception>
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
            bool isLate = !Wait(process, MaxSeconds + (new FileInfo(path).Length / BytesPerSecond));
            Task.WaitAll(printed, errors);
            if (printed.Result != Hdf5Worker.Success)
            {
                string reason = isLate ? "reading it takes too long"
                    : printed.Result.Length > 0 ? printed.Result
                    : "reading it ended the process that did it";
                throw new DataException($"{path}: cannot be read: {reason}. It is damaged, or holds what is not read.");
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
                $"{path}: HDF5 files are read by a process of their own, which an app without dotnet cannot start. "
                + "Convert it with the showtell command, or publish the app as one that depends on the framework.");
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
            throw new DataException($"{path}: no process to read it can be started: {error.Message}", error);
        }
    }

    /// <summary>Waits for the end of a process, or ends it.</summary>
    /// <returns>Whether it ended by itself.</returns>
    private static bool Wait(Process process, double seconds)
    {
        long start = Stopwatch.GetTimestamp(), lastProgress = start;
        for (double used = 0; !process.WaitForExit(50);)
        {
            double usedBefore = used;
            used = ProcessorSeconds(process);
            lastProgress = used > usedBefore ? Stopwatch.GetTimestamp() : lastProgress;

            // A busy machine may take several times as long as the work does, but one that waits, such as for a pipe,
            // does not work at all.
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
            return 0; // It has just ended.
        }
    }

    /// <summary>The program <c>dotnet</c> that runs this process, or whose runtime this process uses.</summary>
    private static string? Host()
    {
        string name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        string beside = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", name);
        return Path.GetFileName(Environment.ProcessPath) == name ? Environment.ProcessPath
            : File.Exists(beside) ? beside
            : null;
    }
}
