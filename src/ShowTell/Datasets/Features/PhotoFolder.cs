using System.Security.Cryptography;
using ShowTell.Photos;

namespace ShowTell.Datasets.Features;

/// <summary>An ordered list of photos in a folder.</summary>
internal sealed class PhotoFolder
{
    private PhotoFolder(string folder, string[] names) =>
        (Folder, Names, Digest) = (folder, names, DigestOf(folder, names));

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The photos' paths relative to the folder, with slashes.</summary>
    public string[] Names { get; }

    /// <summary>The SHA-256 of the photos' names, lengths and modification times.</summary>
    public byte[] Digest { get; }

    /// <summary>All photos below a folder, as <see cref="PhotoFiles.In"/> finds them.</summary>
    /// <exception cref="DataException">There is no such folder, or it holds no photos.</exception>
    /// <exception cref="PhotoException">The folder cannot be read.</exception>
    public static PhotoFolder Below(string folder)
    {
        EnsureExists(folder);
        string[] names = PhotoFiles.In(folder, isRecursive: true);
        return names.Length > 0
            ? new PhotoFolder(folder, names)
            : throw new DataException($"{folder}: contains no photos, such as .jpg, .png or .webp files.");
    }

    /// <summary>Photos with given names, which need not exist.</summary>
    /// <exception cref="DataException">There is no such folder.</exception>
    public static PhotoFolder Listed(string folder, string[] names)
    {
        EnsureExists(folder);
        return new PhotoFolder(folder, names);
    }

    /// <summary>The path of a photo.</summary>
    public string PathOf(int photo) => Path.Combine(Folder, Names[photo]);

    private static void EnsureExists(string folder)
    {
        if (!Directory.Exists(folder))
        {
            string found = File.Exists(folder) ? "is a file; expected the photo folder"
                : "there is no such folder; expected the photo folder";
            throw new DataException($"{folder}: {found}.");
        }
    }

    /// <summary>The SHA-256 of names, lengths and modification times of files.</summary>
    public static byte[] DigestOf(string folder, IEnumerable<string> names)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string name in names)
        {
            var file = new FileInfo(Path.Combine(folder, name));
            (long length, long time) = file.Exists ? (file.Length, file.LastWriteTimeUtc.Ticks) : (-1, 0);
            hash.AppendData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{name}\n{length} {time}\n")));
        }

        return hash.GetHashAndReset();
    }
}
