using ShowTell.Layers;

namespace ShowTell.Models;

/// <summary>
/// A captioning model made ready to decode captions: its weights are packed once, and what depends on a word alone is
/// computed when the word is first read. It is good for the weights that the model had when this was made: after
/// training on, make another one. Not thread-safe.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class InferenceModel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CaptionDecoder<T> _decoder;
    private readonly VocabularyOutput<T> _output;
    private readonly Matrix<T> _scores = new(0, 0);
    private readonly StepJob _job;

    /// <summary>Makes a model ready.</summary>
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

    /// <summary>Sizes, cell and markers.</summary>
    public CaptioningOptions Options { get; }

    /// <summary>
    /// How much the last <see cref="Step"/> looked at each place of each caption's image before it scored what may
    /// follow: weights that add up to 1, N x P, which stay until the next call. Null for a model without attention.
    /// </summary>
    public Matrix<T>? Attention => _decoder.Attention;

    /// <summary>The state from which the captions of these images begin.</summary>
    /// <param name="features">Features of the images, N x D.</param>
    /// <exception cref="ArgumentException">The features do not fit the model.</exception>
    public DecodingState<T> Begin(ReadOnlyMatrixSpan<T> features) => _decoder.Begin(features);

    /// <summary>Reads one more word of every caption and scores what may follow.</summary>
    /// <param name="state">The state so far; becomes the state after these words.</param>
    /// <param name="words">The next word of each caption, N ids.</param>
    /// <returns>The scores of all words, N x V, which stay until the next call.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or an id is not in [0, V).</exception>
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

    /// <summary>One step; each part has its own captions, so that threads meet once a step.</summary>
    private sealed class StepJob(InferenceModel<T> model) : WorkerJob
    {
        /// <summary>With fewer captions than this for each thread, threads share products instead.</summary>
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
