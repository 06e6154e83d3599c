using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ShowTell.Files;

/// <summary>What is done to a disk when a file is replaced.</summary>
internal enum DiskOperation
{
    /// <summary>Bytes are written to a new file.</summary>
    Write,

    /// <summary>A file is flushed to the disk.</summary>
    Flush,

    /// <summary>A new file takes the name of an old one.</summary>
    Rename,

    /// <summary>A folder's names are flushed to the disk.</summary>
    FlushFolder,
}

/// <summary>The operations behind durable files. Tests make them fail (<see cref="Fault"/>).</summary>
internal static partial class Disk
{
    // The numbers of errors on Linux and macOS, and those of Windows, as exceptions have them.
    private const int NoSpace = 28, QuotaOnLinux = 122, QuotaOnMacOS = 69, ReadOnly = 30;
    private const int WindowsDiskFull = unchecked((int)0x80070070), WindowsHandleDiskFull = unchecked((int)0x80070027);
    private const int WindowsWriteProtected = unchecked((int)0x80070013);

    /// <summary>Called before each operation with the path; may throw what the operation would.</summary>
    public static AsyncLocal<Action<DiskOperation, string>?> Fault { get; } = new();

    /// <summary>Creates a file for writing. What is written is buffered.</summary>
    public static Stream Create(string path) => new BufferedStream(new NewFile(path), 1 << 16);

    /// <summary>Writes a file with <paramref name="write"/>, and flushes it to the disk.</summary>
    public static void WriteThrough(string path, Action<Stream> write)
    {
        using var file = new NewFile(path);
        using var buffer = new BufferedStream(file, 1 << 16);
        write(buffer);
        buffer.Flush();
        Flush(file.Handle, path);
    }

    /// <summary>Flushes a file that another writer has closed to the disk.</summary>
    public static void Flush(string path)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        Flush(handle, path);
    }

    /// <summary>Flushes all files of a folder to the disk, and the names of all.</summary>
    public static void FlushTree(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            Flush(file);
        }

        foreach (string subfolder in Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories))
        {
            FlushFolder(subfolder);
        }

        FlushFolder(folder);
    }

    /// <summary>Renames a file, replacing another one at once, or a folder.</summary>
    public static void Rename(string from, string to)
    {
        Fault.Value?.Invoke(DiskOperation.Rename, to);
        if (Directory.Exists(from))
        {
            Directory.Move(from, to);
        }
        else
        {
            File.Move(from, to, overwrite: true);
        }
    }

    /// <summary>Creates a folder and the missing ones above it.</summary>
    public static void CreateFolder(string folder)
    {
        string? parent = Path.GetDirectoryName(Path.GetFullPath(folder));
        if (parent is null || Directory.Exists(folder))
        {
            return;
        }

        CreateFolder(parent);
        Directory.CreateDirectory(folder);
        FlushFolder(parent);
    }

    /// <summary>Flushes the names in a folder to the disk. Windows does so by itself.</summary>
    public static void FlushFolder(string folder)
    {
        Fault.Value?.Invoke(DiskOperation.FlushFolder, folder);
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // .NET opens no folders. 0 is O_RDONLY.
        using SafeFileHandle handle = Open(folder, 0);
        if (handle.IsInvalid)
        {
            throw Error(folder);
        }

        FlushChecked(handle, folder);
    }

    /// <summary>The exception for a file or folder that cannot be written: what failed, and what to do.</summary>
    public static ShowTellException Failure(string path, Exception error)
    {
        string advice = error is UnauthorizedAccessException
            ? "Change its permissions, or choose another folder."
            : error.HResult switch
            {
                NoSpace or QuotaOnLinux or QuotaOnMacOS or WindowsDiskFull or WindowsHandleDiskFull =>
                    "The disk is full: free some space, or choose another folder.",
                ReadOnly or WindowsWriteProtected => "The disk is read-only: choose another folder.",
                _ => "Check the disk, or choose another folder.",
            };
        string problem = error.Message.TrimEnd('.');
        return new ShowTellException($"{path}: cannot be written: {problem}. {advice}", error);
    }

    /// <summary>Deletes a file or folder. Failure to clean up must not hide the first error.</summary>
    public static void DeleteQuietly(string path)
    {
        try
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
            else
            {
                File.Delete(path);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }
    }

    private static void Flush(SafeFileHandle file, string path)
    {
        Fault.Value?.Invoke(DiskOperation.Flush, path);
        if (!OperatingSystem.IsWindows())
        {
            FlushChecked(file, path);
        }

        if (!OperatingSystem.IsLinux())
        {
            // On macOS, fsync does not reach the disk.
            RandomAccess.FlushToDisk(file);
        }
    }

    // FlushToDisk of .NET 10 ignores all errors on Unix.
    private static void FlushChecked(SafeFileHandle file, string path)
    {
        // Some file systems cannot flush, or not folders, which is no error of ours: EINVAL.
        const int invalid = 22;
        if (Fsync(file) < 0 && Marshal.GetLastPInvokeError() != invalid)
        {
            throw Error(path);
        }
    }

    private static IOException Error(string folder)
    {
        int error = Marshal.GetLastPInvokeError();
        return new IOException($"{Marshal.GetPInvokeErrorMessage(error)} : '{folder}'", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeFileHandle file);

    /// <summary>A new file, unbuffered.</summary>
    private sealed class NewFile(string path) : Stream
    {
        public SafeFileHandle Handle { get; } =
            File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);

        public override bool CanRead => false;

        public override bool CanSeek => true;

        public override bool CanWrite => true;

        public override long Length => RandomAccess.GetLength(Handle);

        public override long Position { get; set; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Fault.Value?.Invoke(DiskOperation.Write, path);
            RandomAccess.Write(Handle, buffer, Position);
            Position += buffer.Length;
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => Position,
            _ => Length,
        };

        public override void SetLength(long value) => RandomAccess.SetLength(Handle, value);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        protected override void Dispose(bool disposing)
        {
            Handle.Dispose();
            base.Dispose(disposing);
        }
    }
}
