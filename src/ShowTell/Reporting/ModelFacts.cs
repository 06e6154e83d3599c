using ShowTell.Data;
using ShowTell.ModelFiles;
using ShowTell.Models;
using static System.FormattableString;

namespace ShowTell.Reporting;

/// <summary>Describes a model and its training in words, from its model file.</summary>
public static class ModelFacts
{
    /// <summary>The architecture, such as <c>LSTM with attention over 49 regions</c>.</summary>
    public static string Architecture(CaptioningOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        string cell = options.Cell.ToString().ToUpperInvariant();
        string layers = options.Layers > 1 ? Invariant($", {options.Layers} layers") : "";
        string regions = options.Regions > 1 ? Invariant($"{options.Regions} regions") : "the image";
        string additive = options.Attention == AttentionScore.Additive ? "additive " : "";
        return options.Architecture switch
        {
            Models.Architecture.Attention => $"{cell} with {additive}attention over {regions}",
            Models.Architecture.Transformer =>
                Invariant($"transformer{layers}, {options.Heads} heads, attention over {regions}"),
            _ => cell + layers,
        };
    }

    /// <summary>The model's architecture, sizes and features.</summary>
    public static IReadOnlyList<(string Name, string Value)> OfModel(ModelBundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        CaptioningOptions options = bundle.Model.Options;
        string tokens = bundle.Vocabulary.Kind == TokenKind.Word ? "words" : "characters";
        string features = options.Regions > 1
            ? Invariant($"{options.Regions} regions x {options.FeatureSize / options.Regions:N0}")
            : Invariant($"{options.FeatureSize:N0}");
        return
        [
            ("architecture", Architecture(options)),
            ("parameters", Invariant($"{CaptioningParameters.CountOf(options):N0}")),
            ("hidden state", Invariant($"{options.HiddenSize:N0}")),
            ("word vectors", Invariant($"{options.WordVectorSize:N0}{(options.TieEmbeddings ? ", tied" : "")}")),
            ("vocabulary", Invariant($"{options.VocabularySize:N0} {tokens}")),
            ("features per image", features),
            ("features from", bundle.Features.Photos?.ToString() ?? bundle.Features.Kind),
            .. bundle.BackboneBytes.IsEmpty ? Array.Empty<(string, string)>() : [("backbone", "in the model file")],
        ];
    }

    /// <summary>The dataset and options of the model's training.</summary>
    public static IReadOnlyList<(string Name, string Value)> OfTraining(TrainingRecord training)
    {
        ArgumentNullException.ThrowIfNull(training);
        (string, string?)[] facts =
        [
            ("dataset", training.Dataset),
            ("captions", Invariant($"{training.TrainCaptions:N0}, at most {training.CaptionWidth - 2} tokens")),
            ("preset", training.Preset),
            ("epoch of the weights", Invariant($"{training.Epoch}")),
            ("validation loss", training.ValidationLoss is double loss ? Invariant($"{loss:F3}") : null),
            ("validation CIDEr-D", training.Score is double score ? Invariant($"{score:F4}") : null),
            ("update rule", training.UpdateRule),
            ("learning rate", Invariant($"{training.LearningRate:0.########}")),
            ("minibatch", Invariant($"{training.BatchSize} captions")),
            ("regularization", training.Regularization is { } options ? Describe(options) : null),
            ("seed", Invariant($"{training.Seed}")),
            ("self-critical training", Describe(training.SelfCritical)),
        ];
        return [.. facts.Where(fact => fact.Item2 is not null).Select(fact => (fact.Item1, fact.Item2!))];
    }

    private static string Describe(Regularization regularization)
    {
        (string Name, double Value)[] parts =
        [
            ("dropout", regularization.Dropout), ("feature dropout", regularization.FeatureDropout),
            ("embedding dropout", regularization.EmbeddingDropout),
            ("label smoothing", regularization.LabelSmoothing),
        ];
        return string.Join(
            ", ", parts.Where(part => part.Value > 0).Select(part => Invariant($"{part.Name} {part.Value}")));
    }

    private static string? Describe(SelfCriticalRecord? training) => training is null ? null : Invariant(
        $"{training.Samples} samples per image at temperature {training.Temperature}, ")
        + Invariant($"{training.BatchSize} images per step, ")
        + Invariant($"learning rate {training.LearningRate:0.########}, ")
        + Invariant($"{100 * training.CrossEntropyShare:0.#}% cross-entropy, ")
        + Invariant($"epoch {training.Epoch}, seed {training.Seed}");
}
