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
    private readonly Matrix<T> _scores = new(0, 0);
    private readonly StepJob _job;

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
        _job = new StepJob(this);
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
    /// <returns>The scores of all words, N x V, which stay until the next call.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or an id is not in [0, V).</exception>
    public MatrixSpan<T> Step(DecodingState<T> state, ReadOnlySpan<int> words)
    {
        ArgumentNullException.ThrowIfNull(state);
        MatrixShape.RequireLength(words.Length, state.Count, nameof(words));
        Project(words);
        _job.Run(state, words);
        state.Advance();
        return _scores;
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

    /// <summary>One step; each part has its own captions, so that threads meet once a step.</summary>
    private sealed class StepJob(InferenceModel<T> model) : WorkerJob
    {
        /// <summary>With fewer captions than this for each thread, threads share products instead.</summary>
        private const int LeastCaptions = 8;

        private DecodingState<T>? _state;
        private Matrix<T>? _nextH;
        private int[] _words = [];
        private int _parts;

        public void Run(DecodingState<T> state, ReadOnlySpan<int> words)
        {
            (_state, _nextH) = (state, state.NextH());
            if (_words.Length < words.Length)
            {
                _words = new int[words.Length];
            }

            words.CopyTo(_words);
            model._activations.Reshape(words.Length, model._projections.Columns);
            model._scores.Reshape(words.Length, model.Options.VocabularySize);
            _parts = Math.Clamp(words.Length / LeastCaptions, 1, Workers.Count);
            Workers.Run(this, _parts);
        }

        public override void Run(int part)
        {
            (int start, int end) = Share(_state!.Count, part, _parts);
            int count = end - start;
            MatrixSpan<T> h = _state.H.RowBlock(start, count), nextH = _nextH!.RowBlock(start, count);
            ReadOnlySpan<int> words = _words.AsSpan(start, count);
            switch (model.Options.Cell)
            {
                case CellKind.Rnn:
                    WordEmbedding.Forward<T>(words, model._projections, nextH);
                    Rnn.StepForwardProjected(h, model._wh, nextH);
                    break;
                case CellKind.Lstm:
                    MatrixSpan<T> c = _state.C.RowBlock(start, count);
                    MatrixSpan<T> gates = model._activations.RowBlock(start, count);
                    WordEmbedding.Forward<T>(words, model._projections, gates);
                    Lstm.StepForwardProjected(h, c, model._wh, gates, c, nextH);
                    break;
            }

            MatrixSpan<T> scores = model._scores.RowBlock(start, count);
            Affine.Forward(nextH, model._wVocab, model._parameters.BVocab.Span, scores);
        }
    }
}
