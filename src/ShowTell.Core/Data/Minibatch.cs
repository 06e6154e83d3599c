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
