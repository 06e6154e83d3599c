using ShowTell.Data;
using ShowTell.Models;

namespace ShowTell.Cli.Support;

/// <summary>The options of training that say what a new model is made of.</summary>
internal sealed class ModelFlags
{
    /// <summary>Beyond this a single matrix of the model would be too large for an array.</summary>
    private const int GreatestSize = 16_384;

    private static readonly CaptioningOptions s_usual = new() { FeatureSize = 1, VocabularySize = 1 };

    private readonly Option<string> _architecture = Options.OneOf(
        "--architecture",
        "recurrent|attention|transformer",
        "The network: attention (an LSTM) and transformer look at the places of a grid word by word.",
        "recurrent");

    private readonly Option<string> _attention = Options.OneOf(
        "--attention", "dot|additive", "How attention scores places: by dot products, or by a small network.", "dot");

    private readonly Option<string> _cell = Options.OneOf("--cell", "rnn|lstm|gru", "The recurrent layer.", "lstm");

    private readonly Option<int> _layers = Options.Positive(
        "--layers", "Layers, one upon the other; attention has one.", 1, CaptioningOptions.MaxLayers);

    private readonly Option<int> _hidden =
        Options.Positive("--hidden", "Elements of the hidden state.", 512, GreatestSize);

    private readonly Option<int> _wordVector = Options.Positive(
        "--wordvec", "Elements of a word's vector. [default: 256; --hidden in a transformer]", null, GreatestSize);

    private readonly Option<int> _heads = Options.Positive(
        "--heads", "Heads of each attention of a transformer; they divide --hidden. [default: 8]", null, GreatestSize);

    private readonly Option<int> _feedForward = Options.Positive(
        "--feed-forward", "Elements within a transformer's feed-forward layers. [default: 2048]", null, GreatestSize);

    private readonly Option<bool> _imageCell = new("--image-cell")
    {
        Description = "Let the first cell state of an LSTM come from the image too, not only the hidden state.",
    };

    private readonly Option<bool> _tieEmbeddings = new("--tie-embeddings")
    {
        Description = "Score words with their own vectors; --wordvec must be --hidden.",
    };

    private readonly Option<string> _tokens =
        Options.OneOf("--tokens", "word|char", "What captions are made of.", "word");

    public IEnumerable<Option> All =>
    [
        _architecture, _attention, _cell, _layers, _hidden, _wordVector, _heads, _feedForward, _imageCell,
        _tieEmbeddings, _tokens,
    ];

    /// <summary>The network that is asked for.</summary>
    public Architecture Architecture(ParseResult result) =>
        Enum.Parse<Architecture>(result.GetRequiredValue(_architecture), ignoreCase: true);

    /// <summary>Checks that a network has the features that it needs.</summary>
    /// <exception cref="DataException">It has not.</exception>
    public static void RequireGrid(CaptionDataset dataset, Architecture architecture)
    {
        if (architecture == Models.Architecture.Attention && dataset.Places == 1)
        {
            throw new DataException(
                $"{dataset.Train.Features.Origin}: has one vector an image; --architecture attention needs features of "
                + "the places of a grid. Make them by: showtell features DATASET --backbone NET --grid 7 "
                + "--standardize");
        }
    }

    /// <summary>The dataset as the model sees it: its captions in words, or in characters.</summary>
    public CaptionDataset TokensOf(ParseResult result, CaptionDataset words) =>
        result.GetValue(_tokens) == "char" ? words.WithCharacterTokens() : words;

    /// <summary>The model that is asked for.</summary>
    public CaptioningOptions Read(ParseResult result, CaptionDataset dataset)
    {
        CaptioningOptions usual = TrainingRun.UsualModel(dataset);
        return usual with
        {
            Architecture = Architecture(result),
            Attention = Enum.Parse<AttentionScore>(result.GetRequiredValue(_attention), ignoreCase: true),
            Cell = Enum.Parse<CellKind>(result.GetRequiredValue(_cell), ignoreCase: true),
            HiddenSize = result.GetValue(_hidden),
            WordVectorSize = WordVector(result),
            Heads = result.Given(_heads) ?? usual.Heads,
            FeedForwardSize = result.Given(_feedForward) ?? usual.FeedForwardSize,
            Layers = result.GetValue(_layers),
            ImageCell = result.GetValue(_imageCell),
            TieEmbeddings = result.GetValue(_tieEmbeddings),
        };
    }

    /// <summary>Checks that the options fit each other.</summary>
    /// <exception cref="IncompatibleException">They do not.</exception>
    public void RequireFitting(ParseResult result)
    {
        string architecture = result.GetRequiredValue(_architecture), cell = result.GetRequiredValue(_cell);
        bool isAttention = architecture == "attention", isTransformer = architecture == "transformer";
        bool hasOwnCell = cell != "lstm" || result.GetValue(_imageCell);
        int heads = result.Given(_heads) ?? s_usual.Heads;
        int hidden = result.GetValue(_hidden), words = WordVector(result);
        string? problem =
            isAttention && (hasOwnCell || result.GetValue(_layers) > 1)
                ? "--architecture attention is one layer of an LSTM whose states begin with the image: "
                    + "it excludes --cell, --layers and --image-cell."
            : !isAttention && result.GetValue(_attention) != "dot"
                ? $"--attention {result.GetValue(_attention)} needs --architecture attention; it is {architecture}."
            : !isTransformer && (result.Given(_heads) ?? result.Given(_feedForward)) is not null
                ? "--heads and --feed-forward need --architecture transformer."
            : isTransformer && hasOwnCell
                ? "--architecture transformer has no recurrent cell: it excludes --cell and --image-cell."
            : isTransformer && hidden % heads != 0
                ? $"--heads must divide --hidden, {hidden}; there are {heads}."
            : isTransformer && words != hidden
                ? $"--architecture transformer needs --wordvec to be --hidden, {hidden}; it is {words}."
            : result.GetValue(_tieEmbeddings) && words != hidden
                ? $"--tie-embeddings needs --wordvec and --hidden to be the same; they are {words} and {hidden}."
            : result.GetValue(_imageCell) && cell != "lstm"
                ? $"--image-cell needs --cell lstm; it is {cell}."
            : null;
        if (problem is not null)
        {
            throw new IncompatibleException(problem);
        }
    }

    private int WordVector(ParseResult result) => result.Given(_wordVector)
        ?? (Architecture(result) == Models.Architecture.Transformer
            ? result.GetValue(_hidden)
            : s_usual.WordVectorSize);
}
