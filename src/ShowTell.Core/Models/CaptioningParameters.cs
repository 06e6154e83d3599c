using ShowTell.Layers;

namespace ShowTell.Models;

/// <summary>
/// All weights of a captioning model, by the exercises' names where they have them; or values of the same shapes, such
/// as gradients.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class CaptioningParameters<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ParameterSpec[] _specs;
    private readonly Dictionary<string, Matrix<T>> _byName = [];

    /// <summary>Creates parameters of zero.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
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

    /// <summary>All parameters, in file order.</summary>
    public IReadOnlyList<Parameter<T>> All { get; }

    /// <summary>
    /// Features to the initial hidden state of the first recurrent layer, D x H; with attention or in a transformer,
    /// features of a region to what words attend to, D/P x H.
    /// </summary>
    public Matrix<T> WProj => this["W_proj"];

    /// <summary>The bias of <see cref="WProj"/>, 1 x H.</summary>
    public Matrix<T> BProj => this["b_proj"];

    /// <summary>The word vectors, V x W.</summary>
    public Matrix<T> WEmbed { get; }

    /// <summary>Wx, Wh and b of the first recurrent layer.</summary>
    public RecurrentWeights<T> Recurrent => RecurrentLayers[0];

    /// <summary>Wx, Wh and b of each recurrent layer.</summary>
    public IReadOnlyList<RecurrentWeights<T>> RecurrentLayers { get; }

    /// <summary>The weights of each layer of a transformer.</summary>
    internal IReadOnlyList<TransformerWeights<T>> TransformerLayers { get; }

    /// <summary>Hidden state to scores, H x V.</summary>
    /// <exception cref="KeyNotFoundException">The embeddings are tied: it is W_embedᵀ.</exception>
    public Matrix<T> WVocab => this["W_vocab"];

    /// <summary>The bias of the scores, 1 x V.</summary>
    public Matrix<T> BVocab => this["b_vocab"];

    /// <summary>A parameter by its name.</summary>
    /// <exception cref="KeyNotFoundException">The model has no such parameter.</exception>
    public Matrix<T> this[string name] => _byName[name];

    /// <summary>
    /// Sets random initial values in the order of <see cref="All"/>: normal weights with standard deviation
    /// 1/√(fan-in), normal word vectors and attention's W_proj with 1/100; biases are 0, gains 1.
    /// </summary>
    public void Initialize(SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(random);
        foreach (ParameterSpec spec in _specs)
        {
            spec.Initialize(this[spec.Name], random);
        }
    }

    /// <summary>Copies all values from parameters of the same shapes.</summary>
    /// <exception cref="ArgumentException">Shapes differ.</exception>
    public void CopyFrom(CaptioningParameters<T> source)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (!_specs.AsSpan().SequenceEqual(source._specs))
        {
            throw new ArgumentException("These are parameters of another model.", nameof(source));
        }

        for (int i = 0; i < All.Count; i++)
        {
            All[i].Value.CopyFrom(source.All[i].Value);
        }
    }

    /// <summary>Whether all values are finite.</summary>
    public bool AreFinite() => FindNotFinite() is null;

    /// <summary>The name of the first parameter with NaN or infinity; null if all values are finite.</summary>
    public string? FindNotFinite()
    {
        foreach ((string name, Matrix<T> value) in All)
        {
            if (!TensorPrimitives.IsFiniteAll<T>(value.Span))
            {
                return name;
            }
        }

        return null;
    }

    /// <summary>Checks that these are parameters of a model with these options.</summary>
    /// <exception cref="ArgumentException">They are not.</exception>
    internal void EnsureCompatible(CaptioningOptions options)
    {
        foreach ((ParameterSpec needed, ParameterSpec found) in ParameterSpecs.Of(options).Zip(_specs))
        {
            if (needed != found)
            {
                throw new ArgumentException(
                    $"{found.Name} is {found.Rows} x {found.Columns}; "
                    + $"expected {needed.Name} of {needed.Rows} x {needed.Columns}.",
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
                    ? new AdditiveScoreWeights<T>(key, this["bkey" + layer], this["Wquery" + layer], this["v" + layer])
                    : null);
        }
    }
}

/// <summary>Counts parameters without allocating them.</summary>
public static class CaptioningParameters
{
    /// <summary>The number of weights and biases of a model with these options.</summary>
    /// <exception cref="OverflowException">A size exceeds 32 bits.</exception>
    public static long CountOf(CaptioningOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return ParameterSpecs.Of(options).Sum(spec => (long)spec.Rows * spec.Columns);
    }
}
