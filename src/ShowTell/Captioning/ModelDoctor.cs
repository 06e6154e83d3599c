using ShowTell.Data;
using ShowTell.Models;

namespace ShowTell.Captioning;

/// <summary>
/// Looks for what goes wrong with captioners: one caption for every image, features that are not those that the model
/// was trained on, another vocabulary, unknown words, captions learned by heart.
/// </summary>
public static class ModelDoctor
{
    /// <summary>
    /// Examines a model. What cannot be checked is <see cref="FindingLevel.Skipped"/>: a dataset that does not fit the
    /// model stops nothing.
    /// </summary>
    /// <param name="bundle">The model.</param>
    /// <param name="dataset">A dataset with captions of words that the model is to be used with; null for none. It may
    /// fit the model or not.</param>
    /// <param name="options">What else is at hand; null for the defaults.</param>
    /// <param name="progress">Hears what is checked next.</param>
    /// <param name="cancellation">Ends the examination between two checks.</param>
    /// <returns>The findings, in the order in which a person should read them.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public static IReadOnlyList<Finding> Examine(
        ModelBundle bundle,
        CaptionDataset? dataset = null,
        DoctorOptions? options = null,
        Action<string>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        options ??= new DoctorOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Images, nameof(options));
        using var examination = new DoctorExamination(bundle, dataset, options);
        var findings = new List<Finding>();
        foreach ((string name, Func<DoctorExamination, string, Finding> check) in Checks(dataset is not null))
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Invoke(name);
            findings.Add(Run(name, check, examination));
        }

        if (dataset is null)
        {
            findings.Add(Finding.Skipped(
                "dataset",
                "No dataset was given: its vocabulary and features, captions, unknown words and losses were not "
                + "checked.",
                "Give the dataset that the model is to be used with."));
        }

        return findings;
    }

    private static IEnumerable<(string Name, Func<DoctorExamination, string, Finding> Check)> Checks(bool hasDataset)
    {
        yield return ("weights", DoctorWeights.Check);
        yield return ("reference captions", DoctorCaptions.CheckReferences);
        yield return ("network", DoctorPhotos.CheckNetwork);
        yield return ("reference photos", DoctorPhotos.CheckReferences);
        if (!hasDataset)
        {
            yield break;
        }

        yield return ("vocabulary", DoctorPairing.CheckVocabulary);
        yield return ("kind of features", DoctorPairing.CheckFeatures);
        yield return ("features", DoctorFeatures.Check);
        yield return ("dataset photos", DoctorPhotos.CheckDataset);
        yield return ("captions", DoctorCaptions.CheckSplit);
        yield return ("unknown words", DoctorCaptions.CheckUnknownWords);
        yield return ("unknown words said", DoctorCaptions.CheckUnknownWordsSaid);
        yield return ("overfitting", DoctorLosses.CheckOverfitting);
        yield return ("free running", DoctorLosses.CheckFreeRunning);
    }

    private static Finding Run(
        string name, Func<DoctorExamination, string, Finding> check, DoctorExamination examination)
    {
        try
        {
            return check(examination, name);
        }
        catch (NativeLibraryMissingException error)
        {
            return Finding.Skipped(name, error.Message);
        }
        catch (ShowTellException error)
        {
            return new Finding(name, FindingLevel.Problem, error.Message);
        }
    }
}
