using ShowTell.Layers;

namespace ShowTell.Models;

/// <summary>The state of N captions during word-by-word decoding. Captions may be dropped or duplicated.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class DecodingState<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Matrix<T>[] _states;

    /// <summary>Buffers for <see cref="Select"/>, one per kind of state, as sizes may differ.</summary>
    private readonly Matrix<T>[] _spares;
    private int[] _images;
    private int[] _spareImages;

    /// <summary>Creates states of zero.</summary>
    /// <param name="images">The number of images, with one caption each at first.</param>
    /// <param name="sizes">The number of elements per caption of each kind of state.</param>
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

    /// <summary>N, the number of captions.</summary>
    public int Count { get; private set; }

    /// <summary>The image of each caption: a row of the features that decoding began with.</summary>
    public ReadOnlySpan<int> Images => _images.AsSpan(0, Count);

    /// <summary>The number of words read so far, by a transformer.</summary>
    internal int Words { get; set; }

    /// <summary>The image grids to attend to; null without attention.</summary>
    internal ImageGrids<T>? Grids { get; init; }

    /// <summary>Keys and values of the images' regions in each transformer layer, image by image, N·P x 2H.</summary>
    internal Matrix<T>[] ImageKeysValues { get; init; } = [];

    /// <summary>A kind of state, one row per caption.</summary>
    internal Matrix<T> this[int kind] => _states[kind];

    /// <summary>Selects the captions to continue, in this order; duplicates are continued separately.</summary>
    /// <param name="captions">Indices of current captions, in [0, N).</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is not in [0, N).</exception>
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

    /// <summary>Adds columns to a kind of state, keeping its contents.</summary>
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
