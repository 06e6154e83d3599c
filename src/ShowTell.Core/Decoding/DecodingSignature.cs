namespace ShowTell.Decoding;

/// <summary>A short signature of decoding options.</summary>
internal static class DecodingSignature
{
    /// <summary>The method and every non-default option, such as <c>beam3,length-penalty0.7,max16</c>.</summary>
    public static string Of(DecodingOptions options, int models = 1)
    {
        bool isSampled = options.IsStochastic;
        (bool IsSaid, FormattableString Text)[] parts =
        [
            (isSampled, $"drawn,temperature{options.Temperature ?? 1}"),
            (!isSampled && options.Beam == 1, $"greedy"),
            (!isSampled && options.Beam > 1, $"beam{options.Beam},length-penalty{options.LengthPenalty}"),
            (options.IsRanked, $"by-{options.Ranking?.Name}"),
            (models > 1, $"ensemble{models}"),
            (options.TopK is not null, $"top-k{options.TopK}"),
            (options.TopP is not null, $"top-p{options.TopP}"),
            (isSampled, $"seed{options.Seed}"),
            (options.DiverseGroups > 1, $"groups{options.DiverseGroups},diversity{options.DiversityStrength}"),
            (options.NoRepeatNGram > 0, $"no-repeat{options.NoRepeatNGram}"),
            (options.MinLength > 1, $"min{options.MinLength}"),
            (options.MaxLength is not null, $"max{options.MaxLength}"),
            (options.RequiredWords.Count > 0, $"with{options.RequiredWords.Count}words"),
            (options.BannedWords.Count > 0, $"without{options.BannedWords.Count}words"),
        ];
        return string.Join(
            ',', parts.Where(part => part.IsSaid).Select(part => part.Text.ToString(CultureInfo.InvariantCulture)));
    }
}
