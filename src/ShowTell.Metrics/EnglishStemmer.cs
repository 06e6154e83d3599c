namespace ShowTell.Metrics;

/// <summary>
/// The Snowball stemmer for English, "Porter2" (Porter, "An algorithm for suffix stripping", 1980, with the author's
/// later changes at snowballstem.org): "running" and "runs" both have the stem "run". METEOR compares words by it.
/// </summary>
public static class EnglishStemmer
{
    private static readonly Dictionary<string, string> s_exceptions = new(StringComparer.Ordinal)
    {
        ["skis"] = "ski", ["skies"] = "sky", ["dying"] = "die", ["lying"] = "lie", ["tying"] = "tie", ["idly"] = "idl",
        ["gently"] = "gentl", ["ugly"] = "ugli", ["early"] = "earli", ["only"] = "onli", ["singly"] = "singl",
        ["sky"] = "sky", ["news"] = "news", ["howe"] = "howe", ["atlas"] = "atlas", ["cosmos"] = "cosmos",
        ["bias"] = "bias", ["andes"] = "andes",
    };

    private static readonly HashSet<string> s_finished = new(StringComparer.Ordinal)
    {
        "inning", "outing", "canning", "herring", "earring", "proceed", "exceed", "succeed",
    };

    private static readonly (string Suffix, string Becomes)[] s_step2 =
    [
        ("ization", "ize"), ("ational", "ate"), ("fulness", "ful"), ("ousness", "ous"), ("iveness", "ive"),
        ("tional", "tion"), ("biliti", "ble"), ("lessli", "less"), ("entli", "ent"), ("ation", "ate"), ("alism", "al"),
        ("aliti", "al"), ("ousli", "ous"), ("iviti", "ive"), ("fulli", "ful"), ("enci", "ence"), ("anci", "ance"),
        ("abli", "able"), ("izer", "ize"), ("ator", "ate"), ("alli", "al"), ("bli", "ble"), ("ogi", "og"), ("li", ""),
    ];

    private static readonly (string Suffix, string Becomes)[] s_step3 =
    [
        ("ational", "ate"), ("tional", "tion"), ("alize", "al"), ("icate", "ic"), ("iciti", "ic"), ("ative", ""),
        ("ical", "ic"), ("ness", ""), ("ful", ""),
    ];

    private static readonly string[] s_step4 =
    [
        "ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous", "ive", "ize", "ion",
        "al", "er", "ic",
    ];

    /// <summary>The stem of a lower-case word.</summary>
    public static string Stem(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        if (word.Length <= 2 || word.AsSpan().ContainsAnyExceptInRange('\'', 'z'))
        {
            return word;
        }

        if (s_exceptions.TryGetValue(word, out string? exception))
        {
            return exception;
        }

        word = MarkConsonantY(word[0] == '\'' ? word[1..] : word);
        (int r1, int r2) = Regions(word);
        word = Step1a(Step0(word));
        if (!s_finished.Contains(word))
        {
            word = Step5(Step4(Step3(Step2(Step1c(Step1b(word, r1)), r1), r1, r2), r2), r1, r2);
        }

        return word.Replace('Y', 'y');
    }

    private static bool IsVowel(char letter) => letter is 'a' or 'e' or 'i' or 'o' or 'u' or 'y';

    // An initial y, or one after a vowel, is a consonant; it becomes Y here.
    private static string MarkConsonantY(string word)
    {
        char[] letters = word.ToCharArray();
        for (int i = 0; i < letters.Length; i++)
        {
            if (letters[i] == 'y' && (i == 0 || IsVowel(letters[i - 1])))
            {
                letters[i] = 'Y';
            }
        }

        return new string(letters);
    }

    // R1 starts after the first consonant that follows a vowel; R2 is the same within R1.
    private static (int R1, int R2) Regions(string word)
    {
        int r1 = new[] { "gener", "commun", "arsen" }
            .FirstOrDefault(prefix => word.StartsWith(prefix, StringComparison.Ordinal))?.Length ?? Region(word, 0);
        return (r1, Region(word, r1));
    }

