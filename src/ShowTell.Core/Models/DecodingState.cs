using ShowTell.Layers;

namespace ShowTell.Models;

/// <summary>
/// What a model remembers of N captions while they are decoded word by word. Captions may leave, or go on several
/// times.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class DecodingState<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Matrix<T>[] _states;

    /// <summary>Room for <see cref="Keep"/>, one for each kind of state: those may differ in size.</summary>
    private readonly Matrix<T>[] _spares;
    private int[] _images;
    private int[] _spareImages;

    /// <summary>Makes states of zero.</summary>
    /// <param name="images">Images that captions are begun for, one each.</param>
    /// <param name="sizes">Elements of a caption in each kind of state that the network has.</param>
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

    /// <summary>Words that were read so far, as far as the network counts them.</summary>
    internal int Words { get; set; }

    /// <summary>
    /// What the network goes on looking at of the images that decoding began with, image after image; it stays as it
    /// is, whatever captions go on. Null where it needs them no more.
    /// </summary>
    internal Matrix<T>? Grids { get; init; }

    /// <summary>
    /// What the network scores the places of those images by, where it has that beside <see cref="Grids"/>.
    /// </summary>
    internal Matrix<T>? Keys { get; init; }

    /// <summary>A kind of state, a row for each caption.</summary>
    internal Matrix<T> this[int kind] => _states[kind];

    /// <summary>Goes on with these captions alone, in this order; one that is named twice goes on twice.</summary>
    /// <param name="captions">Which of the captions so far, each in [0, N).</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such caption.</exception>
    public void Keep(ReadOnlySpan<int> captions)
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

        Reused.Reserve(ref _spareImages, captions.Length);
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
