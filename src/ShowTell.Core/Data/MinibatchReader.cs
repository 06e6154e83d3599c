using System.Runtime.ExceptionServices;

namespace ShowTell.Data;

/// <summary>
/// Reads minibatches of a split on a thread of its own, so that the next one comes from disk while the caller computes
/// with this one. There is one read at a time, and the thread sleeps between them. Not thread-safe. Once warm, it
/// allocates nothing.
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
    private bool _isReading;
    private bool _isEnding;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Starts the thread.</summary>
    public MinibatchReader(CaptionSplit split)
    {
        _split = split;
        _thread = new Thread(ReadWhatIsAskedFor) { IsBackground = true, Name = "ShowTell reader" };
        _thread.Start();
    }

    /// <summary>Begins to read a minibatch; the one before it has been taken.</summary>
    /// <param name="captions">Captions of the split; they must stay as they are until the read has ended.</param>
    public void Begin(ReadOnlyMemory<int> captions)
    {
        lock (_change)
        {
            _captions = captions;
            _isReading = true;
            Monitor.PulseAll(_change);
        }
    }

    /// <summary>Waits until nothing is being read. A read that failed is told by <see cref="Take"/>.</summary>
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

    /// <summary>Waits for the minibatch that was begun. It stays as it is until the next call.</summary>
    /// <exception cref="DataException">Features cannot be read, or are not finite numbers.</exception>
    public Minibatch Take()
    {
        Wait();
        _failure?.Throw();
        (_taken, _next) = (_next, _taken);
        return _taken;
    }

    /// <summary>Waits for the read under way and ends the thread.</summary>
    public void Dispose()
    {
        lock (_change)
        {
            _isEnding = true;
            Monitor.PulseAll(_change);
        }

        _thread.Join();
    }

    private void ReadWhatIsAskedFor()
    {
        while (IsAskedToRead())
        {
            ExceptionDispatchInfo? failure = null;
            try
            {
                _split.Read(_captions.Span, _next);
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

    private bool IsAskedToRead()
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
