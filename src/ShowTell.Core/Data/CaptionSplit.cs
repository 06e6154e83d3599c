namespace ShowTell.Data;

/// <summary>The training or validation part of a dataset: captions, the image of each, and image features.</summary>
public sealed class CaptionSplit : IDisposable
{
    private readonly int[] _captions;
    private readonly int[] _imageIndices;
    private readonly Lazy<ILookup<int, int>> _captionsOfImage;

    /// <summary>Creates a split and checks that its parts are compatible.</summary>
    /// <param name="name"><c>train</c> or <c>val</c>.</param>
    /// <param name="captions">Token ids, <paramref name="captionWidth"/> per caption.</param>
    /// <param name="captionWidth">The number of ids per caption, T + 1; at least 2.</param>
    /// <param name="imageIndices">For each caption, the row of its image in <paramref name="features"/>.</param>
    /// <param name="features">Features of the images.</param>
    /// <param name="vocabularySize">V; ids are in [0, V).</param>
    /// <param name="urls">The URL of each image, or empty.</param>
    /// <param name="imageNames">The file name of each image, or empty.</param>
    /// <exception cref="DataException">The parts are incompatible.</exception>
    public CaptionSplit(
        string name,
        int[] captions,
        int captionWidth,
        int[] imageIndices,
        IFeatureSource features,
        int vocabularySize,
        IReadOnlyList<string>? urls = null,
        IReadOnlyList<string>? imageNames = null)
    {
        ArgumentNullException.ThrowIfNull(captions);
        ArgumentNullException.ThrowIfNull(imageIndices);
        ArgumentNullException.ThrowIfNull(features);
        ArgumentOutOfRangeException.ThrowIfLessThan(captionWidth, 2);
        Name = name;
        CaptionWidth = captionWidth;
        Features = features;
        Urls = urls ?? [];
        ImageNames = imageNames ?? [];
        _captions = captions;
        _imageIndices = imageIndices;
        _captionsOfImage = new(() => Enumerable.Range(0, Count).ToLookup(caption => _imageIndices[caption]));
        Check(vocabularySize);
    }

    /// <summary><c>train</c> or <c>val</c>.</summary>
    public string Name { get; }

    /// <summary>The number of captions.</summary>
    public int Count => _imageIndices.Length;

    /// <summary>The number of ids per caption, markers included: T + 1.</summary>
    public int CaptionWidth { get; }

    /// <summary>Features of the images.</summary>
    public IFeatureSource Features { get; }

    /// <summary>The mirror images of the images; null, the default, if there are no features of them.</summary>
    public MirroredPhotos? Mirrored { get; init; }

    /// <summary>The number of images.</summary>
    public int ImageCount => Features.Rows;

    /// <summary>The URL of each image; empty if unknown.</summary>
    public IReadOnlyList<string> Urls { get; }

    /// <summary>The file name of each image; empty if unknown.</summary>
    public IReadOnlyList<string> ImageNames { get; }

    /// <summary>The ids of all captions, caption by caption.</summary>
    public ReadOnlySpan<int> Captions => _captions;

    /// <summary>The image of each caption.</summary>
    public ReadOnlySpan<int> ImageIndices => _imageIndices;

    /// <summary>The ids of one caption.</summary>
    public ReadOnlySpan<int> Caption(int index) => _captions.AsSpan(index * CaptionWidth, CaptionWidth);

    /// <summary>The indices of an image's captions.</summary>
    public IEnumerable<int> CaptionsOf(int image) => _captionsOfImage.Value[image];

    /// <summary>The images that have captions, in ascending order.</summary>
    public IReadOnlyList<int> CaptionedImages() => [.. _imageIndices.Distinct().Order()];

    /// <summary>A name for an image: its file name, URL or number, whichever is known first.</summary>
    public string ImageLabel(int image) =>
        image < ImageNames.Count ? ImageNames[image] : image < Urls.Count ? Urls[image] : $"{Name} image {image}";

    /// <summary>
    /// A minibatch of captions sampled with replacement, the exercise's <c>sample_coco_minibatch</c>.
    /// </summary>
    public Minibatch Sample(SeededRandom random, int batchSize)
    {
        ArgumentNullException.ThrowIfNull(random);
        var indices = new int[batchSize];
        foreach (ref int index in indices.AsSpan())
        {
            index = random.NextInt(Count);
        }

        var minibatch = new Minibatch();
        Read(indices, minibatch);
        return minibatch;
    }

