using System.Numerics;
using ShowTell.Layers;
using ShowTell.Numerics;

namespace ShowTell.Models;

/// <summary>
/// A captioning model made ready to decode captions: its weights are packed once, and the product of a word's vector
/// with the input weights is computed when the word is first read and looked up afterwards. It is good for the weights
/// that the model had when this was made: after training on, make another one. Not thread-safe.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class InferenceModel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CaptioningParameters<T> _parameters;
    private readonly PackedMatrix<T> _wx = new();
    private readonly PackedMatrix<T> _wh = new();
    private readonly PackedMatrix<T> _wVocab = new();

    /// <summary>x Wx + b of every word that was read so far, V x G·H.</summary>
    private readonly Matrix<T> _projections;
    private readonly bool[] _isProjected;
    private readonly int[] _newWords;
    private readonly Matrix<T> _newVectors = new(0, 0);
    private readonly Matrix<T> _newProjections = new(0, 0);
    private readonly Matrix<T> _activations = new(0, 0);

    /// <summary>Makes a model ready.</summary>
    public InferenceModel(CaptioningModel<T> model)
    {
        ArgumentNullException.ThrowIfNull(model);
        Options = model.Options;
        _parameters = model.Parameters;
        _wx.Pack(_parameters.Recurrent.Wx);
        _wh.Pack(_parameters.Recurrent.Wh);
        _wVocab.Pack(_parameters.WVocab);
        _projections = new Matrix<T>(Options.VocabularySize, Options.Gates * Options.HiddenSize);
        _isProjected = new bool[Options.VocabularySize];
        _newWords = new int[Options.VocabularySize];
    }

    /// <summary>Sizes, cell and markers.</summary>
    public CaptioningOptions Options { get; }

    /// <summary>The state from which the captions of these images begin.</summary>
    /// <param name="features">Features of the images, N x D.</param>
    /// <exception cref="ArgumentException">The features do not fit the model.</exception>
    public DecodingState<T> Begin(ReadOnlyMatrixSpan<T> features)
    {
        var state = new DecodingState<T>(Options, features.Rows);
        Affine.Forward(features, _parameters.WProj, _parameters.BProj.Span, state.H);
        return state;
    }

    /// <summary>Reads one more word of every caption and scores what may follow.</summary>
    /// <param name="state">The state so far; becomes the state after these words.</param>
    /// <param name="words">The next word of each caption, N ids.</param>
    /// <param name="scores">Takes the scores of all words, N x V.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or an id is not in [0, V).</exception>
    public void Step(DecodingState<T> state, ReadOnlySpan<int> words, MatrixSpan<T> scores)
    {
        ArgumentNullException.ThrowIfNull(state);
        MatrixShape.RequireLength(words.Length, state.Count, nameof(words));
        MatrixShape.Require<T>(scores, state.Count, Options.VocabularySize, nameof(scores));
        Project(words);
        _activations.Reshape(words.Length, _projections.Columns);
        WordEmbedding.Forward<T>(words, _projections, _activations);
        Matrix<T> nextH = state.NextH();
        switch (Options.Cell)
        {
            case CellKind.Rnn:
                ((ReadOnlyMatrixSpan<T>)_activations).CopyTo(nextH);
                Rnn.StepForwardProjected(state.H, _wh, nextH);
                break;
            case CellKind.Lstm:
                Lstm.StepForwardProjected(state.H, state.C, _wh, _activations, state.C, nextH);
                break;
        }

        state.Advance();
        Affine.Forward(state.H, _wVocab, _parameters.BVocab.Span, scores);
    }

    /// <summary>Computes the projections of words that are read for the first time.</summary>
    private void Project(ReadOnlySpan<int> words)
    {
        int count = 0;
        foreach (int word in words)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(
                (uint)word, (uint)Options.VocabularySize, nameof(words));
            if (!_isProjected[word] && !_newWords.AsSpan(0, count).Contains(word))
            {
                _newWords[count++] = word;
            }
        }

        if (count == 0)
        {
            return;
        }

        _newVectors.Reshape(count, Options.WordVectorSize);
        _newProjections.Reshape(count, _projections.Columns);
        WordEmbedding.Forward<T>(_newWords.AsSpan(0, count), _parameters.WEmbed, _newVectors);
        Affine.Forward(_newVectors, _wx, _parameters.Recurrent.B.Span, _newProjections);
        for (int i = 0; i < count; i++)
        {
            _newProjections.Row(i).CopyTo(_projections.Row(_newWords[i]));
            _isProjected[_newWords[i]] = true;
        }
    }
}
