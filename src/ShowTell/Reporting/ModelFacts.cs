using ShowTell.Data;
using ShowTell.ModelFiles;
using ShowTell.Models;
using static System.FormattableString;

namespace ShowTell.Reporting;

/// <summary>What a model file says of its model, in words.</summary>
public static class ModelFacts
{
    /// <summary>What the network is, such as <c>LSTM with attention to 49 places</c>.</summary>
    public static string Network(CaptioningOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        string cell = options.Cell.ToString().ToUpperInvariant();
        string layers = options.Layers > 1 ? Invariant($", {options.Layers} layers") : "";
        string places = options.Places > 1 ? Invariant($"{options.Places} places") : "the image";
        string additive = options.Attention == AttentionScore.Additive ? "additive " : "";
        return options.Architecture switch
        {
            Architecture.Attention => $"{cell} with {additive}attention to {places}",
            Architecture.Transformer => Invariant($"transformer{layers}, {options.Heads} heads, attention to {places}"),
            _ => cell + layers,
        };
    }

    /// <summary>What the model is made of.</summary>
    public static IReadOnlyList<(string Name, string Value)> OfModel(ModelBundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        CaptioningOptions options = bundle.Model.Options;
        string tokens = bundle.Vocabulary.Kind == TokenKind.Word ? "words" : "characters";
        string features = options.Places > 1
            ? Invariant($"{options.Places} places of {options.FeatureSize / options.Places:N0}")
            : Invariant($"{options.FeatureSize:N0}");
        return
        [
            ("network", Network(options)),
            ("parameters", Invariant($"{CaptioningParameters.CountOf(options):N0}")),
            ("hidden state", Invariant($"{options.HiddenSize:N0}")),
            ("word vectors", Invariant($"{options.WordVectorSize:N0}{(options.TieEmbeddings ? ", tied" : "")}")),
            ("vocabulary", Invariant($"{options.VocabularySize:N0} {tokens}")),
            ("features of an image", features),
            ("made by", bundle.Features.Photos?.ToString() ?? bundle.Features.Kind),
            .. bundle.Network.IsEmpty ? Array.Empty<(string, string)>() : [("network for photos", "in the model file")],
        ];
    }

    /// <summary>How the model was trained.</summary>
    public static IReadOnlyList<(string Name, string Value)> OfTraining(TrainingRecord training)
    {
        ArgumentNullException.ThrowIfNull(training);
        (string, string?)[] facts =
        [
            ("dataset", training.Dataset),
            ("captions", Invariant($"{training.TrainCaptions:N0}, at most {training.CaptionWidth - 2} tokens")),
            ("recipe", training.Recipe),
            ("weights of epoch", Invariant($"{training.Epoch}")),
            ("validation loss", training.ValidationLoss is double loss ? Invariant($"{loss:F3}") : null),
            ("CIDEr-D in training", training.Score is double score ? Invariant($"{score:F4}") : null),
            ("update rule", training.UpdateRule),
            ("learning rate", Invariant($"{training.LearningRate:0.########}")),
            ("minibatch", Invariant($"{training.BatchSize} captions")),
            ("regularization", training.Regularization is { } noise ? Noise(noise) : null),
            ("seed", Invariant($"{training.Seed}")),
            ("refined on CIDEr-D", Refined(training.SelfCritical)),
        ];
        return [.. facts.Where(fact => fact.Item2 is not null).Select(fact => (fact.Item1, fact.Item2!))];
    }

    private static string Noise(Regularization noise)
    {
        (string Name, double Value)[] parts =
        [
            ("dropout", noise.Dropout), ("of features", noise.FeatureDropout), ("of words", noise.EmbeddingDropout),
            ("label smoothing", noise.LabelSmoothing),
        ];
        return string.Join(
            ", ", parts.Where(part => part.Value > 0).Select(part => Invariant($"{part.Name} {part.Value}")));
    }

    private static string? Refined(SelfCriticalRecord? refined) => refined is null ? null : Invariant(
        $"{refined.Samples} captions drawn an image at temperature {refined.Temperature}, ")
        + Invariant($"{refined.BatchSize} images a step, ")
        + Invariant($"learning rate {refined.LearningRate:0.########}, ")
        + Invariant($"{100 * refined.CrossEntropyShare:0.#}% cross-entropy, ")
        + Invariant($"weights of epoch {refined.Epoch}, seed {refined.Seed}");
}
