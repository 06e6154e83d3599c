using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using PureHDF;

namespace ShowTell.Hdf5;

/// <summary>
/// Has a file read in another process first, with limits of memory and time, that no code inside this process could
/// keep: its structure, and the first and last row of each dataset. What only that process can find out is whether
/// reading ends, and with how much memory; whether the file is any good is found out again by reading it here.
/// </summary>
internal static class Hdf5Check
{
    private const long MaxHeapBytes = 256L << 20;

    // Of processor time: so many for any file, and more for a large one, which may have many datasets.
    private const double MinSeconds = 4;
    private const double BytesPerSecond = 1 << 20;
    private const double MaxMoreSeconds = 30;

    private const string Ready = "ready";
    private const string Done = "done";
    private const int OutOfMemory = 3;

    private static readonly ConcurrentDictionary<string, (long Length, DateTime Time)> s_checked = new();

    /// <summary>Whether, as far as is known, another process can be started here.</summary>
    public static bool IsPossible { get; private set; } = true;

    /// <summary>Checks files, unless this process has checked them before.</summary>
    /// <remarks>Where no process can be started, as in a self-contained app, nothing is checked.</remarks>
    /// <exception cref="DataException">Reading a file does not end, or takes too much memory.</exception>
    public static void Require(params ReadOnlySpan<string> paths)
    {
        var files = new List<FileInfo>();
        foreach (string path in paths)
        {
            var file = new FileInfo(path);
            if (IsPossible && file.Exists && file.Length > 0
                && (!s_checked.TryGetValue(file.FullName, out var known) || known != Version(file)))
            {
                files.Add(file);
            }
        }

        if (files.Count > 0)
        {
            Require(
                files,
                MinSeconds + files.Sum(file => Math.Min(file.Length / BytesPerSecond, MaxMoreSeconds)),
                MaxHeapBytes);
        }
    }

    /// <summary>Checks files within limits.</summary>
    /// <param name="files">The files.</param>
    /// <param name="seconds">Of processor time.</param>
    /// <param name="heapBytes">Of memory, those of the other process itself included.</param>
    /// <inheritdoc cref="Require(ReadOnlySpan{string})"/>
    internal static void Require(IReadOnlyList<FileInfo> files, double seconds, long heapBytes)
    {
        string config = Path.Combine(Path.GetTempPath(), $"showtell-{Guid.NewGuid():N}.runtimeconfig.json");
        try
        {
            using Process? process = Start(files, heapBytes, config);
            if (process is null)
            {
                IsPossible = false;
                return;
            }

            Judge(files, process, seconds, heapBytes);
        }
        finally
        {
            File.Delete(config);
        }
    }

    /// <summary>What the other process does: it reads files as far as a check goes.</summary>
    /// <param name="arguments">Folders to find assemblies in, then the files.</param>
    /// <returns>The exit code.</returns>
    internal static int Main(string[] arguments)
    {
        AssemblyLoadContext.Default.Resolving += (context, name) => arguments[0].Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, $"{name.Name}.dll"))
            .Where(File.Exists)
            .Select(context.LoadFromAssemblyPath)
            .FirstOrDefault();

        // When the process that waits for this one ends, this one does too.
        new Thread(() => Environment.Exit(Console.In.Read())) { IsBackground = true }.Start();
        Console.Out.WriteLine(Ready);
        return arguments.Skip(1).All(Read) ? 0 : OutOfMemory;
    }

    /// <summary>Reads a file's structure, and the first and last row of each dataset.</summary>
    /// <returns>Whether there is enough memory; all other problems are left to who reads it next.</returns>
    private static bool Read(string path)
    {
        bool isRead = Try(() =>
        {
            using Hdf5File file = Hdf5File.OpenUnchecked(path);
            return file.Tensors.All(tensor => Try(() =>
            {
                file.FindDataset(tensor.Name)?.ReadEdges();
                return true;
            }));
        });
        if (isRead)
        {
            Console.Out.WriteLine(Done);
        }

        return isRead;
    }

    private static bool Try(Func<bool> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is DataException or OutOfMemoryException)
        {
            Exception? cause = error;
            while (cause is not (null or OutOfMemoryException))
            {
                cause = cause.InnerException;
            }

            return cause is null;
        }
    }

    private static (long Length, DateTime Time) Version(FileInfo file) => (file.Length, file.LastWriteTimeUtc);

    private static void Judge(IReadOnlyList<FileInfo> files, Process process, double seconds, long heapBytes)
    {
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        bool isLate = !Wait(process, seconds);
        Task.WaitAll(output, errors);
        if (!output.Result.StartsWith(Ready, StringComparison.Ordinal))
        {
            IsPossible = isLate && IsPossible;
            return;
        }

        int done = output.Result.Split('\n').Count(line => line.TrimEnd() == Done);
        foreach (FileInfo file in files.Take(done))
        {
            s_checked[file.FullName] = Version(file);
        }

        if (done < files.Count)
        {
            string reason = isLate ? "takes too long"
                : process.ExitCode == OutOfMemory ? $"takes more than {heapBytes} bytes of memory"
                : "ended the process that tried it";
            throw new DataException(
                $"{files[done]}: reading its structure {reason}: it is damaged, or made to do harm.");
        }
    }

    /// <summary>Waits for the end of a process, or ends it.</summary>
    /// <returns>Whether it ended by itself.</returns>
    private static bool Wait(Process process, double seconds)
    {
        long start = Stopwatch.GetTimestamp();
        while (!process.WaitForExit(50))
        {
            // A busy machine may take several times as long as the work does.
            if (ProcessorSeconds(process) > seconds || Stopwatch.GetElapsedTime(start).TotalSeconds > 5 * seconds)
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
            // It has just ended.
            return 0;
        }
    }

    /// <summary>Starts this assembly as a program; null if that is not possible here.</summary>
    private static Process? Start(IReadOnlyList<FileInfo> files, long heapBytes, string config)
    {
        string assembly = typeof(Hdf5Check).Assembly.Location;
        if (Host() is not string host || assembly.Length == 0)
        {
            return null;
        }

        string folders = string.Join(
            Path.PathSeparator,
            new[] { typeof(DataException), typeof(H5File), typeof(System.Numerics.Tensors.TensorPrimitives) }
                .Select(type => Path.GetDirectoryName(type.Assembly.Location))
                .Distinct());
        var start = new ProcessStartInfo(
            host, ["exec", "--runtimeconfig", config, assembly, folders, .. files.Select(file => file.FullName)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_GCHeapHardLimit"] = $"0x{heapBytes:X}";
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_gcConcurrent"] = "0";
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1";
        try
        {
            File.WriteAllText(
                config,
                """{"runtimeOptions": {"framework": {"name": "Microsoft.NETCore.App", "version": "VERSION"}}}"""
                    .Replace("VERSION", Environment.Version.ToString(), StringComparison.Ordinal));
            return Process.Start(start);
        }
        catch (Exception error) when (
            error is Win32Exception or PlatformNotSupportedException or IOException or UnauthorizedAccessException)
        {
            return null;
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
