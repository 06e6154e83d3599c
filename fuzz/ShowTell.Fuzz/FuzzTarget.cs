namespace ShowTell.Fuzz;

/// <summary>How the inputs of a target are built, which tells the mutator what else than bytes to change.</summary>
internal enum FuzzStructure
{
    /// <summary>Bytes, with lengths in them.</summary>
    Binary,

    /// <summary>Lines of text.</summary>
    Text,

    /// <summary>A JSON document, or one on each line.</summary>
    Json,

    /// <summary>A JSON header between its length and the rest, as in safetensors files.</summary>
    JsonHeader,
}

/// <summary>A parser under test. Whatever it is given, it must succeed or throw a <see cref="ShowTellException"/>.
/// </summary>
/// <param name="Name">The name, also of the folder of its regressions.</param>
/// <param name="Structure">How its inputs are built.</param>
/// <param name="Seeds">Valid inputs.</param>
/// <param name="Run">Parses an input.</param>
internal sealed record FuzzTarget(
    string Name, FuzzStructure Structure, Func<IReadOnlyList<byte[]>> Seeds, Action<byte[]> Run)
{
    /// <summary>Words of the format that mutations insert.</summary>
    public string[] Dictionary { get; init; } = [];

    /// <summary>Makes checksums right again, so that mutations get past them; half of them go through it.</summary>
    public Func<byte[], byte[]>? Repair { get; init; }

    /// <summary>Wraps every mutated input, as gzip does: damage to the wrapping alone is another target's.</summary>
    public Func<byte[], byte[]>? Wrap { get; init; }

    /// <summary>The mutations that a test runs; fewer where each starts a process.</summary>
    public int TestMutations { get; init; } = 5_000;

    /// <summary>The time that an input may take.</summary>
    public double MaxSeconds { get; init; } = 1;

    /// <summary>Whether it refuses anything at all.</summary>
    public bool Refuses { get; init; } = true;
}
