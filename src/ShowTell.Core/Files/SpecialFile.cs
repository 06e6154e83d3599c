using System.Formats.Tar;

namespace ShowTell.Files;

/// <summary>Tells files from pipes, sockets and devices.</summary>
internal static class SpecialFile
{
    /// <summary>What something is that is no file; null for a file, a folder or nothing. It is not opened: that could
    /// block forever.</summary>
    public static string? KindOf(string path)
    {
        string target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        if (new FileInfo(target) is not { Exists: true, Length: 0 })
        {
            return null;
        }

        // Archives have the kind of an entry, which .NET tells nowhere else.
        const int KindOffset = 156;
        using var archive = new MemoryStream();
        try
        {
            using var writer = new TarWriter(archive, TarEntryFormat.Ustar, leaveOpen: true);
            writer.WriteEntry(target, "photo");
        }
        catch (IOException)
        {
            return "a socket";
        }

        return (TarEntryType)archive.GetBuffer()[KindOffset] switch
        {
            TarEntryType.Fifo => "a named pipe",
            TarEntryType.BlockDevice or TarEntryType.CharacterDevice => "a device",
            _ => null,
        };
    }
}
