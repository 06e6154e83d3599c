using System.CommandLine;
using System.Globalization;
using ShowTell.Data;
using ShowTell.Models;

namespace ShowTell.Cli.Support;

/// <summary>The options of training that say what a new model is made of.</summary>
internal sealed class ModelFlags
{
    /// <summary>Beyond this a single matrix of the model would be too large for an array.</summary>
    private const int GreatestSize = 16_384;

    private readonly Option<string> _architecture = Options.OneOf(
        "--architecture",
        "recurrent|attention",
        "The network: attention looks at the places of a grid word by word.",
        "recurrent",
        "recurrent",
        "attention");

    private readonly Option<string> _attention = Options.OneOf(
        "--attention",
        "dot|additive",
        "How attention scores places: by dot products, or by a small network.",
        "dot",
        "dot",
        "additive");

    private readonly Option<string> _cell =
        Options.OneOf("--cell", "rnn|lstm|gru", "The recurrent layer.", "lstm", "rnn", "lstm", "gru");

    private readonly Option<int> _layers = Options.Positive(
        "--layers", "Recurrent layers, one upon the other.", 1, CaptioningOptions.MostLayers);

    private readonly Option<int> _hidden =
        Options.Positive("--hidden", "Elements of the hidden state.", 512, GreatestSize);

    private readonly Option<int> _wordVector =
        Options.Positive("--wordvec", "Elements of a word's vector.", 256, GreatestSize);

    private readonly Option<bool> _imageCell = new("--image-cell")
    {
        Description = "Let the first cell state of an LSTM come from the image too, not only the hidden state.",
    };

    private readonly Option<bool> _tieEmbeddings = new("--tie-embeddings")
    {
        Description = "Score words with their own vectors; --wordvec must be --hidden.",
    };

    private readonly Option<string> _tokens =
        Options.OneOf("--tokens", "word|char", "What captions are made of.", "word", "word", "char");

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        Option[] all =
            [_architecture, _attention, _cell, _layers, _hidden, _wordVector, _imageCell, _tieEmbeddings, _tokens];
        Array.ForEach(all, command.Add);
    }

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
    public CaptioningOptions Read(ParseResult result, CaptionDataset dataset) =>
        TrainingRequest.UsualModel(dataset) with
        {
            Architecture = Architecture(result),
            Attention = Enum.Parse<AttentionScore>(result.GetRequiredValue(_attention), ignoreCase: true),
            Cell = Enum.Parse<CellKind>(result.GetRequiredValue(_cell), ignoreCase: true),
            HiddenSize = result.GetValue(_hidden),
            WordVectorSize = result.GetValue(_wordVector),
            Layers = result.GetValue(_layers),
            ImageCell = result.GetValue(_imageCell),
            TieEmbeddings = result.GetValue(_tieEmbeddings),
        };

    /// <summary>Checks that the options fit each other.</summary>
    /// <exception cref="PairingException">They do not.</exception>
    public void RequireFitting(ParseResult result)
    {
        if (Architecture(result) == Models.Architecture.Attention
            && (result.GetValue(_cell) != "lstm" || result.GetValue(_layers) > 1 || result.GetValue(_imageCell)))
        {
            throw new PairingException(
                "--architecture attention is one layer of an LSTM whose states begin with the image: "
                + "it excludes --cell, --layers and --image-cell.");
        }

        if (Architecture(result) != Models.Architecture.Attention && result.GetValue(_attention) != "dot")
        {
            throw new PairingException(
                $"--attention {result.GetValue(_attention)} needs --architecture attention; it is "
                + $"{result.GetValue(_architecture)}.");
        }

        int words = result.GetValue(_wordVector), hidden = result.GetValue(_hidden);
        if (result.GetValue(_tieEmbeddings) && words != hidden)
        {
            throw new PairingException(string.Create(
                CultureInfo.InvariantCulture,
                $"--tie-embeddings needs --wordvec and --hidden to be the same; they are {words} and {hidden}."));
        }

        if (result.GetValue(_imageCell) && result.GetValue(_cell) != "lstm")
        {
            throw new PairingException($"--image-cell needs --cell lstm; it is {result.GetValue(_cell)}.");
        }
    }
}
