using System.IO.Enumeration;
using System.Text.RegularExpressions;

namespace ShowTell.Datasets.Import;

/// <summary>
/// The files that a name means: <c>00000..00009.tar</c> and <c>{00000..00009}.tar</c> ten files, <c>*.tar</c> all that
/// match, a folder of shards or Parquet files all of them, anything else itself.
/// </summary>
internal static partial class CaptionPaths
{
    private const int MaxFiles = 100_000;

    /// <exception cref="DataException">Nothing matches.</exception>
    public static IEnumerable<string> Expand(string name)
    {
        if (File.Exists(name))
        {
            return [name];
        }

        if (Directory.Exists(name))
        {
            string[] shards = [.. Files(name, SearchOption.AllDirectories).Where(IsShard)];
            return shards.Length > 0 && !FolderCaptions.HasCaptions(name) ? shards : [name];
        }

        if (Range().Match(name) is { Success: true } match)
        {
            return Numbered(name, match);
        }

        string folder = Path.GetDirectoryName(name) ?? "", pattern = Path.GetFileName(name);
        return !pattern.Contains('*', StringComparison.Ordinal) ? [name]
            : Files(folder.Length == 0 ? "." : folder)
                .Where(file => FileSystemName.MatchesSimpleExpression(pattern, Path.GetFileName(file)))
                .ToArray() is { Length: > 0 } found ? found
            : throw new DataException($"{name}: no file matches.");
    }

    private static string[] Numbered(string name, Match match)
    {
        string first = match.Groups[1].Value, last = match.Groups[2].Value;
        return long.Parse(last, CultureInfo.InvariantCulture) is long end
            && long.Parse(first, CultureInfo.InvariantCulture) is long start && end >= start && end - start < MaxFiles
            ? [.. Enumerable.Range(0, (int)(end - start) + 1).Select(i => name[..match.Index]
                + (start + i).ToString(CultureInfo.InvariantCulture).PadLeft(first.Length, '0')
                + name[(match.Index + match.Length)..])]
            : throw new DataException($"{name}: {first}..{last} is not a range of at most {MaxFiles:N0} numbers.");
    }

    private static string[] Files(string folder, SearchOption depth = SearchOption.TopDirectoryOnly) =>
        Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder, "*", depth).Order(StringComparer.Ordinal)]
        : throw new DataException($"{folder}: there is no such folder.");

    private static bool IsShard(string file) =>
        file.EndsWith(".tar", StringComparison.OrdinalIgnoreCase)
        || file.EndsWith(".tar.gz", StringComparison.OrdinalIgnoreCase)
        || file.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"\{?(\d{1,18})\.\.(\d{1,18})\}?")]
    private static partial Regex Range();
}
