using System.Security.Cryptography;
using ShowTell.Photos;

namespace ShowTell.Datasets.Features;

/// <summary>Photos of a folder in their order.</summary>
internal sealed class PhotoFolder
{
    private PhotoFolder(string folder, string[] names) =>
        (Folder, Names, Digest) = (folder, names, DigestOf(folder, names));

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Names below the folder, with / between the folders of a name.</summary>
    public string[] Names { get; }

    /// <summary>SHA-256 of the names, lengths and times of the photos: another one where a photo has changed.</summary>
    public byte[] Digest { get; }

    /// <summary>All photos below a folder, as <see cref="PhotoFiles.In"/> finds them.</summary>
    /// <exception cref="DataException">There is no such folder, or it holds no photos.</exception>
    /// <exception cref="PhotoException">The folder cannot be read.</exception>
    public static PhotoFolder Below(string folder)
    {
        RequireFolder(folder);
        string[] names = PhotoFiles.In(folder, isRecursive: true);
        return names.Length > 0
            ? new PhotoFolder(folder, names)
            : throw new DataException($"{folder}: holds no photos ({string.Join(", ", PhotoFiles.Extensions)}).");
    }

    /// <summary>Photos of given names, whether they are there or not.</summary>
    /// <exception cref="DataException">There is no such folder.</exception>
    public static PhotoFolder Listed(string folder, string[] names)
    {
        RequireFolder(folder);
        return new PhotoFolder(folder, names);
    }

    /// <summary>The path of a photo.</summary>
    public string PathOf(int photo) => Path.Combine(Folder, Names[photo]);

    private static void RequireFolder(string folder)
    {
        if (!Directory.Exists(folder))
        {
            string found = File.Exists(folder) ? "is a file; the folder of the photos was expected"
                : "there is no such folder of photos";
            throw new DataException($"{folder}: {found}.");
        }
    }

    private static byte[] DigestOf(string folder, string[] names)
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
