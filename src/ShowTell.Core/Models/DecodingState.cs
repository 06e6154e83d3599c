using ShowTell.Layers;

namespace ShowTell.Models;

/// <summary>
/// The state of N captions while they are decoded word by word. Captions may leave, or continue several times.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class DecodingState<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Matrix<T>[] _states;

    /// <summary>Room for <see cref="Select"/>, one for each kind of state: those may differ in size.</summary>
    private readonly Matrix<T>[] _spares;
    private int[] _images;
    private int[] _spareImages;

    /// <summary>Makes states of zero.</summary>
    /// <param name="images">Number of images, with one caption each at first.</param>
    /// <param name="sizes">Elements per caption of each kind of state that the decoder has.</param>
    internal DecodingState(int images, params ReadOnlySpan<int> sizes)
    {
        _states = new Matrix<T>[sizes.Length];
        _spares = new Matrix<T>[sizes.Length];
        for (int i = 0; i < sizes.Length; i++)
        {
            _states[i] = new Matrix<T>(images, sizes[i]);
            _spares[i] = new Matrix<T>(images, sizes[i]);
        }

        _images = [.. Enumerable.Range(0, images)];
        _spareImages = new int[images];
        Count = images;
    }

    /// <summary>Number of captions, N.</summary>
    public int Count { get; private set; }

    /// <summary>For each caption, the image it is of: a row of the features that decoding began with.</summary>
    public ReadOnlySpan<int> Images => _images.AsSpan(0, Count);

    /// <summary>The number of words read so far, in a transformer.</summary>
    internal int Words { get; set; }

    /// <summary>What attention attends to in the images that decoding began with; null without attention.</summary>
    internal ImageGrids<T>? Grids { get; init; }

    /// <summary>
    /// The keys and values of these images' regions in each layer of a transformer, image after image, N·P x 2H.
    /// </summary>
    internal Matrix<T>[] ImageKeysValues { get; init; } = [];

    /// <summary>A kind of state, a row for each caption.</summary>
    internal Matrix<T> this[int kind] => _states[kind];

    /// <summary>Selects the captions that continue, in this order; one that is named twice continues twice.</summary>
    /// <param name="captions">Indices of current captions, each in [0, N).</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such caption.</exception>
    public void Select(ReadOnlySpan<int> captions)
    {
        foreach (int caption in captions)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)caption, (uint)Count, nameof(captions));
        }

        for (int i = 0; i < _states.Length; i++)
        {
            Gather(_states[i], captions, _spares[i]);
            (_states[i], _spares[i]) = (_spares[i], _states[i]);
        }

        ReusedArray.Reserve(ref _spareImages, captions.Length);
        for (int i = 0; i < captions.Length; i++)
        {
            _spareImages[i] = _images[captions[i]];
        }

        (_images, _spareImages) = (_spareImages, _images);
        Count = captions.Length;
    }

    /// <summary>Makes the rows of a kind of state longer; what they hold stays.</summary>
    internal void Widen(int kind, int columns)
    {
        Matrix<T> narrow = _states[kind];
        if (narrow.Columns < columns)
        {
            _states[kind] = new Matrix<T>(Count, columns);
            ((ReadOnlyMatrixSpan<T>)narrow).CopyTo(_states[kind].AsSpan().ColumnBlock(0, narrow.Columns));
        }
    }

    private static void Gather(Matrix<T> source, ReadOnlySpan<int> rows, Matrix<T> target)
    {
        target.Reshape(rows.Length, source.Columns);
        for (int i = 0; i < rows.Length; i++)
        {
            source.Row(rows[i]).CopyTo(target.Row(i));
        }
    }
}
