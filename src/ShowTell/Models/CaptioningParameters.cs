using System.Numerics;
using System.Numerics.Tensors;
using ShowTell.Layers;
using ShowTell.Numerics;

namespace ShowTell.Models;

/// <summary>
/// All weights of a captioning model under the exercise's names, or anything of their shape: their gradients, or what
/// an optimizer remembers of them.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class CaptioningParameters<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Makes parameters of zero.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size of the options is not positive.</exception>
    public CaptioningParameters(CaptioningOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        WProj = new Matrix<T>(options.FeatureSize, options.HiddenSize);
        BProj = new Matrix<T>(1, options.HiddenSize);
        WEmbed = new Matrix<T>(options.VocabularySize, options.WordVectorSize);
        Recurrent = new RecurrentWeights<T>(options.WordVectorSize, options.HiddenSize, options.Gates);
        WVocab = new Matrix<T>(options.HiddenSize, options.VocabularySize);
        BVocab = new Matrix<T>(1, options.VocabularySize);
        All =
        [
            ("W_proj", WProj), ("b_proj", BProj), ("W_embed", WEmbed), ("Wx", Recurrent.Wx), ("Wh", Recurrent.Wh),
            ("b", Recurrent.B), ("W_vocab", WVocab), ("b_vocab", BVocab),
        ];
    }

    /// <summary>Features to first hidden state, D x H.</summary>
    public Matrix<T> WProj { get; }

    /// <summary>Bias of the first hidden state, 1 x H.</summary>
    public Matrix<T> BProj { get; }

    /// <summary>Vectors of the words, V x W.</summary>
    public Matrix<T> WEmbed { get; }

    /// <summary>Wx, Wh and b of the recurrent layer.</summary>
    public RecurrentWeights<T> Recurrent { get; }

    /// <summary>Hidden state to scores, H x V.</summary>
    public Matrix<T> WVocab { get; }

    /// <summary>Bias of the scores, 1 x V.</summary>
    public Matrix<T> BVocab { get; }

    /// <summary>Every parameter with the exercise's name; biases have one row.</summary>
    public IReadOnlyList<(string Name, Matrix<T> Value)> All { get; }

    /// <summary>
    /// The usual random start: normal weights with standard deviation 1/√(rows), that is 1/√(fan-in); normal word
    /// vectors with 1/100; zero biases. Draws are taken in the order of <see cref="All"/>.
    /// </summary>
    public void Initialize(SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(random);
        foreach ((string name, Matrix<T> value) in All)
        {
            if (IsBias(name))
            {
                value.Span.Clear();
            }
            else
            {
                double deviation = name == "W_embed" ? 0.01 : 1 / Math.Sqrt(value.Rows);
                value.CopyFrom(Matrix.Normal<T>(random, value.Rows, value.Columns, deviation));
            }
        }
    }

    /// <summary>Copies all values of parameters of the same shapes.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public void CopyFrom(CaptioningParameters<T> source)
    {
        ArgumentNullException.ThrowIfNull(source);
        for (int i = 0; i < All.Count; i++)
        {
            All[i].Value.CopyFrom(source.All[i].Value);
        }
    }

    /// <summary>Whether every value is a finite number.</summary>
    public bool AreFinite()
    {
        foreach ((_, Matrix<T> value) in All)
        {
            if (!TensorPrimitives.IsFiniteAll<T>(value.Span))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Checks that these are parameters of a model of these options.</summary>
    /// <exception cref="ArgumentException">They are not.</exception>
    internal void RequireSizes(CaptioningOptions options)
    {
        MatrixShape.Require<T>(WProj, options.FeatureSize, options.HiddenSize, nameof(WProj));
        MatrixShape.Require<T>(WEmbed, options.VocabularySize, options.WordVectorSize, nameof(WEmbed));
        MatrixShape.Require<T>(
            Recurrent.Wx, options.WordVectorSize, options.Gates * options.HiddenSize, nameof(Recurrent.Wx));
    }

    /// <summary>Whether the parameter of that name is a bias: a vector, not a matrix.</summary>
    public static bool IsBias(string name) => name is "b" or "b_proj" or "b_vocab";
}
