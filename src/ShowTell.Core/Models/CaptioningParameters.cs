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
    private readonly ParameterSpec[] _specs;
    private readonly Dictionary<string, Matrix<T>> _byName = [];

    /// <summary>Makes parameters of zero.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public CaptioningParameters(CaptioningOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _specs = [.. ParameterSpecs.Of(options)];
        foreach (ParameterSpec spec in _specs)
        {
            _byName.Add(spec.Name, new Matrix<T>(spec.Rows, spec.Columns));
        }

        All = [.. _specs.Select(spec => new Parameter<T>(spec.Name, spec.Kind, _byName[spec.Name]))];
        WEmbed = _byName["W_embed"];
        RecurrentLayers = [.. RecurrentLayersByName()];
        TransformerLayers = options.Architecture == Architecture.Transformer
            ? [.. Enumerable.Range(0, options.Layers).Select(i => new TransformerWeights<T>(_byName, i))]
            : [];
    }

    /// <summary>All parameters by name.</summary>
    internal IReadOnlyDictionary<string, Matrix<T>> ByName => _byName;

    /// <summary>All parameters, in their order in files.</summary>
    public IReadOnlyList<Parameter<T>> All { get; }

    /// <summary>
    /// Features to the initial hidden state of the first recurrent layer, D x H. With attention and in a transformer,
    /// features of a region to what is attended to, D/P x H.
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
    /// Sets random initial values: normal weights with standard deviation 1/√(rows), that is 1/√(fan-in); normal word
    /// vectors, and W_proj of attention, with 1/100; zero biases, gains of one. Draws are taken in the order of
    /// <see cref="All"/>.
    /// </summary>
    public void Initialize(SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(random);
        foreach (ParameterSpec spec in _specs)
        {
            spec.Initialize(this[spec.Name], random);
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
    internal void EnsureCompatible(CaptioningOptions options)
    {
        foreach ((ParameterSpec needed, ParameterSpec found) in ParameterSpecs.Of(options).Zip(_specs))
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

    private IEnumerable<RecurrentWeights<T>> RecurrentLayersByName()
    {
        for (int i = 0; _byName.TryGetValue("Wx" + ParameterSpecs.Suffix(i), out Matrix<T>? wx); i++)
        {
            string layer = ParameterSpecs.Suffix(i);
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

/// <summary>The parameters of a model that need not exist.</summary>
public static class CaptioningParameters
{
    /// <summary>The number of weights and biases of a model of these options.</summary>
    /// <exception cref="OverflowException">A size is beyond 32 bits.</exception>
    public static long CountOf(CaptioningOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return ParameterSpecs.Of(options).Sum(spec => (long)spec.Rows * spec.Columns);
    }
}
