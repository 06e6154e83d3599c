using System.Text.RegularExpressions;
using ShowTell.Datasets.Import;

namespace ShowTell.Cli.Options;

/// <summary>
/// Turns what the library says of a property with a wrong value into a message about the option that set it.
/// </summary>
internal static partial class LibraryNames
{
    private static readonly Dictionary<string, string> s_options = new()
    {
        [nameof(CaptioningOptions.Architecture)] = "--architecture",
        [nameof(CaptioningOptions.Attention)] = "--attention",
        [nameof(CaptioningOptions.Cell)] = "--cell",
        [nameof(CaptioningOptions.Layers)] = "--layers",
        [nameof(CaptioningOptions.HiddenSize)] = "--hidden",
        [nameof(CaptioningOptions.WordVectorSize)] = "--wordvec",
        [nameof(CaptioningOptions.Heads)] = "--heads",
        [nameof(CaptioningOptions.FeedForwardSize)] = "--feed-forward",
        [nameof(CaptioningOptions.CellFromImage)] = "--image-cell",
        [nameof(CaptioningOptions.TieEmbeddings)] = "--tie-embeddings",
        [nameof(SolverOptions.LearningRate)] = "--lr",
        [nameof(SolverOptions.LearningRateDecay)] = "--lr-decay",
        [nameof(SolverOptions.Epochs)] = "--epochs",
        [nameof(SolverOptions.WarmupIterations)] = "--warmup",
        [nameof(SolverOptions.WeightDecay)] = "--weight-decay",
        [nameof(SolverOptions.ClipNorm)] = "--clip",
        [nameof(SolverOptions.AverageDecay)] = "--average",
        [nameof(SolverOptions.ScheduledSampling)] = "--scheduled-sampling",
        [nameof(Regularization.Dropout)] = "--dropout",
        [nameof(Regularization.FeatureDropout)] = "--feature-dropout",
        [nameof(Regularization.EmbeddingDropout)] = "--embedding-dropout",
        [nameof(Regularization.LabelSmoothing)] = "--label-smoothing",
        [nameof(SelfCriticalOptions.Samples)] = "--samples",
        [nameof(SelfCriticalOptions.CrossEntropyShare)] = "--xe-share",
        [nameof(ImportSettings.MinimumCount)] = "--min-count",
        [nameof(ImportSettings.VocabularyWords)] = "--vocabulary",
        [nameof(ImportSettings.MaxWords)] = "--max-words",
        [nameof(ImportSettings.Tokens)] = "--tokens",
        [nameof(ImportSettings.KeepCase)] = "--keep-case",
        [nameof(ImportSettings.KeepPunctuation)] = "--keep-punctuation",
        [nameof(ImportSettings.ValidationFraction)] = "--val-fraction",
        [nameof(ImportSettings.Seed)] = "--seed",
        [nameof(DecodingOptions.Temperature)] = "--temperature",
        [nameof(DecodingOptions.TopP)] = "--top-p",
        [nameof(DecodingOptions.LengthPenalty)] = "--length-penalty",
        [nameof(DecodingOptions.DiversityStrength)] = "--diversity",
    };

    /// <summary>The option that sets a property of the library.</summary>
    public static string OptionOf(string property) => s_options.GetValueOrDefault(property, property);

    /// <summary>A message that names the option, what was expected and what was found; null for an exception that is
    /// about no option.</summary>
    public static string? Describe(ArgumentOutOfRangeException exception)
    {
        if (!s_options.TryGetValue(exception.ParamName ?? "", out string? option))
        {
            return null;
        }

        // .NET begins its own messages with the property and its value, and ends all of them with the parameter.
        string message = exception.Message.Split(" (Parameter '")[0];
        message = PropertyAndValue().Replace(message, "It ", 1);
        message = CompoundName().Replace(message, name => s_options.GetValueOrDefault(name.Value, name.Value));
        string found = exception.ActualValue switch
        {
            null or bool => "",
            Enum value => $" is {value.ToString().ToLowerInvariant()}",
            object value => string.Create(CultureInfo.InvariantCulture, $" is {value}"),
        };
        return $"{option}{found}: {message}";
    }

    [GeneratedRegex(@"^\w+ \('[^']*'\) ")]
    private static partial Regex PropertyAndValue();

    /// <summary>Names of properties that are not words of a sentence, such as WordVectorSize.</summary>
    [GeneratedRegex("[A-Z][a-z]+(?:[A-Z][a-z]+)+")]
    private static partial Regex CompoundName();
}
