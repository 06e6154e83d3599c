using ShowTell.Layers;

namespace ShowTell.Models;

/// <summary>
/// A captioning model prepared for decoding: weights are packed once, and what depends only on a word is computed when
/// the word is first read. Reflects the weights at construction. Not thread-safe.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class InferenceModel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CaptionDecoder<T> _decoder;
    private readonly VocabularyOutput<T> _output;
    private readonly Matrix<T> _scores = new(0, 0);
    private readonly StepJob _job;

    /// <summary>Prepares a model for decoding.</summary>
    public InferenceModel(CaptioningModel<T> model)
    {
        ArgumentNullException.ThrowIfNull(model);
        Options = model.Options;
        _decoder = CaptionDecoders.Create(Options, model.Parameters);
        _decoder.PrepareDecoding();
        _output = new VocabularyOutput<T>(Options, model.Parameters);
        _output.Pack();
        _job = new StepJob(this);
    }

    /// <summary>Sizes, architecture and markers.</summary>
    public CaptioningOptions Options { get; }

    /// <summary>
    /// The attention weights over the regions of each caption's image in the last <see cref="Step"/>, N x P; each row
    /// sums to 1. Valid until the next call; null without attention.
    /// </summary>
    public Matrix<T>? Attention => _decoder.Attention;

    /// <summary>The initial decoding state of images.</summary>
    /// <param name="features">The features of the images, N x D.</param>
    /// <exception cref="ArgumentException">Features and model are incompatible.</exception>
    public DecodingState<T> Begin(ReadOnlyMatrixSpan<T> features) => _decoder.Begin(features);

    /// <summary>Reads the next word of every caption and scores its successors.</summary>
    /// <param name="state">The state; updated.</param>
    /// <param name="words">The next word of each caption, N ids.</param>
    /// <returns>The scores of all words, N x V, valid until the next call.</returns>
    /// <exception cref="ArgumentException">Shapes are incompatible, or an id is not in [0, V).</exception>
    public MatrixSpan<T> Step(DecodingState<T> state, ReadOnlySpan<int> words)
    {
        ArgumentNullException.ThrowIfNull(state);
        MatrixShape.RequireLength(words.Length, state.Count, nameof(words));
        foreach (int word in words)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(
                (uint)word, (uint)Options.VocabularySize, nameof(words));
        }

        _decoder.BeginStep(state, words);
        _scores.Reshape(words.Length, Options.VocabularySize);
        _job.Run(state, words);
        return _scores;
    }

    /// <summary>One step. Parts process disjoint captions, so that threads synchronize once per step.</summary>
    private sealed class StepJob(InferenceModel<T> model) : WorkerJob
    {
        /// <summary>With fewer captions per thread, matrix products are divided among threads, not captions.</summary>
        private const int MinCaptions = 8;

        private DecodingState<T>? _state;
        private int[] _words = [];
        private int _parts;

        public void Run(DecodingState<T> state, ReadOnlySpan<int> words)
        {
            _state = state;
            ReusedArray.Reserve(ref _words, words.Length);
            words.CopyTo(_words);
            _parts = Math.Clamp(words.Length / MinCaptions, 1, Workers.Count);
            Workers.Run(this, _parts);
        }

        public override void Run(int part)
        {
            (int start, int end) = Share(_state!.Count, part, _parts);
            ReadOnlyMatrixSpan<T> y = model._decoder.Step(_state, _words.AsSpan(start, end - start), start);
            model._output.Score(y, model._scores.RowBlock(start, end - start));
        }
    }
}
