using System.Collections.Frozen;
using System.Reflection;

namespace ShowTell.Datasets.Import;

/// <summary>
/// Unicode's canonical decomposition (NFD), so that é written as one character equals e and a combining accent, as
/// macOS writes it. .NET's own needs ICU, which is not on every machine.
/// </summary>
internal static class CanonicalText
{
    private const int HangulBase = 0xAC00;
    private const int HangulCount = 11172;
    private const int Vowels = 21;
    private const int Trails = 28;

    private static readonly Lazy<(FrozenDictionary<int, int[]> Parts, FrozenDictionary<int, byte> Classes)> s_table =
        new(ReadTable);

    /// <summary>Decomposes all characters, and orders combining ones.</summary>
    public static string Decompose(string text)
    {
        if (System.Text.Ascii.IsValid(text))
        {
            return text;
        }

        List<int> runes = [.. text.EnumerateRunes().SelectMany(rune => Parts(rune.Value))];
        Reorder(runes);
        return string.Concat(runes.Select(rune => new Rune(rune).ToString()));
    }

    private static IEnumerable<int> Parts(int rune)
    {
        // Unicode Standard, section 3.12: Hangul syllables are composed of two or three letters.
        int index = rune - HangulBase;
        if (index is >= 0 and < HangulCount)
        {
            int trail = index % Trails;
            IEnumerable<int> letters =
                [0x1100 + (index / (Vowels * Trails)), 0x1161 + (index % (Vowels * Trails) / Trails)];
            return trail == 0 ? letters : letters.Append(0x11A7 + trail);
        }

        return s_table.Value.Parts.TryGetValue(rune, out int[]? parts) ? parts : [rune];
    }

    /// <summary>Sorts each run of combining characters by class; the order of equal classes stays.</summary>
    private static void Reorder(List<int> runes)
    {
        FrozenDictionary<int, byte> classes = s_table.Value.Classes;
        for (int i = 1; i < runes.Count; i++)
        {
            byte own = classes.GetValueOrDefault(runes[i]);
            for (int j = i; own > 0 && j > 0 && classes.GetValueOrDefault(runes[j - 1]) > own; j--)
            {
                (runes[j - 1], runes[j]) = (runes[j], runes[j - 1]);
            }
        }
    }

    private static (FrozenDictionary<int, int[]> Parts, FrozenDictionary<int, byte> Classes) ReadTable()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("decompositions.txt")!;
        using var reader = new StreamReader(stream);
        var parts = new Dictionary<int, int[]>();
        var classes = new Dictionary<int, byte>();
        while (reader.ReadLine() is string line)
        {
            int mark = line.AsSpan().IndexOfAny('=', ':');
            if (line[0] == '#' || mark < 0)
            {
                continue;
            }

            int rune = Hex(line[..mark]);
            if (line[mark] == '=')
            {
                parts.Add(rune, [.. line[(mark + 1)..].Split(' ').Select(Hex)]);
            }
            else
            {
                classes.Add(rune, byte.Parse(line.AsSpan(mark + 1), NumberStyles.None, CultureInfo.InvariantCulture));
            }
        }

        return (parts.ToFrozenDictionary(), classes.ToFrozenDictionary());
    }

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
