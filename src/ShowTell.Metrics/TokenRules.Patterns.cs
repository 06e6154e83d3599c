using System.Text.RegularExpressions;

namespace ShowTell.Metrics;

/// <summary>The patterns. Names of places, titles and the like ignore case; ranges of letters do not.</summary>
internal static partial class TokenRules
{
    private const string Digit = @"\p{Nd}";
    private const string Alnum = @"[\p{L}\p{Nd}]";
    private const string Letter = @"(?:[\p{L}\p{M}\u00AD]|&[aeiouAEIOU](?:acute|grave|uml);)";
    private const string Apos = @"(?:['\u0092\u2019\u00B4]|&apos;)";
    private const string AnyApos = @"(?:['`\u0092\u2019\u00B4\u0091\u2018\u201B]|&apos;)";
    private const string Words =
        Letter + "(?:" + Letter + "|" + Digit + ")*(?:[.!?]" + Letter + "(?:" + Letter + "|" + Digit + ")*)*";

    private const string Aux = Apos + "(?:[msdMSD]|(?i:re|ve|ll))";
    private const string Not = "[nN]" + AnyApos + "[tT]";
    private const string Acronym = @"[A-Za-z](?:\.[A-Za-z])+";
    private const string Numeral =
        "(?:" + Digit + @"+(?:[.:,\u00AD\u066B\u066C]" + Digit + @"+)*|(?:[.,\u066B\u066C]" + Digit + "+)+)";

    private const string French = "(?:[dDoOlL]" + AnyApos + Alnum + ")?";
    private const string Piece = "(?:" + French + Alnum + "+|" + Numeral + ")";
    private const string InSentence = "[,;:\u3001]";

    private const RegexOptions Plain = RegexOptions.CultureInvariant;

    [GeneratedRegex(@"\G(?i:cannot|'twas|dunno)", Plain)]
    private static partial Regex SplitBeforeLastThree();

    [GeneratedRegex(@"\G(?i:" + Apos + "tis|gonna|gotta|lemme|gimme|wanna|nno)", Plain)]
    private static partial Regex SplitBeforeLastTwo();

    [GeneratedRegex(@"\G(?:[cC]\+\+|[cCfF]\#)", Plain)]
    private static partial Regex ProgrammingLanguage();

    [GeneratedRegex(@"\G</?[A-Za-z!?][^>\r\n]*>", Plain)]
    private static partial Regex Tag();

    [GeneratedRegex(@"\G&(?i:amp|lt|gt|nbsp|MD|mdash|ndash|HT|TL|UR|LR|QC|QL|QR|odq|cdq|\#[0-9]+);", Plain)]
    private static partial Regex Entity();

    [GeneratedRegex(
        @"\G(?:(?<t>" + Words + ")" + Aux + "|(?<t>" + Words + @"\.)" + InSentence + "|" + Words + ")", Plain)]
    private static partial Regex Word();

    [GeneratedRegex(@"\G(?<t>[A-Za-z\u00AD]*[A-MO-Za-mo-z]\u00AD*)" + Not, Plain)]
    private static partial Regex WordBeforeNot();

    [GeneratedRegex(
        @"\G(?:" + Apos + "[nN]" + Apos + "?|[lLdDjJ]" + Apos
        + "|(?i:Dunkin|somethin|ol)" + Apos
        + "|" + Apos + "(?i:em|till?|cause)|" + Apos + "[2-9]0[sS]"
        + @"|\p{L}+[aeiouyAEIOUY]" + AnyApos + @"[aeiouA-Z]\p{L}*"
        + "|[A-HJ-XZn]" + AnyApos + @"\p{L}{2,}"
        + @"|(?i:cont'd)\.?|(?i:nor'easter|c'mon|e'er|s'mores|ev'ry|li'l|nat'l|diff'rent|cap'n|c'est)"
        + @"|(?<t>[yY]" + Apos + @")\p{L})",
        Plain)]
    private static partial Regex ApostropheWord();

