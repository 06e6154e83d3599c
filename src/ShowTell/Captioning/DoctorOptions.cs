namespace ShowTell.Captioning;

/// <summary>What <see cref="ModelDoctor"/> has at hand, and how much it looks at.</summary>
public sealed record DoctorOptions
{
    /// <summary>The model's file, beside which its network is looked for; null where there is none.</summary>
    public string? ModelPath { get; init; }

    /// <summary>The file of the network that turns photos into features; null for the one in or beside the
    /// model.</summary>
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
