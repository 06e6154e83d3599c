using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace ShowTell.Files;

/// <summary>
/// The names of files and folders that are being written, <c>NAME.PROCESS-TOKEN-NUMBER.partial</c>: the process's id, a
/// random token of it (ids are reused, in containers at once), and a number.
/// </summary>
internal static partial class PartialName
{
    private const string Extension = ".partial";

    private static readonly string s_token = RandomNumberGenerator.GetHexString(8, lowercase: true);
    private static int s_count;

    /// <summary>A new name beside a file or folder.</summary>
    public static string Of(string path) =>
        $"{path}.{Environment.ProcessId}-{s_token}-{Interlocked.Increment(ref s_count)}{Extension}";

    /// <summary>
    /// Deletes what processes that have ended left in a folder: of one file or folder, or of all.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The name without the partial's suffix; null for any.</param>
    public static void DeleteStale(string folder, string? name)
    {
        try
        {
            foreach (string path in Directory.GetFileSystemEntries(folder, $"*{Extension}"))
            {
                Match match = Suffix().Match(Path.GetFileName(path));
                if (match.Success && (name is null || name == match.Groups["name"].Value)
                    && !IsAlive(match.Groups["process"].ValueSpan, match.Groups["token"].ValueSpan)
                    && !IsOpen(path))
                {
                    Disk.DeleteQuietly(path);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Cleaning up is no reason to fail.
        }
    }

    /// <summary>Whether a process runs on this machine.</summary>
    public static bool IsRunning(int process)
    {
        try
        {
            using Process found = Process.GetProcessById(process);
            return !found.HasExited;
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            return false;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // Another user's.
            return true;
        }
    }

    private static bool IsAlive(ReadOnlySpan<char> process, ReadOnlySpan<char> token) =>
        !int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out int id)
        || (id == Environment.ProcessId ? token.SequenceEqual(s_token) : IsRunning(id));

    // By a process elsewhere that shares the folder, such as in another container: its id says nothing here.
    private static bool IsOpen(string path)
    {
        if (Directory.Exists(path))
        {
            return false;
        }

        try
        {
            File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
            return false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    [GeneratedRegex(@"^(?<name>.*)\.(?<process>[0-9]{1,10})-(?<token>[0-9a-f]{8})-[0-9]{1,10}\.partial$",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Suffix();
}
