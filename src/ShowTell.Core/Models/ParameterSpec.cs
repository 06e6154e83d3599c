namespace ShowTell.Models;

/// <summary>What a parameter is: weight decay, initialization and the shape in files follow from it.</summary>
public enum ParameterKind
{
    /// <summary>A matrix that others are multiplied by.</summary>
    Weight,

    /// <summary>A vector that is added.</summary>
    Bias,

    /// <summary>A vector that is multiplied by, element by element.</summary>
    Gain,

    /// <summary>A matrix with a row per word.</summary>
    Embedding,
}

/// <summary>A parameter of a model, or anything of its shape, such as its gradient.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <param name="Name">Its name in the model file.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Value">Its values; a vector has one row.</param>
public readonly record struct Parameter<T>(string Name, ParameterKind Kind, Matrix<T> Value)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Whether it is a vector rather than a matrix.</summary>
    public bool IsVector => Kind is ParameterKind.Bias or ParameterKind.Gain;

    /// <summary>Its name and values.</summary>
    public void Deconstruct(out string name, out Matrix<T> value) => (name, value) = (Name, Value);
}

/// <summary>A parameter before it has memory.</summary>
/// <param name="Name">Its name in the model file.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Rows">Number of rows; 1 for a vector.</param>
/// <param name="Columns">Number of columns.</param>
/// <param name="Deviation">Standard deviation of its initial values; 0 for a constant.</param>
internal readonly record struct ParameterSpec(
    string Name, ParameterKind Kind, int Rows, int Columns, double Deviation = 0)
{
    /// <summary>Standard deviation of embeddings, and of weights that should be small at first.</summary>
    public const double SmallDeviation = 0.01;

    /// <summary>A matrix of weights: 1/√rows, that is 1/√(fan-in), is its standard deviation.</summary>
    public static ParameterSpec Weight(string name, int rows, int columns) =>
        new(name, ParameterKind.Weight, rows, columns, 1 / Math.Sqrt(rows));

    /// <summary>A bias, zero at first.</summary>
    public static ParameterSpec Bias(string name, int length) => new(name, ParameterKind.Bias, 1, length);

    /// <summary>The gain of a layer norm, one at first.</summary>
    public static ParameterSpec Gain(string name, int length) => new(name, ParameterKind.Gain, 1, length);

    /// <summary>The word vectors.</summary>
    public static ParameterSpec WordVectors(CaptioningOptions options) =>
        new("W_embed", ParameterKind.Embedding, options.VocabularySize, options.WordVectorSize, SmallDeviation);

    /// <summary>Writes its initial values.</summary>
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