    private static int Region(string word, int start)
    {
        for (int i = start + 1; i < word.Length; i++)
        {
            if (!IsVowel(word[i]) && IsVowel(word[i - 1]))
            {
                return i + 1;
            }
        }

        return word.Length;
    }

    private static string Step0(string word) =>
        Ends(word, "'s'") ? word[..^3] : Ends(word, "'s") ? word[..^2] : Ends(word, "'") ? word[..^1] : word;

    private static string Step1a(string word)
    {
        if (Ends(word, "sses"))
        {
            return word[..^2];
        }

        if (Ends(word, "ied") || Ends(word, "ies"))
        {
            return word.Length > 4 ? word[..^2] : word[..^1];
        }

        bool isPlural = Ends(word, "s") && !Ends(word, "us") && !Ends(word, "ss");
        return isPlural && HasVowel(word.AsSpan(0, Math.Max(0, word.Length - 2))) ? word[..^1] : word;
    }

    private static string Step1b(string word, int r1)
    {
        foreach (string suffix in new[] { "eedly", "eed" })
        {
            if (Ends(word, suffix))
            {
                return word.Length - suffix.Length >= r1 ? word[..^(suffix.Length - 2)] : word;
            }
        }

        foreach (string suffix in new[] { "ingly", "edly", "ing", "ed" })
        {
            if (Ends(word, suffix))
            {
                string stem = word[..^suffix.Length];
                return !HasVowel(stem) ? word
                    : Ends(stem, "at") || Ends(stem, "bl") || Ends(stem, "iz") ? stem + "e"
                    : EndsInDouble(stem) ? stem[..^1]
                    : r1 >= stem.Length && EndsInShortSyllable(stem) ? stem + "e"
                    : stem;
            }
        }

        return word;
    }

    private static string Step1c(string word) =>
        word.Length > 2 && word[^1] is 'y' or 'Y' && !IsVowel(word[^2]) ? word[..^1] + "i" : word;

    private static string Step2(string word, int r1)
    {
        foreach ((string suffix, string becomes) in s_step2)
        {
            if (Ends(word, suffix))
            {
                string stem = word[..^suffix.Length];
                bool applies = stem.Length >= r1 && suffix switch
                {
                    "ogi" => Ends(stem, "l"),
                    "li" => stem.Length > 0 && "cdeghkmnrt".Contains(stem[^1]),
                    _ => true,
                };
                return applies ? stem + becomes : word;
            }
        }

        return word;
    }

    private static string Step3(string word, int r1, int r2)
    {
        foreach ((string suffix, string becomes) in s_step3)
        {
            if (Ends(word, suffix))
            {
                int region = suffix == "ative" ? r2 : r1;
                return word.Length - suffix.Length >= region ? word[..^suffix.Length] + becomes : word;
            }
        }

        return word;
    }

    private static string Step4(string word, int r2)
    {
        if (s_step4.FirstOrDefault(ending => Ends(word, ending)) is not string suffix)
        {
            return word;
        }

        string stem = word[..^suffix.Length];
        return stem.Length >= r2 && (suffix != "ion" || Ends(stem, "s") || Ends(stem, "t")) ? stem : word;
    }

    private static string Step5(string word, int r1, int r2)
    {
        int last = word.Length - 1;
        bool drops = last > 0 && word[last] switch
        {
            'e' => last >= r2 || (last >= r1 && !EndsInShortSyllable(word[..last])),
            'l' => last >= r2 && word[last - 1] == 'l',
            _ => false,
        };
        return drops ? word[..last] : word;
    }

    private static bool Ends(string word, string suffix) => word.EndsWith(suffix, StringComparison.Ordinal);

    private static bool HasVowel(ReadOnlySpan<char> letters) => letters.ContainsAny("aeiouy");

    private static bool EndsInDouble(string word) =>
        word.Length > 1 && word[^1] == word[^2] && "bdfgmnprt".Contains(word[^1]);

    private static bool EndsInShortSyllable(string word) => word.Length switch
    {
        < 2 => false,
        2 => IsVowel(word[0]) && !IsVowel(word[1]),
        _ => !IsVowel(word[^3]) && IsVowel(word[^2]) && !IsVowel(word[^1]) && word[^1] is not ('w' or 'x' or 'Y'),
    };
}
