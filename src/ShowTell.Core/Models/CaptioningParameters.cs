using ShowTell.Layers;

namespace ShowTell.Models;

/// <summary>
/// All weights of a captioning model, under the exercise's names where it has them, or anything of their shape: their
/// gradients, or what an optimizer remembers of them.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class CaptioningParameters<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ParameterShape[] _shapes;
    private readonly Dictionary<string, Matrix<T>> _byName = [];

    /// <summary>Makes parameters of zero.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public CaptioningParameters(CaptioningOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _shapes = [.. CaptionNetwork.Shapes(options)];
        foreach (ParameterShape shape in _shapes)
        {
            _byName.Add(shape.Name, new Matrix<T>(shape.Rows, shape.Columns));
        }

        All = [.. _shapes.Select(shape => (shape.Name, _byName[shape.Name]))];
        WEmbed = _byName["W_embed"];
        RecurrentLayers = [.. RecurrentLayersByName()];
        TransformerLayers = options.Architecture == Architecture.Transformer
            ? [.. Enumerable.Range(0, options.Layers).Select(i => new TransformerWeights<T>(this, i))]
            : [];
    }

    /// <summary>Every parameter with its name; biases have one row.</summary>
    public IReadOnlyList<(string Name, Matrix<T> Value)> All { get; }

    /// <summary>
    /// Features to first hidden state, D x H; of the first recurrent layer. With attention and in a transformer, those
    /// of a place to what is looked at, D/P x H.
    /// </summary>
    public Matrix<T> WProj => this["W_proj"];

    /// <summary>The bias that goes with it, 1 x H.</summary>
    public Matrix<T> BProj => this["b_proj"];

    /// <summary>Vectors of the words, V x W.</summary>
    public Matrix<T> WEmbed { get; }

    /// <summary>Wx, Wh and b of the first recurrent layer.</summary>
    public RecurrentWeights<T> Recurrent => RecurrentLayers[0];

    /// <summary>Wx, Wh and b of each recurrent layer.</summary>
    public IReadOnlyList<RecurrentWeights<T>> RecurrentLayers { get; }

    /// <summary>The weights of each layer of a transformer.</summary>
    internal IReadOnlyList<TransformerWeights<T>> TransformerLayers { get; }

    /// <summary>Hidden state to scores, H x V.</summary>
    /// <exception cref="KeyNotFoundException">It is W_embedᵀ, the embeddings being tied.</exception>
    public Matrix<T> WVocab => this["W_vocab"];

    /// <summary>Bias of the scores, 1 x V.</summary>
    public Matrix<T> BVocab => this["b_vocab"];

    /// <summary>A parameter by its name.</summary>
    /// <exception cref="KeyNotFoundException">The model has no such parameter.</exception>
    public Matrix<T> this[string name] => _byName[name];

    /// <summary>
    /// The usual random start: normal weights with standard deviation 1/√(rows), that is 1/√(fan-in); normal word
    /// vectors, and W_proj of attention, with 1/100; zero biases, gains of one. Draws are taken in the order of
    /// <see cref="All"/>.
    /// </summary>
    public void Initialize(SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(random);
        foreach (ParameterShape shape in _shapes)
        {
            Matrix<T> value = this[shape.Name];
            if (shape.Start is ParameterStart.Zeros or ParameterStart.Ones)
            {
                value.Span.Fill(shape.Start == ParameterStart.Ones ? T.One : T.Zero);
                continue;
            }

            double deviation = shape.Start == ParameterStart.Normal ? 1 / Math.Sqrt(value.Rows) : 0.01;
            value.CopyFrom(Matrix.Normal<T>(random, value.Rows, value.Columns, deviation));
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
    public bool AreFinite() => All.All(parameter => TensorPrimitives.IsFiniteAll<T>(parameter.Value.Span));

    /// <summary>Checks that these are parameters of a model of these options.</summary>
    /// <exception cref="ArgumentException">They are not.</exception>
    internal void RequireSizes(CaptioningOptions options)
    {
        foreach ((ParameterShape needed, ParameterShape found) in CaptionNetwork.Shapes(options).Zip(_shapes))
        {
            if (needed != found)
            {
                throw new ArgumentException(
                    $"{found.Name} is {found.Rows} x {found.Columns}; "
                    + $"{needed.Name} of {needed.Rows} x {needed.Columns} is needed.",
                    nameof(options));
            }
        }
    }

    /// <summary>
    /// Whether the parameter of that name is a vector, not a matrix: a bias, or the gain of a layer norm.
    /// </summary>
    public static bool IsVector(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name[0] is 'b' or 'g';
    }

    private IEnumerable<RecurrentWeights<T>> RecurrentLayersByName()
    {
        for (int i = 0; _byName.TryGetValue("Wx" + RecurrentLayer<T>.Suffix(i), out Matrix<T>? wx); i++)
        {
            string layer = RecurrentLayer<T>.Suffix(i);
            yield return new RecurrentWeights<T>(
                wx,
                this["Wh" + layer],
                this["b" + layer],
                _byName.GetValueOrDefault("bh" + layer),
                _byName.GetValueOrDefault("Wattn" + layer),
                _byName.TryGetValue("Wkey" + layer, out Matrix<T>? key)
                    ? new AdditiveScoreWeights<T>(
                        key, this["bkey" + layer], this["Wquery" + layer], this["v" + layer])
                    : null);
        }
    }
}
