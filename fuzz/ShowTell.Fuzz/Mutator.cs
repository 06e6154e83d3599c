using System.Buffers.Binary;

namespace ShowTell.Fuzz;

/// <summary>Changes inputs by chance, knowing what breaks parsers. The same seed gives the same inputs.</summary>
/// <param name="target">The parser.</param>
/// <param name="seeds">Valid inputs.</param>
internal sealed class Mutator(FuzzTarget target, IReadOnlyList<byte[]> seeds)
{
    private const int MaxLength = 1 << 20;
    private const string Marks = "\"',;\t|#\r\0\u00FF{}[]\\/.";

    private static readonly long[] s_interesting =
    [
        0, 1, -1, 2, 4, 7, 8, 16, 32, 64, 100, 127, 128, 255, 256, 511, 512, 1000, 1024, 4096, 32767, 32768, 65535,
        65536, 1 << 20, 100_000_000, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 32, 1L << 40, long.MaxValue,
        long.MinValue, long.MaxValue - 7,
    ];

    private readonly byte[][] _words = [.. target.Dictionary.Select(Encoding.UTF8.GetBytes)];

    /// <summary>The input of a number.</summary>
    public byte[] Make(int seed, int number)
    {
        var random = new Random(HashCode(seed, number));
        byte[] input = seeds[random.Next(seeds.Count)];
        for (int changes = 1 << random.Next(4); changes > 0; changes--)
        {
            input = Change(input, random);
        }

        input = input.Length > MaxLength ? input[..MaxLength] : input;
        if (target.Repair is not null && random.Next(2) == 0)
        {
            input = target.Repair(input);
        }

        return target.Wrap is null ? input : target.Wrap(input);
    }

    // Not System.HashCode, which differs from process to process.
    private static int HashCode(int seed, int number) => unchecked((seed * 486187739) + (number * 16777619));

    private byte[] Change(byte[] input, Random random) => target.Structure switch
    {
        FuzzStructure.Json when random.Next(3) > 0 => JsonMutator.Change(input, random),
        FuzzStructure.JsonHeader when random.Next(3) > 0 => JsonMutator.ChangeHeader(input, random),
        FuzzStructure.Text when random.Next(3) > 0 => ChangeLines(input, random),
        _ => ChangeBytes(input, random),
    };

    private byte[] ChangeBytes(byte[] input, Random random)
    {
        if (input.Length == 0)
        {
            return [(byte)random.Next(256)];
        }

        // Half of the changes fall into the headers.
        int at = random.Next(random.Next(2) == 0 ? Math.Min(256, input.Length) : input.Length);
        byte[] copy = [.. input];
        switch (random.Next(11))
        {
            case 0:
                copy[at] ^= (byte)(1 << random.Next(8));
                return copy;
            case 1:
                copy[at] = (byte)random.Next(256);
                return copy;
            case 2:
                copy[at] = random.Next(2) == 0 ? (byte)0 : (byte)0xFF;
                return copy;
            case 3:
                return input[..at];
            case 4: // Cut out.
                return [.. input[..at], .. input[Math.Min(at + Length(random), input.Length)..]];
            case 5: // Repeat.
                byte[] part = input[at..Math.Min(at + Length(random), input.Length)];
                IEnumerable<byte> copies = Enumerable.Repeat(part, 1 + random.Next(8)).SelectMany(bytes => bytes);
                return [.. input[..at], .. copies, .. input[at..]];
            case 6: // Splice.
                byte[] other = seeds[random.Next(seeds.Count)];
                int from = random.Next(other.Length + 1);
                return random.Next(2) == 0 ? [.. input[..at], .. other[from..]]
                    : [.. input[..at], .. other[from..Math.Min(from + Length(random), other.Length)], .. input[at..]];
            case 7 or 8:
                return WriteNumber(copy, at, random);
            case 9 when _words.Length > 0:
                byte[] word = _words[random.Next(_words.Length)];
                return random.Next(2) == 0 ? [.. input[..at], .. word, .. input[at..]]
                    : [.. input[..at], .. word, .. input[Math.Min(at + word.Length, input.Length)..]];
            default:
                random.NextBytes(copy.AsSpan(at, Math.Min(Length(random), copy.Length - at)));
                return copy;
        }
    }

    /// <summary>Replaces a number of one to eight bytes, as lengths, counts and offsets are.</summary>
    private static byte[] WriteNumber(byte[] copy, int at, Random random)
    {
        int size = 1 << random.Next(4);
        at = Math.Max(Math.Min(at, copy.Length - size), 0);
        size = Math.Min(size, copy.Length);
        Span<byte> number = stackalloc byte[8];
        bool isLittle = random.Next(2) == 0;
        Span<byte> old = copy.AsSpan(at, size);
        number.Clear();
        old.CopyTo(isLittle ? number : number[(8 - size)..]);
        long value = isLittle
            ? BinaryPrimitives.ReadInt64LittleEndian(number)
            : BinaryPrimitives.ReadInt64BigEndian(number);
        value = random.Next(5) switch
        {
            0 => value + random.Next(-4, 5),
            1 => value * 2,
            2 => copy.Length - at,
            _ => s_interesting[random.Next(s_interesting.Length)],
        };
        if (isLittle)
        {
            BinaryPrimitives.WriteInt64LittleEndian(number, value);
            number[..size].CopyTo(old);
        }
        else
        {
            BinaryPrimitives.WriteInt64BigEndian(number, value);
            number[(8 - size)..].CopyTo(old);
        }

        return copy;
    }

    private byte[] ChangeLines(byte[] input, Random random)
    {
        List<string> lines = [.. Encoding.Latin1.GetString(input).Split('\n')];
        int at = random.Next(lines.Count);
        string line = lines[at];
        int column = random.Next(line.Length + 1);
        switch (random.Next(8))
        {
            case 0:
                lines.RemoveAt(at);
                break;
            case 1:
                lines.Insert(at, lines[random.Next(lines.Count)]);
                break;
            case 2:
                (lines[at], lines[^1]) = (lines[^1], line);
                break;
            case 3:
                lines[at] = line[..column];
                break;
            case 4:
                char letter = line.Length > 0 ? line[column / 2] : 'x';
                lines[at] = line.Insert(column, new string(letter, 1 << random.Next(12)));
                break;
            case 5:
                lines[at] = line.Insert(column, Marks[random.Next(Marks.Length)].ToString());
                break;
            case 6:
                lines[at] = line.Insert(column, s_interesting[random.Next(s_interesting.Length)].ToString(
                    System.Globalization.CultureInfo.InvariantCulture));
                break;
            default:
                lines[at] = line.Insert(column, _words.Length == 0
                    ? "\"\""
                    : Encoding.Latin1.GetString(_words[random.Next(_words.Length)]));
                break;
        }

        return Encoding.Latin1.GetBytes(string.Join('\n', lines));
    }

    private static int Length(Random random) => 1 + random.Next(1 << random.Next(1, 10));
}
