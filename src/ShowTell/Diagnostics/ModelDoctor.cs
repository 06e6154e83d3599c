using ShowTell.Data;
using ShowTell.ModelFiles;

namespace ShowTell.Diagnostics;

/// <summary>What <see cref="ModelDoctor"/> has at hand, and how much it looks at.</summary>
public sealed record DoctorOptions
{
    /// <summary>The model's file, beside which its network is looked for; null where there is none.</summary>
    public string? ModelPath { get; init; }

    /// <summary>The network that turns photos into features; null for the one in or beside the model.</summary>
    public string? Backbone { get; init; }

    /// <summary>The folder of the dataset's photos; null for the one that an imported dataset names.</summary>
    public string? PhotoFolder { get; init; }

    /// <summary>The half of the dataset whose images are captioned, <c>train</c> or <c>val</c>.</summary>
    public string Split { get; init; } = "val";

    /// <summary>Images that are looked at, at most; of captions twice as many are looked at.</summary>
    public int Images { get; init; } = 200;

    /// <summary>The seed of what is drawn.</summary>
    public ulong Seed { get; init; } = 231;
}

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
        using var diagnosis = new Diagnosis(bundle, dataset, options);
        var findings = new List<Finding>();
        foreach ((string name, Func<Finding> check) in Checks(diagnosis, dataset is not null))
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
                "Give the dataset that the model is to be used with."));
        }

        return findings;
    }

    private static (string Name, Func<Finding> Check)[] Checks(Diagnosis diagnosis, bool hasDataset)
    {
        (string, Func<Finding>)[] ofModel =
        [
            ("weights", diagnosis.Weights),
            ("reference captions", diagnosis.ReferenceCaptions),
            ("network", diagnosis.Network),
            ("reference photos", diagnosis.ReferencePhotos),
        ];
        return !hasDataset ? ofModel :
        [
            .. ofModel,
            ("vocabulary", diagnosis.Words),
            ("kind of features", diagnosis.KindOfFeatures),
            ("features", Fitting(diagnosis.Features)),
            ("dataset photos", diagnosis.DatasetPhotos),
            ("captions", Fitting(diagnosis.Captions)),
            ("unknown words", diagnosis.UnknownWords),
            ("unknown words said", Fitting(diagnosis.UnknownWordsSaid)),
            ("overfitting", Fitting(diagnosis.Overfitting)),
            ("free running", Fitting(diagnosis.FreeRunning)),
        ];

        Func<Finding> Fitting(Func<Finding> check) =>
            () => diagnosis.Unfit is string reason ? Finding.Skipped(reason) : check();
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
