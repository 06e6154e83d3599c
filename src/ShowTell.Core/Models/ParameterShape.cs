namespace ShowTell.Models;

/// <summary>A parameter of a captioning model before it has memory: its name, its size, and how it starts.</summary>
/// <param name="Name">Name in the model file.</param>
/// <param name="Rows">Rows; 1 for a vector.</param>
/// <param name="Columns">Columns.</param>
/// <param name="Start">Its first values.</param>
internal readonly record struct ParameterShape(string Name, int Rows, int Columns, ParameterStart Start)
{
    /// <summary>A matrix of weights.</summary>
    public static ParameterShape Weights(string name, int rows, int columns) =>
        new(name, rows, columns, ParameterStart.Normal);

    /// <summary>A bias: a vector.</summary>
    public static ParameterShape Bias(string name, int length) => new(name, 1, length, ParameterStart.Zeros);

    /// <summary>The gain of a layer norm: a vector.</summary>
    public static ParameterShape Gain(string name, int length) => new(name, 1, length, ParameterStart.Ones);

    /// <summary>The vectors of all words, which every network has.</summary>
    public static ParameterShape WordVectors(CaptioningOptions options) =>
        new("W_embed", options.VocabularySize, options.WordVectorSize, ParameterStart.SmallNormal);
}

/// <summary>How a parameter starts.</summary>
internal enum ParameterStart
{
    /// <summary>Normal with standard deviation 1/√rows, that is 1/√(fan-in).</summary>
    Normal,

    /// <summary>Normal with standard deviation 1/100.</summary>
    SmallNormal,

    /// <summary>Zeros.</summary>
    Zeros,

    /// <summary>Ones.</summary>
    Ones,
}