    [GeneratedRegex(
        @"\G(?:(?i:https?|ftp)://[^\s""<>|(){}\[\]]+[^\s""'<>|.!?(){},;:&\[\]-]"
        + @"|(?:(?i:www)\.(?:[^\s""<>|.!?(){},]+\.)+[a-zA-Z]{2,4}"
        + @"|(?:[^\s""`'<>|.!?(){},-_$]+\.)+(?i:com|net|org|edu))"
        + @"(?:/[^\s""<>|()]+[^\s""<>|.!?(){},-])?)",
        Plain)]
    private static partial Regex Url();

    [GeneratedRegex(@"\G(?i:mailto:)?[a-zA-Z0-9._%+-]+@[A-Za-z0-9][A-Za-z0-9.-]*[A-Za-z0-9]", Plain)]
    private static partial Regex Mail();

    [GeneratedRegex(
        @"\G(?:[@\uFF20][a-zA-Z_][a-zA-Z_0-9]*|[\#\uFF03]" + Letter + "(?:" + Letter + "|" + Digit + "|_)*)", Plain)]
    private static partial Regex Handle();

    [GeneratedRegex(@"\G(?:(?<t>" + Aux + "|" + Not + @")[^\p{L}]|" + Not + ")", Plain)]
    private static partial Regex Auxiliary();

    [GeneratedRegex(@"\G" + Digit + @"{1,2}[-/]" + Digit + @"{1,2}[-/]" + Digit + "{2,4}", Plain)]
    private static partial Regex Date();

    [GeneratedRegex(@"\G[-+]?" + Numeral, Plain)]
    private static partial Regex Number();

    [GeneratedRegex(
        @"\G(?:(?:" + Digit + @"{1,4}[- \u00A0])?" + Digit + @"{1,4}(?:\\?/|\u2044)" + Digit + @"{1,4}"
        + @"|[\u00BC-\u00BE\u2153-\u215E]"
        + @"|[\u207A\u207B\u208A\u208B]?(?:[\u2070\u00B9\u00B2\u00B3\u2074-\u2079]+|[\u2080-\u2089]+))",
        Plain)]
    private static partial Regex Fraction();

    [GeneratedRegex(
        @"\G(?:-(?i:[LR][RCS]B)-|(?i:pro-|anti-|C\.D\.s|S&P-500|S&Ls)|(?i:E|Yahoo|Jeopardy)!)", Plain)]
    private static partial Regex Special();

    [GeneratedRegex(
        @"\G" + Alnum + @"+(?:-\p{L}+){0,2}(?:\\?/" + Alnum + @"+(?:-\p{L}+){0,2}){1,2}", Plain)]
    private static partial Regex Slashed();

    [GeneratedRegex(
        @"\G(?:[A-Z]*\$|\#|[\u00A2-\u00A5\u0080\u20A0\u20AA\u20AC\u20B9\u060B\u0E3F\u20A4\uFFE0\uFFE1\uFFE5\uFFE6])",
        Plain)]
    private static partial Regex Currency();

    [GeneratedRegex(
        @"\G(?:(?i:Canada|Sino|Korean|EU|Japan|non)-[Uu]\.[Ss]\.|(?i:Ed|Ph)\.[Dd]\.|" + Acronym + @"\.|[A-Za-z]\.)",
        Plain)]
    private static partial Regex Initials();

    [GeneratedRegex(
        @"\G(?<t>(?i:ca|figs?|prop|nos?|sect?s?|arts?|paras?|pp|op|approx|rs)\.)\s?" + Digit, Plain)]
    private static partial Regex BeforeNumber();

    [GeneratedRegex(@"\G(?:(?<t>" + Apos + @"[0-9][0-9])\s|\u00B0[CF])", Plain)]
    private static partial Regex Decade();

