using System.Globalization;
using ShowTell.Data;
using ShowTell.Models;

namespace ShowTell.Reporting;

/// <summary>What a model file says of its model, in words.</summary>
public static class ModelFacts
{
    /// <summary>What the network is, such as <c>LSTM with attention to 49 places</c>.</summary>
    public static string Network(CaptioningOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        string cell = options.Cell.ToString().ToUpperInvariant();
        string layers = options.Layers > 1 ? Text($", {options.Layers} layers") : "";
        string places = options.Places > 1 ? Text($"{options.Places} places") : "the image";
        string additive = options.Attention == AttentionScore.Additive ? "additive " : "";
        return options.Architecture switch
        {
            Architecture.Attention => $"{cell} with {additive}attention to {places}",
            Architecture.Transformer => Text($"transformer{layers}, {options.Heads} heads, attention to {places}"),
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
            ? Text($"{options.Places} places of {options.FeatureSize / options.Places:N0}")
            : Text($"{options.FeatureSize:N0}");
        return
        [
            ("network", Network(options)),
            ("parameters", Text($"{options.ParameterCount:N0}")),
            ("hidden state", Text($"{options.HiddenSize:N0}")),
            ("word vectors", Text($"{options.WordVectorSize:N0}{(options.TieEmbeddings ? ", tied" : "")}")),
            ("vocabulary", Text($"{options.VocabularySize:N0} {tokens}")),
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
            ("captions", Text($"{training.TrainCaptions:N0}, at most {training.CaptionWidth - 2} tokens")),
            ("recipe", training.Recipe),
            ("weights of epoch", Text($"{training.Epoch}")),
            ("validation loss", training.ValidationLoss is double loss ? Text($"{loss:F3}") : null),
            ("CIDEr-D in training", training.Score is double score ? Text($"{score:F4}") : null),
            ("update rule", training.UpdateRule),
            ("learning rate", Text($"{training.LearningRate:0.########}")),
            ("minibatch", Text($"{training.BatchSize} captions")),
            ("regularization", Noise(training.Regularization)),
            ("seed", Text($"{training.Seed}")),
            ("refined on CIDEr-D", Refined(training.SelfCritical)),
        ];
        return [.. facts.Where(fact => fact.Item2 is not null).Select(fact => (fact.Item1, fact.Item2!))];
    }

    private static string? Noise(Regularization? noise)
    {
        if (noise is null)
        {
            return null;
        }

        (string Name, double Value)[] parts =
        [
            ("dropout", noise.Dropout), ("of features", noise.FeatureDropout), ("of words", noise.EmbeddingDropout),
            ("label smoothing", noise.LabelSmoothing),
        ];
        return string.Join(", ", parts.Where(part => part.Value > 0).Select(part => Text($"{part.Name} {part.Value}")));
    }

    private static string? Refined(SelfCriticalRecord? refined) => refined is null ? null : Text(
        $"{refined.Samples} captions drawn an image at temperature {refined.Temperature}, ")
        + Text($"{refined.BatchSize} images a step, ")
        + Text($"learning rate {refined.LearningRate:0.########}, ")
        + Text($"{100 * refined.CrossEntropyShare:0.#}% cross-entropy, ")
        + Text($"weights of epoch {refined.Epoch}, seed {refined.Seed}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
