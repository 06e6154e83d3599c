using ShowTell.Data;
using ShowTell.ModelFiles;

namespace ShowTell.Diagnostics;

/// <summary>Options of <see cref="ModelDiagnosis"/>.</summary>
public sealed record DiagnosisOptions
{
    /// <summary>The model file, whose folder may contain the backbone; null if the model is in no file.</summary>
    public string? ModelPath { get; init; }

    /// <summary>The backbone's file; null, the default, for the one in or next to the model.</summary>
    public string? Backbone { get; init; }

    /// <summary>Folder of the dataset's photos; null, the default, for the one that an imported dataset
    /// names.</summary>
    public string? PhotoFolder { get; init; }

    /// <summary>The split whose images are captioned, <c>train</c> or <c>val</c> (the default).</summary>
    public string Split { get; init; } = "val";

    /// <summary>Maximum number of images to examine, 200 by default; of captions, twice as many.</summary>
    public int Images { get; init; } = 200;

    /// <summary>Seed of the random selection of images and captions; 231 by default.</summary>
    public ulong Seed { get; init; } = 231;
}

/// <summary>
/// Checks a model for common problems of captioners: the same caption for every image, features or a vocabulary that
/// differ from those it was trained on, unknown words, overfitting.
/// </summary>
public static class ModelDiagnosis
{
    /// <summary>
    /// Runs all checks. One that is not possible is <see cref="FindingLevel.Skipped"/>, also if the dataset is
    /// incompatible with the model.
    /// </summary>
    /// <param name="bundle">The model.</param>
    /// <param name="dataset">A dataset with word captions to use the model with, compatible or not; null for none.
    /// </param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="progress">Receives the name of the next check.</param>
    /// <param name="cancellation">Stops before the next check.</param>
    /// <returns>The findings, in reading order.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public static IReadOnlyList<Finding> Run(
        ModelBundle bundle,
        CaptionDataset? dataset = null,
        DiagnosisOptions? options = null,
        Action<string>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        options ??= new DiagnosisOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Images, nameof(options));
        using var checks = new ModelChecks(bundle, dataset, options);
        var findings = new List<Finding>();
        foreach ((string name, Func<Finding> check) in List(checks, dataset is not null))
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Invoke(name);
            findings.Add(Run(check) with { Name = name });
        }

        if (dataset is null)
        {
            findings.Add(new Finding(
                "dataset",
                FindingLevel.Skipped,
                "No dataset was given: its vocabulary and features, captions, unknown words and losses were not "
                + "checked.",
                "Give the dataset to use the model with."));
        }

        return findings;
    }

    private static (string Name, Func<Finding> Check)[] List(ModelChecks checks, bool hasDataset)
    {
        (string, Func<Finding>)[] ofModel =
        [
            ("weights", checks.Weights),
            (TrainingCourse.Name, checks.Training),
            ("reference captions", checks.ReferenceCaptions),
            ("network", checks.Backbone),
            ("reference photos", checks.ReferencePhotos),
        ];
        return !hasDataset ? ofModel :
        [
            .. ofModel,
            ("vocabulary", checks.VocabularyOfDataset),
            ("kind of features", checks.KindOfFeatures),
            ("features", IfCompatible(checks.Features)),
            ("dataset photos", IfCompatible(checks.DatasetPhotos)),
            ("captions", IfCompatible(checks.Captions)),
            ("unknown words", checks.UnknownWords),
            ("unknown words said", IfCompatible(checks.GeneratedUnknownWords)),
            ("overfitting", IfCompatible(checks.Overfitting)),
            ("free running", IfCompatible(checks.FreeRunning)),
        ];

        Func<Finding> IfCompatible(Func<Finding> check) =>
            () => checks.Incompatibility is string reason ? Finding.Skipped(reason) : check();
    }

    private static Finding Run(Func<Finding> check)
    {
        try
        {
            return check();
        }
        catch (ShowTellException error)
        {
            return Finding.Of(FindingLevel.Problem, error.Message);
        }
    }
}
