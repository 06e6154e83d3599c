using System.Numerics;
using ShowTell.Layers;
using ShowTell.Numerics;

namespace ShowTell.Models;

/// <summary>
/// The exercises' captioning model: a recurrent language model whose first hidden state comes from the image.
/// <code>
/// h_0 = features W_proj + b_proj                     (and c_0 = 0)
/// x_t = W_embed[word_t]
/// h_t = cell(x_t, h_{t-1}; Wx, Wh, b)
/// scores_t = h_t W_vocab + b_vocab                   loss: -log softmax(scores_t)[word_{t+1}]
/// </code>
/// Not thread-safe: it keeps its work buffers from call to call.
/// </summary>
/// <typeparam name="T"><see cref="float"/> to train and use, <see cref="double"/> to check gradients.</typeparam>
public sealed class CaptioningModel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Workspace _work = new();

    /// <summary>Makes a model with random weights.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size of the options is not positive.</exception>
    public CaptioningModel(CaptioningOptions options, SeededRandom random)
        : this(options, new CaptioningParameters<T>(options)) =>
        Parameters.Initialize(random);

    /// <summary>Makes a model with given weights, which it shares.</summary>
    /// <exception cref="ArgumentException">The weights have other sizes than the options.</exception>
    public CaptioningModel(CaptioningOptions options, CaptioningParameters<T> parameters)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(parameters);
        parameters.RequireSizes(options);
        Options = options;
        Parameters = parameters;
    }

    /// <summary>Sizes, cell and markers.</summary>
    public CaptioningOptions Options { get; }

    /// <summary>The weights.</summary>
    public CaptioningParameters<T> Parameters { get; }

    /// <summary>
    /// The loss on a minibatch: each word of a caption is predicted from the image and the words before it. Summed over
    /// a caption's words, averaged over the captions; null tokens do not count.
    /// </summary>
    /// <param name="features">Features of the images, N x D.</param>
    /// <param name="captions">Ids of the captions, N x (T + 1), caption after caption.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or an id is not in [0, V).</exception>
    public double Loss(ReadOnlyMatrixSpan<T> features, ReadOnlySpan<int> captions)
    {
        Forward(features, captions);
        return LossOfScores(features.Rows);
    }

    /// <summary>The loss on a minibatch and the gradients of all parameters. Allocates nothing once warm.</summary>
    /// <param name="features">Features of the images, N x D.</param>
    /// <param name="captions">Ids of the captions, N x (T + 1), caption after caption.</param>
    /// <param name="gradients">Takes the gradients.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or an id is not in [0, V).</exception>
    public double Loss(ReadOnlyMatrixSpan<T> features, ReadOnlySpan<int> captions, CaptioningParameters<T> gradients)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        Forward(features, captions);
        double loss = LossOfScores(features.Rows);
        Backward(features, gradients);
        return loss;
    }

    /// <summary>The state from which the captions of these images begin.</summary>
    /// <param name="features">Features of the images, N x D.</param>
    public DecodingState<T> Begin(ReadOnlyMatrixSpan<T> features)
    {
        var state = new DecodingState<T>(Options, features.Rows);
        Affine.Forward(features, Parameters.WProj, Parameters.BProj.Span, state.H);
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
        WordEmbedding.Forward<T>(words, Parameters.WEmbed, state.X);
        switch (Options.Cell)
        {
            case CellKind.Rnn:
                Rnn.StepForward(state.X, state.H, Parameters.Recurrent, state.NextH);
                break;
            case CellKind.Lstm:
                Lstm.StepForward(state.X, state.H, state.C, Parameters.Recurrent, state.NextH, state.C, state.Gates);
                break;
        }

        state.Advance();
        Affine.Forward(state.H, Parameters.WVocab, Parameters.BVocab.Span, scores);
    }

    private void Forward(ReadOnlyMatrixSpan<T> features, ReadOnlySpan<int> captions)
    {
        Workspace work = _work;
        work.Resize(Options, features.Rows, captions);
        Affine.Forward(features, Parameters.WProj, Parameters.BProj.Span, work.H0);
        WordEmbedding.Forward<T>(work.Inputs, Parameters.WEmbed, work.X);
        switch (Options.Cell)
        {
            case CellKind.Rnn:
                Rnn.Forward(work.X, work.H0, Parameters.Recurrent, work.RnnCache);
                break;
            case CellKind.Lstm:
                Lstm.Forward(work.X, work.H0, Parameters.Recurrent, work.LstmCache);
                break;
        }

        TemporalAffine.Forward(HiddenStates(), Parameters.WVocab, Parameters.BVocab.Span, work.Scores);
    }

    /// <summary>The loss; turns the scores into their gradient.</summary>
    private double LossOfScores(int batchSize) => TemporalSoftmaxLoss.ForwardBackward<T>(
        _work.Scores, _work.Targets, _work.Mask, batchSize, dScores: _work.Scores);

    private void Backward(ReadOnlyMatrixSpan<T> features, CaptioningParameters<T> gradients)
    {
        Workspace work = _work;
        TemporalAffine.Backward(
            work.Scores, HiddenStates(), Parameters.WVocab, work.DH, gradients.WVocab, gradients.BVocab.Span);
        switch (Options.Cell)
        {
            case CellKind.Rnn:
                Rnn.Backward(
                    work.DH, work.X, work.RnnCache, Parameters.Recurrent, work.DX, work.DH0, gradients.Recurrent);
                break;
            case CellKind.Lstm:
                Lstm.Backward(
                    work.DH, work.X, work.LstmCache, Parameters.Recurrent, work.DX, work.DH0, gradients.Recurrent);
                break;
        }

        WordEmbedding.Backward<T>(work.DX, work.Inputs, gradients.WEmbed);
        Affine.BackwardWeights(work.DH0, features, gradients.WProj, gradients.BProj.Span);
    }

    private MatrixSpan<T> HiddenStates() =>
        Options.Cell == CellKind.Rnn ? _work.RnnCache.HiddenStates : _work.LstmCache.HiddenStates;

    /// <summary>Work buffers, time-major; they grow and are kept.</summary>
    private sealed class Workspace
    {
        private int[] _inputs = [];
        private int[] _targets = [];
        private bool[] _mask = [];

        public RnnCache<T> RnnCache { get; } = new();

        public LstmCache<T> LstmCache { get; } = new();

        public Matrix<T> H0 { get; } = new(0, 0);

        public Matrix<T> DH0 { get; } = new(0, 0);

        public Matrix<T> X { get; } = new(0, 0);

        public Matrix<T> DX { get; } = new(0, 0);

        public Matrix<T> DH { get; } = new(0, 0);

        public Matrix<T> Scores { get; } = new(0, 0);

        /// <summary>The words that the model reads, T·N: captions without their last token.</summary>
        public ReadOnlySpan<int> Inputs => _inputs.AsSpan(0, X.Rows);

        /// <summary>The words that it should say, T·N: captions without their first token.</summary>
        public ReadOnlySpan<int> Targets => _targets.AsSpan(0, X.Rows);

        /// <summary>Which targets count: those that are not null tokens.</summary>
        public ReadOnlySpan<bool> Mask => _mask.AsSpan(0, X.Rows);

        public void Resize(CaptioningOptions options, int batchSize, ReadOnlySpan<int> captions)
        {
            int width = TimeMajor.Timesteps(captions.Length, batchSize);
            int rows = (width - 1) * batchSize;
            if (_inputs.Length < rows)
            {
                _inputs = new int[rows];
                _targets = new int[rows];
                _mask = new bool[rows];
            }

            H0.Reshape(batchSize, options.HiddenSize);
            DH0.Reshape(batchSize, options.HiddenSize);
            X.Reshape(rows, options.WordVectorSize);
            DX.Reshape(rows, options.WordVectorSize);
            DH.Reshape(rows, options.HiddenSize);
            Scores.Reshape(rows, options.VocabularySize);
            for (int t = 0; t < width - 1; t++)
            {
                for (int n = 0; n < batchSize; n++)
                {
                    int row = (t * batchSize) + n;
                    _inputs[row] = captions[(n * width) + t];
                    _targets[row] = captions[(n * width) + t + 1];
                    _mask[row] = _targets[row] != options.NullId;
                }
            }
        }
    }
}
