namespace ShowTell.Cli.Options;

/// <summary>Options and arguments of several commands.</summary>
internal static class SharedOptions
{
    /// <summary>Trains on mirror images too.</summary>
    public static Option<bool> Mirror() => NewOption.Flag(
        "--mirror",
        "Show each photo as it is or, as often, mirrored, left and right swapped in its captions; a dataset needs "
        + "features made with --mirror.");

    /// <summary>
    /// What --photos (a folder) and --limit (a number) were called: it still works, and help does not show it.
    /// </summary>
    public const string OldName = "--images";

    /// <summary>The widest beam: wider ones only take memory.</summary>
    public const int MaxBeam = 1000;

    public const string DatasetDescription =
        "A dataset folder made by data import, or one of the CS231n exercises; or scenes (scenes:SEED) for drawn "
        + "scenes.";

    public static Argument<string> Dataset() => NewOption.Argument("DATASET", DatasetDescription);

    public static Argument<string> Model() => NewOption.Argument("MODEL", "A model file written by showtell train.");

    /// <summary>The model file to write.</summary>
    public static Option<string> ModelToWrite() =>
        NewOption.Path("--out", "FILE", "The model file to write.", isRequired: true);

    public static Option<string> Split(string defaultValue) =>
        NewOption.OneOf("--split", "train|val|test", "The split of the dataset.", defaultValue);

    /// <summary>Which features of a folder are read; see <see cref="LoadedDataset"/>.</summary>
    public static Option<string> Features() => NewOption.Path(
        "--features",
        "NAME",
        "The features of a folder: pca for those reduced by PCA, raw for the backbone's own, or the start of a file's "
        + "name in its folder features. [default: the only ones; of the exercises' folders, pca if there are any]");

    /// <summary>What the tokens of captions are.</summary>
    public static Option<string> Tokens() => NewOption.OneOf(
        "--tokens", "word|char", "Tokens of captions: words, or characters, for languages without spaces.", "word");

    /// <summary>Where a training run writes its log, and a plot of that name.</summary>
    public static Option<string> Log(string plot) => NewOption.Path(
        "--log", "DIR", $"Folder for metrics.jsonl and {plot}. [default: beside FILE, its name with -log]");

    public static Option<string> References() => NewOption.Path(
        "--references",
        "FILE",
        "The reference captions, by photo name: any caption file. [default: the captions of an imported dataset as "
        + "people wrote them, else the dataset's own words]");

    /// <summary>The maximum number of images.</summary>
    public static Option<int> Limit(string description, int? defaultValue = null)
    {
        Option<int> limit = NewOption.Positive("--limit", description, defaultValue);
        limit.Aliases.Add(OldName);
        return limit;
    }

    public static Option<int> Bootstrap() => NewOption.Positive(
        "--bootstrap", "Bootstrap samples for the confidence intervals.", 1000, max: 1_000_000);

    public static Option<int> PrintEvery() =>
        NewOption.Positive("--print-every", "Iterations between lines, where there is no progress bar.", 10);

    /// <summary>Whether photos may be downloaded from this machine and its network.</summary>
    public static Option<bool> AllowPrivate() => NewOption.Flag(
        "--allow-private", "Download photos from private, loopback and link-local addresses too.");

    public static Option<bool> Json() => NewOption.Flag("--json", "Print JSON, for scripts.");
}
