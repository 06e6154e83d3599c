using System.Collections.Frozen;

namespace ShowTell.Metrics;

/// <summary>Abbreviations that keep their period, as in the Wall Street Journal part of the Penn Treebank.</summary>
internal static class Abbreviations
{
    // Months, days, states, companies, measures, titles; then titles that precede names.
    private const string AnyCase = """
        jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thurs fri
        ala ariz calif colo conn ct dak fla ga ind kan kans ky md mich minn mo mont neb nev okla penn tenn va vt wis
        wisc wyo inc co cos corp pty ptys ppty ppte pte ltd plc rt bancorp bhd assn univ intl sys tel est ext sq jr bros
        esq etc al seq bldg
        mr mrs ms mx dr drs prof profs sen sens rep reps atty attys lt col gen messrs gov govs adm rev maj sgt cpl pvt
        capt st ste ave pres lieut hon brig cmdr comdr pfc spc supt supts det mt ft adj adv asst assoc ens insp mlle mme
        msgr sfc sr vs alex wm jos cie cf treas ph invt elec natl mfg mtg dept blvd rd
        """;

    // In lower case these are common words.
    private const string Capitalized = "Az Ark Del Ill La Mass Miss Ore Pa Tex Wash";

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> s_anyCase = SetOf(AnyCase);

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> s_capitalized = SetOf(Capitalized);

    /// <summary>Whether letters before a period are an abbreviation.</summary>
    public static bool Contains(ReadOnlySpan<char> letters) =>
        s_anyCase.Contains(letters) || (letters is [>= 'A' and <= 'Z', ..] && s_capitalized.Contains(letters));

    private static FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> SetOf(string words) => words
        .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
        .ToFrozenSet(StringComparer.OrdinalIgnoreCase)
        .GetAlternateLookup<ReadOnlySpan<char>>();
}