    [GeneratedRegex(
        @"\G(?<t>" + Alnum + "+(?:[-._/]" + Alnum + @"+)*\."
        + "(?i:bat|bmp|bz2|class|cgi|cpp|dll|docx?|exe|gif|gz|html?|jar|java|jpe?g|mov|mp[34g]|pdf|php|png|ppt"
        + @"|sql|tar|txt|wav|xml|zip|3gp|wm[va]|avi|flv|c|h|pl|ps|py|x))[\s.?!,""'<]",
        Plain)]
    private static partial Regex FileName();

    [GeneratedRegex(
        @"\G(?:(?:\([0-9]{2,3}\)[ \u00A0]?|(?:\+\+?)?(?:[0-9]{2,4}[- \u00A0])?[0-9]{2,4}[- \u00A0])"
        + @"[0-9]{3,4}[- \u00A0]?[0-9]{3,5}"
        + @"|(?:(?:\+\+?)?[0-9]{2,4}\.)?[0-9]{2,4}\.[0-9]{3,4}\.[0-9]{3,5})",
        Plain)]
    private static partial Regex Telephone();

    [GeneratedRegex(@"\G(?:""|&quot;|[`'\u0091\u0092\u2018\u2019]')", Plain)]
    private static partial Regex DoubleQuote();

    [GeneratedRegex(
        @"\G(?:(?<t>[<>]?[:;=][-o*']?[()DPdpO\\{@|\[\]])[^\p{L}\p{Nd}]"
        + @"|[-^x=~<>']_[-^x=~<>']|\([-^x=~<>'][_.]?[-^x=~<>']\))",
        Plain)]
    private static partial Regex Smiley();

    [GeneratedRegex(@"\G(?:\.{3,}|[\u0085\u2026]|\.[ \u00A0](?:\.[ \u00A0])+\.)", Plain)]
    private static partial Regex Ellipsis();

    [GeneratedRegex(
        @"\G(?:-+|@+|\#+|_+|\*+|[?!]+|=+|<<|>>|[<>(){}\[\],;:./\u3001\u3002\u00A1\u00BF\u2013-\u2015\u0096\u0097])",
        Plain)]
    private static partial Regex Marks();

    [GeneratedRegex(
        @"\G(?:(?<t>" + Hyphens + @"\.)" + InSentence + "|" + Hyphens + ")", Plain)]
    private static partial Regex Hyphenated();

    private const string Hyphens =
        Alnum + @"[\p{L}\p{Nd}.,\u00AD]*(?:-(?:" + Acronym + @"\.|[\p{L}\p{Nd}\u00AD]+(?:\.[0-9]+)?))+";

    [GeneratedRegex(
        @"\G(?:" + French + Alnum + "+|[-+]?" + Numeral + @")(?:[-_\u058A\u2010\u2011]" + Piece + ")*", Plain)]
    private static partial Regex Compound();

    [GeneratedRegex(@"\G[A-Z]+(?:(?:[+&]|&amp;)[A-Z]+)+", Plain)]
    private static partial Regex Ampersand();

    [GeneratedRegex(@"\G(?:(?<t>" + Quotes + @")(?:\p{L}\S|[AaIiUu]\s)|" + Quotes + "|" + Aux + ")", Plain)]
    private static partial Regex Quote();

    private const string Quotes =
        "(?:" + Apos + @"|[`\u2018-\u201F\u0082\u0084\u0091-\u0094\u2039\u203A\u00AB\u00BB]{1,2})";

    [GeneratedRegex(
        @"\G[+%&~^|\\\u00A6-\u00A9\u00AC\u00AE-\u00BA\u00D7\u00F7\u2016-\u2017\u2020-\u2025\u2030-\u2038\u203B-\u2044"
        + @"\u207A-\u207F\u2100-\u214F\u2190-\u2BFF\u3001-\u3020\uFF01-\uFF0F\uFF1A-\uFF20\uFF3B-\uFF40\uFF5B-\uFF65]",
        Plain)]
    private static partial Regex Symbol();
}
