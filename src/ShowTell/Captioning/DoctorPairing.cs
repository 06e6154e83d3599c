using ShowTell.Data;

namespace ShowTell.Captioning;

/// <summary>Whether a dataset says that it is one that the model can be used with.</summary>
internal static class DoctorPairing
{
    private const int Examples = 5;

    /// <summary>Whether ids mean the same words.</summary>
    public static Finding CheckVocabulary(DoctorExamination examination, string name)
    {
        Vocabulary model = examination.Bundle.Vocabulary, dataset = examination.Dataset!.Vocabulary;
        if (examination.HasVocabularyOf(examination.Dataset))
        {
            return new Finding(
                name, FindingLevel.Good, $"The {dataset.Count} words that the model was trained with.");
        }

        string advice = "Use the dataset with the vocabulary that the model was trained with "
            + $"({examination.Bundle.Training.Dataset}), or train a model on this one.";
        if (model.Kind == TokenKind.Character)
        {
            return new Finding(
                name,
                FindingLevel.Problem,
                "The model says characters and was trained with captions of another vocabulary than the "
                + $"{dataset.Count} words here.",
                advice);
        }

        string[] missing = [.. dataset.Tokens.Except(model.Tokens)], extra = [.. model.Tokens.Except(dataset.Tokens)];
        string text = missing.Length + extra.Length == 0
            ? Reordered(model, dataset)
            : $"Another vocabulary: {model.Count} words in the model and {dataset.Count} in the dataset; "
                + $"{Some(extra)} only in the model, {Some(missing)} only in the dataset.";
        return new Finding(name, FindingLevel.Problem, text, advice)
        {
            Values = new Dictionary<string, double>
            {
                ["model"] = model.Count,
                ["dataset"] = dataset.Count,
                ["onlyInModel"] = extra.Length,
                ["onlyInDataset"] = missing.Length,
            },
        };
    }

    /// <summary>Whether the features are said to be made in the same way.</summary>
    public static Finding CheckFeatures(DoctorExamination examination, string name)
    {
        CaptionDataset dataset = examination.Dataset!;
        try
        {
            examination.Bundle.Features.RequireSame(dataset.Features, dataset.Origin);
        }
        catch (PairingException error)
        {
            return new Finding(
                name,
                FindingLevel.Problem,
                error.Message,
                "Make the features again in the way that the model was trained with, or train a model on these.");
        }

        return new Finding(
            name,
            FindingLevel.Good,
            examination.Bundle.Features.Photos is null
                ? $"The same name and size as the model's ({dataset.FeatureKind}, {dataset.FeatureSize} an image)."
                : $"Made by the model's own recipe ({dataset.FeatureSize} an image).");
    }

    private static string Reordered(Vocabulary model, Vocabulary dataset)
    {
        int id = Enumerable.Range(0, model.Count).FirstOrDefault(id => model.Tokens[id] != dataset.Tokens[id], -1);
        return id < 0
            ? "The same words, but the model file says that it was trained with another vocabulary."
            : $"The same {model.Count} words in another order: the id {id} is \"{model.Tokens[id]}\" in the model and "
            + $"\"{dataset.Tokens[id]}\" in the dataset.";
    }

    private static string Some(string[] words) => words.Length == 0
        ? "none"
        : $"{words.Length} ({string.Join(", ", words.Take(Examples))}{(words.Length > Examples ? ", ..." : "")})";
}
