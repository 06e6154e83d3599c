namespace ShowTell.Models;

/// <summary>The kind of a parameter, which determines weight decay, initialization and shape in files.</summary>
public enum ParameterKind
{
    /// <summary>A matrix that inputs are multiplied by.</summary>
    Weight,

    /// <summary>A vector that is added.</summary>
    Bias,

    /// <summary>A vector that is multiplied elementwise.</summary>
    Gain,

    /// <summary>A matrix with one row per word.</summary>
    Embedding,
}

/// <summary>A parameter of a model, or values of its shape, such as its gradient.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <param name="Name">The name in model files.</param>
/// <param name="Kind">The kind.</param>
/// <param name="Value">The values; a vector has one row.</param>
public readonly record struct Parameter<T>(string Name, ParameterKind Kind, Matrix<T> Value)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Whether it is a vector rather than a matrix.</summary>
    public bool IsVector => Kind is ParameterKind.Bias or ParameterKind.Gain;

    /// <summary>The dimensions in model files.</summary>
    internal long[] Shape => IsVector ? [Value.Columns] : [Value.Rows, Value.Columns];

    /// <summary>Name and values.</summary>
    public void Deconstruct(out string name, out Matrix<T> value) => (name, value) = (Name, Value);
}

/// <summary>The name, kind and shape of a parameter.</summary>
/// <param name="Name">The name in model files.</param>
/// <param name="Kind">The kind.</param>
/// <param name="Rows">The number of rows; 1 for a vector.</param>
/// <param name="Columns">The number of columns.</param>
/// <param name="Deviation">The standard deviation of the initial values; 0 for a constant.</param>
internal readonly record struct ParameterSpec(
    string Name, ParameterKind Kind, int Rows, int Columns, double Deviation = 0)
{
    /// <summary>The standard deviation of embeddings, and of weights that should be small initially.</summary>
    public const double SmallDeviation = 0.01;

    /// <summary>The dimensions in model files.</summary>
    public long[] Shape => Kind is ParameterKind.Bias or ParameterKind.Gain ? [Columns] : [Rows, Columns];

    /// <summary>A weight matrix with initial standard deviation 1/√rows, that is 1/√(fan-in).</summary>
    public static ParameterSpec Weight(string name, int rows, int columns) =>
        new(name, ParameterKind.Weight, rows, columns, 1 / Math.Sqrt(rows));

    /// <summary>A bias, initially 0.</summary>
    public static ParameterSpec Bias(string name, int length) => new(name, ParameterKind.Bias, 1, length);

    /// <summary>The gain of a layer norm, initially 1.</summary>
    public static ParameterSpec Gain(string name, int length) => new(name, ParameterKind.Gain, 1, length);

    /// <summary>The word vectors.</summary>
    public static ParameterSpec WordVectors(CaptioningOptions options) =>
        new("W_embed", ParameterKind.Embedding, options.VocabularySize, options.WordVectorSize, SmallDeviation);

    /// <summary>Sets the initial values.</summary>
    public void Initialize<T>(Matrix<T> value, SeededRandom random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Kind is ParameterKind.Bias or ParameterKind.Gain)
        {
            value.Span.Fill(Kind == ParameterKind.Gain ? T.One : T.Zero);
        }
        else
        {
            value.CopyFrom(Matrix.Normal<T>(random, Rows, Columns, Deviation));
        }
    }
}
