using System.Runtime.ExceptionServices;
using ShowTell.Layers;

namespace ShowTell.Data;

/// <summary>N captions with their images' features. Its memory is reused from batch to batch.</summary>
public sealed class Minibatch
{
    private int[] _captions = [];
    private int[] _images = [];

    /// <summary>N, the number of captions.</summary>
    public int Count { get; private set; }

    /// <summary>The number of ids per caption, T + 1.</summary>
    public int CaptionWidth { get; private set; }

    /// <summary>The features of the images, N x D.</summary>
    public Matrix<float> Features { get; } = new(0, 0);

    /// <summary>The ids of the captions, N x (T + 1), caption by caption.</summary>
    public Span<int> Captions => _captions.AsSpan(0, Count * CaptionWidth);

    /// <summary>The image of each caption: its row in the split's features.</summary>
    public Span<int> Images => _images.AsSpan(0, Count);

    /// <summary>The ids of one caption.</summary>
    public ReadOnlySpan<int> Caption(int index) => Captions.Slice(index * CaptionWidth, CaptionWidth);

    internal void Resize(int count, int captionWidth, int featureSize)
    {
        ReusedArray.Reserve(ref _captions, count * captionWidth);
        ReusedArray.Reserve(ref _images, count);
        (Count, CaptionWidth) = (count, captionWidth);
        Features.Reshape(count, featureSize);
    }
}

/// <summary>
/// Reads minibatches of a split on a background thread, so that the next one is read while the caller computes with
/// this one. One read at a time. Not thread-safe. Allocates nothing once warm.
/// </summary>
internal sealed class MinibatchReader : IDisposable
{
    private readonly CaptionSplit _split;
    private readonly Thread _thread;
    private readonly object _change = new();
    private Minibatch _next = new();
    private Minibatch _taken = new();

    // Guarded by _change.
    private ReadOnlyMemory<int> _captions;
    private ulong? _mirrorSeed;
    private bool _isReading;
    private bool _isEnding;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Starts the thread.</summary>
    public MinibatchReader(CaptionSplit split)
    {
        _split = split;
        _thread = new Thread(ReadRequests) { IsBackground = true, Name = "ShowTell reader" };
        _thread.Start();
    }

    /// <summary>Starts to read a minibatch, after the previous one has been taken.</summary>
    /// <param name="captions">Captions of the split; must not change until the read has ended.</param>
    /// <param name="mirrorSeed">As of <see cref="CaptionSplit.Read"/>.</param>
    public void Begin(ReadOnlyMemory<int> captions, ulong? mirrorSeed = null)
    {
        lock (_change)
        {
            (_captions, _mirrorSeed) = (captions, mirrorSeed);
            _isReading = true;
            Monitor.PulseAll(_change);
        }
    }

    /// <summary>Waits until no read is in progress. <see cref="Take"/> throws if the read failed.</summary>
    public void Wait()
    {
        lock (_change)
        {
            while (_isReading)
            {
                Monitor.Wait(_change);
            }
        }
    }

    /// <summary>Waits for the minibatch being read. It is valid until the next call.</summary>
    /// <exception cref="DataException">Features cannot be read, or are not finite.</exception>
    public Minibatch Take()
    {
        Wait();
        _failure?.Throw();
        (_taken, _next) = (_next, _taken);
        return _taken;
    }

    /// <summary>Waits for the read in progress and ends the thread.</summary>
    public void Dispose()
    {
        lock (_change)
        {
            _isEnding = true;
            Monitor.PulseAll(_change);
        }

        _thread.Join();
    }

    private void ReadRequests()
    {
        while (WaitForRequest())
        {
            ExceptionDispatchInfo? failure = null;
            try
            {
                _split.Read(_captions.Span, _next, _mirrorSeed);
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }

            lock (_change)
            {
                _failure = failure;
                _isReading = false;
                Monitor.PulseAll(_change);
            }
        }
    }

    private bool WaitForRequest()
    {
        lock (_change)
        {
            while (!_isReading && !_isEnding)
            {
                Monitor.Wait(_change);
            }

            return _isReading;
        }
    }
}
