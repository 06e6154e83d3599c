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
    private readonly Workspace _work;

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
        _work = new Workspace(options.Cell);
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

    private void Forward(ReadOnlyMatrixSpan<T> features, ReadOnlySpan<int> captions)
    {
        Workspace work = _work;
        work.Take(Options, features.Rows, captions);
        Affine.Forward(features, Parameters.WProj, Parameters.BProj.Span, work.H0);
        work.Sort(work.H0, work.SortedH0);
        ProjectedEmbedding.Forward(
            work.Rows.Inputs, Parameters.WEmbed, Parameters.Recurrent.Wx, Parameters.Recurrent.B.Span, work.Words,
            work.States.Activations);
        work.States.Forward(work.SortedH0, Parameters.Recurrent.Wh);
        TemporalAffine.Forward(work.States.HiddenStates, Parameters.WVocab, Parameters.BVocab.Span, work.Scores);
    }

    /// <summary>The loss; turns the scores into their gradient.</summary>
    private double LossOfScores(int batchSize) => TemporalSoftmaxLoss.ForwardBackward<T>(
        _work.Scores, _work.Rows.Targets, _work.Rows.Mask, batchSize, dScores: _work.Scores);

    private void Backward(ReadOnlyMatrixSpan<T> features, CaptioningParameters<T> gradients)
    {
        Workspace work = _work;
        TemporalAffine.Backward(
            work.Scores, work.States.HiddenStates, Parameters.WVocab, work.States.DH, gradients.WVocab,
            gradients.BVocab.Span);
        work.States.Backward(Parameters.Recurrent.Wh, work.SortedH0, gradients.Recurrent.Wh);
        ProjectedEmbedding.Backward(
            work.States.DA, Parameters.Recurrent.Wx, work.Words, gradients.WEmbed, gradients.Recurrent.Wx,
            gradients.Recurrent.B.Span);
        work.Unsort(work.SortedH0, work.H0);
        Affine.BackwardWeights(work.H0, features, gradients.WProj, gradients.BProj.Span);
    }

    /// <summary>Work buffers; they grow and are kept.</summary>
    private sealed class Workspace(CellKind cell)
    {
        public CaptionRows Rows { get; } = new();

        public ProjectedEmbeddingCache<T> Words { get; } = new();

        public RecurrentCache<T> States { get; } = cell switch
        {
            CellKind.Rnn => new RnnCache<T>(),
            CellKind.Lstm => new LstmCache<T>(),
            _ => throw new ArgumentOutOfRangeException(nameof(cell), cell, "There is no such cell."),
        };

        /// <summary>First states, or their gradients, in the order of the minibatch.</summary>
        public Matrix<T> H0 { get; } = new(0, 0);

        /// <summary>First states, or their gradients, in the order of <see cref="CaptionRows.Order"/>.</summary>
        public Matrix<T> SortedH0 { get; } = new(0, 0);

        public Matrix<T> Scores { get; } = new(0, 0);

        public void Take(CaptioningOptions options, int batchSize, ReadOnlySpan<int> captions)
        {
            Rows.Take(captions, batchSize, options.NullId);
            States.Resize(Rows.Steps, options.HiddenSize);
            H0.Reshape(batchSize, options.HiddenSize);
            SortedH0.Reshape(batchSize, options.HiddenSize);
            Scores.Reserve(Rows.Steps.MostRows, options.VocabularySize);
            Scores.Reshape(Rows.Steps.Rows, options.VocabularySize);
        }

        public void Sort(Matrix<T> source, Matrix<T> sorted)
        {
            for (int n = 0; n < source.Rows; n++)
            {
                source.Row(Rows.Order[n]).CopyTo(sorted.Row(n));
            }
        }

        public void Unsort(Matrix<T> sorted, Matrix<T> target)
        {
            for (int n = 0; n < sorted.Rows; n++)
            {
                sorted.Row(n).CopyTo(target.Row(Rows.Order[n]));
            }
        }
    }
}