    /// <summary>Reads captions and their images' features. Allocates only if the minibatch must grow.</summary>
    /// <param name="captionIndices">The captions.</param>
    /// <param name="minibatch">Receives them.</param>
    /// <param name="mirrorSeed">If given, each caption is read with its image or, as likely, with
    /// <see cref="Mirrored"/>, left and right swapped: a random choice by this seed. Null, the default, for the images
    /// themselves.</param>
    /// <exception cref="DataException">Features cannot be read, or are not finite.</exception>
    public void Read(ReadOnlySpan<int> captionIndices, Minibatch minibatch, ulong? mirrorSeed = null)
    {
        ArgumentNullException.ThrowIfNull(minibatch);
        minibatch.Resize(captionIndices.Length, CaptionWidth, Features.Columns);
        for (int i = 0; i < captionIndices.Length; i++)
        {
            Caption(captionIndices[i]).CopyTo(minibatch.Captions.Slice(i * CaptionWidth, CaptionWidth));
            minibatch.Images[i] = _imageIndices[captionIndices[i]];
        }

        ReadFeatures(minibatch.Images, minibatch.Features);
        for (int i = 0; i < captionIndices.Length && mirrorSeed is not null; i++)
        {
            if (MirroredPhotos.IsChosen(mirrorSeed.Value, i))
            {
                ReadMirrored(minibatch.Images.Slice(i, 1), minibatch.Features.RowBlock(i, 1));
                Mirrored!.Swap(minibatch.Captions.Slice(i * CaptionWidth, CaptionWidth));
            }
        }
    }

    /// <summary>Reads the features of images.</summary>
    /// <exception cref="DataException">Features cannot be read, or are not finite.</exception>
    public void ReadFeatures(ReadOnlySpan<int> images, MatrixSpan<float> destination) =>
        ReadFinite(Features, images, destination);

    /// <summary>Reads the features of the mirror images of images.</summary>
    /// <exception cref="DataException">There are none, or they cannot be read, or are not finite.</exception>
    public void ReadMirrored(ReadOnlySpan<int> images, MatrixSpan<float> destination)
    {
        EnsureMirrored();
        ReadFinite(Mirrored!.Features, images, destination);
    }

    /// <summary>Checks that there are features of mirror images.</summary>
    /// <exception cref="DataException">There are none.</exception>
    public void EnsureMirrored()
    {
        if (Mirrored is null)
        {
            throw new DataException(
                $"{Features.Origin}: has no features of mirror images; compute them with: showtell features DATASET "
                + "--mirror, and the options as before (not for tokens that are characters).");
        }
    }

    /// <summary>
    /// A split of at most <paramref name="count"/> of these captions, sampled without replacement. It shares the
    /// features with this split.
    /// </summary>
    public CaptionSplit Take(SeededRandom random, int count)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (count >= Count)
        {
            return this;
        }

        int[] order = [.. Enumerable.Range(0, Count)];
        random.Shuffle<int>(order);
        var captions = new int[count * CaptionWidth];
        var images = new int[count];
        for (int i = 0; i < count; i++)
        {
            Caption(order[i]).CopyTo(captions.AsSpan(i * CaptionWidth));
            images[i] = _imageIndices[order[i]];
        }

        return new CaptionSplit(Name, captions, CaptionWidth, images, Features, int.MaxValue, Urls, ImageNames)
        {
            Mirrored = Mirrored,
        };
    }

    /// <summary>Closes the features.</summary>
    public void Dispose()
    {
        Features.Dispose();
        Mirrored?.Dispose();
    }

    private void ReadFinite(IFeatureSource source, ReadOnlySpan<int> images, MatrixSpan<float> destination)
    {
        source.Read(images, destination);
        for (int i = 0; i < images.Length; i++)
        {
            if (!TensorPrimitives.IsFiniteAll<float>(destination.Row(i)))
            {
                throw new DataException(
                    $"{source.Origin}: row {images[i]} ({ImageLabel(images[i])}) holds NaN or infinity; "
                    + "features must be finite numbers.");
            }
        }
    }

    private void Check(int vocabularySize)
    {
        if (_captions.Length != (long)Count * CaptionWidth)
        {
            throw new DataException($"{Name}: {_captions.Length} ids do not make {Count} captions of {CaptionWidth}.");
        }

        int wrong = Array.FindIndex(_captions, id => (uint)id >= (uint)vocabularySize);
        if (wrong >= 0)
        {
            throw new DataException(
                $"{Name}: caption {wrong / CaptionWidth} holds the word id {_captions[wrong]}, but the vocabulary has "
                + $"ids 0 to {vocabularySize - 1}: captions and vocabulary do not belong together.");
        }

        wrong = Array.FindIndex(_imageIndices, image => (uint)image >= (uint)Features.Rows);
        if (wrong >= 0)
        {
            throw new DataException(
                $"{Name}: caption {wrong} belongs to image {_imageIndices[wrong]}, "
                + $"but {Features.Origin} has images 0 to {Features.Rows - 1}.");
        }

        CheckList(Urls, "URLs");
        CheckList(ImageNames, "image names");
    }

    private void CheckList(IReadOnlyList<string> list, string what)
    {
        if (list.Count > 0 && list.Count != Features.Rows)
        {
            throw new DataException($"{Name}: {list.Count} {what} for {Features.Rows} images of {Features.Origin}.");
        }
    }
}
