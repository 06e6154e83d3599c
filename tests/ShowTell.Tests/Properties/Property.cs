using System.Globalization;
using System.Text;
using CsCheck;

namespace ShowTell.Tests.Properties;

/// <summary>Runs properties on random cases, and makes what most of them need: by default on the same 200, with
/// SHOWTELL_PROPERTY_COUNT on so many new ones, and a failure is then shrunk and prints the seed that CsCheck_Seed
/// repeats it with.</summary>
internal static class Property
{
    private const int DefaultCount = 200;

    private static readonly int? s_count =
        Environment.GetEnvironmentVariable("SHOWTELL_PROPERTY_COUNT") is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : null;

    /// <summary>Words of letters of several scripts, which no format has a meaning for.</summary>
    public static readonly Gen<string> Word =
        Gen.Char["abcdefghijklmnopqrstuvwxyzßéöçжш日本語"].Array[1, 8].Select(letters => new string(letters));

    /// <summary>Lower-case words with single spaces.</summary>
    public static readonly Gen<string> Caption = Word.Array[1, 8].Select(words => string.Join(' ', words));

    /// <summary>Valid Unicode without line breaks, with all that formats have a meaning for.</summary>
    public static readonly Gen<string> Text = Gen.OneOf(
            Gen.Char[' ', '~'].Select(letter => letter.ToString()),
            Gen.Int[0xA0, 0x10FFFF].Where(rune => rune is < 0xD800 or > 0xDFFF)
                .Select(rune => new Rune(rune).ToString()),
            OneOf("\"", "\"\"", "'", ",", ";", "|", "\t", "\\", "<", "{", "}", "[", "]", "#0", "\\n", "NaN"))
        .Array[1, 20].Select(string.Concat)
        .Where(text => !string.IsNullOrWhiteSpace(text));

    /// <summary>Finite numbers of every size.</summary>
    public static readonly Gen<float> Float =
        Gen.Int.Select(BitConverter.Int32BitsToSingle).Where(float.IsFinite);

    /// <summary>Checks a property on random cases.</summary>
    /// <param name="gen">The cases.</param>
    /// <param name="check">Throws if one does not have the property.</param>
    /// <param name="share">The share of the usual number of cases, where one takes long.</param>
    public static void Check<T>(Gen<T> gen, Action<T> check, double share = 1)
    {
        int count = Math.Max(1, (int)((s_count ?? DefaultCount) * share));
        if (s_count is not null)
        {
            gen.Sample(check, iter: count, threads: 1);
            return;
        }

        var random = new PCG(stream: 1, seed: 231);
        for (int i = 0; i < count; i++)
        {
            check(gen.Generate(random, null, out _));
        }
    }

    public static void Check<T1, T2>(Gen<(T1, T2)> gen, Action<T1, T2> check, double share = 1) =>
        Check(gen, values => check(values.Item1, values.Item2), share);

    public static void Check<T1, T2, T3>(Gen<(T1, T2, T3)> gen, Action<T1, T2, T3> check) =>
        Check(gen, values => check(values.Item1, values.Item2, values.Item3));

    public static void Check<T1, T2, T3, T4, T5>(
        Gen<(T1, T2, T3, T4, T5)> gen, Action<T1, T2, T3, T4, T5> check) =>
        Check(gen, values => check(values.Item1, values.Item2, values.Item3, values.Item4, values.Item5));

    /// <summary>One of these.</summary>
    public static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    /// <summary>Photos with one to three captions each.</summary>
    public static Gen<(string Photo, string[] Captions)[]> Captioned(Gen<string> caption) =>
        caption.Array[1, 3].Array[2, 6].Select(all => all
            .Select((captions, i) => (Photo: $"p{i}.jpg", Captions: captions)).ToArray());
}
