namespace ShowTell.Cli.Options;

/// <summary>The options of training that describe a new model.</summary>
internal sealed class ModelFlags
{
    /// <summary>Beyond this a single matrix of the model would be too large for an array.</summary>
    private const int MaxSize = 16_384;

    /// <summary>The defaults, for any dataset.</summary>
    private static readonly CaptioningOptions s_defaults = new() { FeatureSize = 1, VocabularySize = 1 };

    private readonly Option<string> _architecture = NewOption.OneOf(
        "--architecture",
        "recurrent|attention|transformer",
        "The decoder: attention (an LSTM) and transformer attend to the regions of a feature grid at each word.",
        "recurrent");

    private readonly Option<string> _attention = NewOption.OneOf(
        "--attention",
        "dot|additive",
        "How attention scores regions: by dot products, or by a small network.",
        "dot");

    private readonly Option<string> _cell = NewOption.OneOf("--cell", "rnn|lstm|gru", "The recurrent layer.", "lstm");

    private readonly Option<int> _layers = NewOption.Positive(
        "--layers", "Stacked layers; attention has one.", s_defaults.Layers);

    private readonly Option<int> _hidden = NewOption.Positive(
        "--hidden", "Size of the hidden state.", s_defaults.HiddenSize, MaxSize);

    private readonly Option<int> _wordVector = NewOption.Positive(
        "--wordvec", "Size of a word vector. [default: 256; --hidden in a transformer]", max: MaxSize);

    private readonly Option<int> _heads = NewOption.Positive(
        "--heads", "Heads of each attention of a transformer; a divisor of --hidden. [default: 8]", max: MaxSize);

    private readonly Option<int> _feedForward = NewOption.Positive(
        "--feed-forward", "Size of a transformer's feed-forward layers. [default: 2048]", max: MaxSize);

    private readonly Option<bool> _imageCell = NewOption.Flag(
        "--image-cell", "Compute the initial cell state of an LSTM from the image too, not only the hidden state.");

    private readonly Option<bool> _tieEmbeddings = NewOption.Flag(
        "--tie-embeddings", "Score words with their own vectors; --wordvec must equal --hidden.");

    private readonly Option<string> _tokens = SharedOptions.Tokens();

    private readonly Option<bool> _learnUnknown = NewOption.Flag(
        "--learn-unknown",
        $"Learn {Vocabulary.Unknown} as a word, so that captions may have it. Without, words outside the vocabulary do "
        + "not count in the loss. [default: only with --max-train]");

    public ModelFlags()
    {
        _heads.Needing(_architecture, "transformer");
        _feedForward.Needing(_architecture, "transformer");
    }

    public IEnumerable<Option> All =>
    [
        _architecture, _attention, _cell, _layers, _hidden, _wordVector, _heads, _feedForward, _imageCell,
        _tieEmbeddings, _tokens, _learnUnknown,
    ];

    /// <summary>Whether tokens are characters rather than words.</summary>
    public bool HasCharacters(ParseResult result) => result.GetValue(_tokens) == "char";

    /// <summary>The <see cref="CaptioningOptions.UnknownId"/>; by default, unknown words are learned where the model is
    /// to overfit a few captions.</summary>
    public int? UnknownId(ParseResult result, Vocabulary vocabulary, bool all) =>
        result.Given(_learnUnknown) ?? !all ? null : vocabulary.UnknownId;

    /// <summary>The model, but for what its dataset decides: the sizes of features and vocabulary.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Options are out of range or incompatible.</exception>
    public CaptioningOptions Read(ParseResult result)
    {
        Architecture architecture = result.Parse<Architecture>(_architecture);
        int hidden = result.GetValue(_hidden);
        CaptioningOptions model = s_defaults with
        {
            Architecture = architecture,
            Attention = result.Parse<AttentionScore>(_attention),
            Cell = result.Parse<CellKind>(_cell),
            HiddenSize = hidden,
            WordVectorSize = result.Given(_wordVector)
                ?? (architecture == Architecture.Transformer ? hidden : s_defaults.WordVectorSize),
            Heads = result.Given(_heads) ?? s_defaults.Heads,
            FeedForwardSize = result.Given(_feedForward) ?? s_defaults.FeedForwardSize,
            Layers = result.GetValue(_layers),
            CellFromImage = result.GetValue(_imageCell),
            TieEmbeddings = result.GetValue(_tieEmbeddings),
        };
        model.Validate();
        return model;
    }
}
