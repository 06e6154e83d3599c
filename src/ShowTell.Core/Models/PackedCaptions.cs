using ShowTell.Layers;

namespace ShowTell.Models;

/// <summary>
/// A minibatch of captions in the packed layout: timestep by timestep, captions sorted by length, without trailing null
/// tokens. Reusable without allocating.
/// </summary>
internal sealed class PackedCaptions
{
    private int[] _inputs = [];
    private int[] _targets = [];
    private bool[] _mask = [];
    private double[] _weights = [];
    private bool _isWeighted;
    private int[] _lengths = [];
    private int[] _sortedLengths = [];
    private int[] _order = [];
    private int[] _firsts = [];

    /// <summary>The layout of the timesteps.</summary>
    public PackedLayout Layout { get; } = new();

    /// <summary>The captions sorted by length, as indices in the minibatch.</summary>
    public ReadOnlySpan<int> Order => _order.AsSpan(0, Layout.BatchSize);

    /// <summary>The words that the model reads.</summary>
    public ReadOnlySpan<int> Inputs => _inputs.AsSpan(0, Layout.Rows);

    /// <summary>The words to predict.</summary>
    public ReadOnlySpan<int> Targets => _targets.AsSpan(0, Layout.Rows);

    /// <summary>Which targets count: all but null tokens, and unknown words if they are not learned.</summary>
    public ReadOnlySpan<bool> Mask => _mask.AsSpan(0, Layout.Rows);

    /// <summary>The weight of each target; empty for equal weights.</summary>
    public ReadOnlySpan<double> Weights => _isWeighted ? _weights.AsSpan(0, Layout.Rows) : [];

    /// <summary>Packs captions.</summary>
    /// <param name="captions">Ids, N x (T + 1), caption by caption.</param>
    /// <param name="batchSize">N.</param>
    /// <param name="nullId">The null token.</param>
    /// <param name="weights">The weight of each caption, N; empty for equal weights.</param>
    /// <param name="inputs">The words to read instead of the captions' words, N x (T + 1); empty for the captions'
    /// words.</param>
    /// <param name="unknownId">The token of unknown words if it is not learned, else null.</param>
    /// <exception cref="ArgumentException">The ids are not divisible into N captions.</exception>
    public void Pack(
        ReadOnlySpan<int> captions,
        int batchSize,
        int nullId,
        ReadOnlySpan<double> weights = default,
        ReadOnlySpan<int> inputs = default,
        int? unknownId = null)
    {
        inputs = inputs.IsEmpty ? captions : inputs;
        int width = TimeMajor.Timesteps(captions.Length, batchSize);
        Reserve(captions.Length, batchSize, width);
        _isWeighted = !weights.IsEmpty;
        for (int n = 0; n < batchSize; n++)
        {
            _lengths[n] = captions.Slice((n * width) + 1, width - 1).LastIndexOfAnyExcept(nullId) + 1;
        }

        Sort(batchSize, width);
        for (int t = 0; t < Layout.Timesteps; t++)
        {
            int start = Layout.Start(t);
            for (int n = 0; n < Layout.RowsAt(t); n++)
            {
                int position = (_order[n] * width) + t;
                _inputs[start + n] = inputs[position];
                int target = captions[position + 1];
                _targets[start + n] = target;
                _mask[start + n] = target != nullId && target != unknownId;
                if (_isWeighted)
                {
                    _weights[start + n] = weights[_order[n]];
                }
            }
        }
    }

    /// <summary>Sorts rows, one per caption of the minibatch, into <see cref="Order"/>.</summary>
    public void Sort<T>(ReadOnlyMatrixSpan<T> source, MatrixSpan<T> sorted)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int n = 0; n < source.Rows; n++)
        {
            source.Row(_order[n]).CopyTo(sorted.Row(n));
        }
    }

    /// <summary>Restores the minibatch order of rows in <see cref="Order"/>.</summary>
    public void Unsort<T>(ReadOnlyMatrixSpan<T> sorted, MatrixSpan<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int n = 0; n < sorted.Rows; n++)
        {
            sorted.Row(n).CopyTo(target.Row(_order[n]));
        }
    }

    /// <summary>Sorts the captions by descending length, stably.</summary>
    private void Sort(int batchSize, int width)
    {
        Span<int> firsts = _firsts.AsSpan(0, width);
        firsts.Clear();
        foreach (int length in _lengths.AsSpan(0, batchSize))
        {
            firsts[length]++;
        }

        for (int length = width - 1, next = 0; length >= 0; length--)
        {
            (firsts[length], next) = (next, next + firsts[length]);
        }

        for (int n = 0; n < batchSize; n++)
        {
            int index = firsts[_lengths[n]]++;
            _order[index] = n;
            _sortedLengths[index] = _lengths[n];
        }

        Layout.SetLengths(_sortedLengths.AsSpan(0, batchSize), maxLength: width - 1);
    }

    private void Reserve(int words, int batchSize, int width)
    {
        ReusedArray.Reserve(ref _inputs, words);
        ReusedArray.Reserve(ref _targets, words);
        ReusedArray.Reserve(ref _mask, words);
        ReusedArray.Reserve(ref _weights, words);
        ReusedArray.Reserve(ref _lengths, batchSize);
        ReusedArray.Reserve(ref _sortedLengths, batchSize);
        ReusedArray.Reserve(ref _order, batchSize);
        ReusedArray.Reserve(ref _firsts, width);
    }
}
