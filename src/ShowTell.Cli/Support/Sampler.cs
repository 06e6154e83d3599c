using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.ModelFiles;
using ShowTell.Models;
using ShowTell.Reporting;

namespace ShowTell.Cli.Support;

/// <summary>A caption that a model gave an image.</summary>
/// <param name="Image">The image's row in its split.</param>
/// <param name="Label">What the image is called.</param>
/// <param name="Caption">The caption.</param>
/// <param name="References">The captions that the dataset has for it.</param>
/// <param name="IsTrue">Whether the caption is true of the image, where that can be known.</param>
internal sealed record SampledCaption(
    int Image, string Label, string Caption, IReadOnlyList<string> References, bool? IsTrue)
{
    /// <summary>Whether the caption is one of the references, word for word.</summary>
    public bool IsReference => References.Contains(Caption);

    /// <summary>The captions that came behind it, the best first.</summary>
    public IReadOnlyList<string> Alternatives { get; init; } = [];
}

/// <summary>Captions images of a dataset.</summary>
internal static class Sampler
{
    private const int BatchSize = 128;

    /// <summary>Captioned images of a split in random order.</summary>
    public static int[] ChooseImages(CaptionSplit split, int count, ulong seed)
    {
        int[] images = [.. split.CaptionedImages()];
        new SeededRandom(seed).Shuffle<int>(images);
        return images[..Math.Min(count, images.Length)];
    }

    /// <summary>Captions images of a split, given by their rows there, which decide what is drawn for each.</summary>
    public static IReadOnlyList<SampledCaption> Sample(
        IReadOnlyList<ModelBundle> ensemble,
        DecodingOptions options,
        LoadedDataset dataset,
        CaptionSplit split,
        int[] images,
        CancellationToken cancellation)
    {
        InferenceModel<float>[] models = [.. ensemble.Select(bundle => new InferenceModel<float>(bundle.Model))];
        var sampled = new List<SampledCaption>(images.Length);
        foreach (int[] batch in images.Chunk(BatchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            var features = new Matrix<float>(batch.Length, split.Features.Columns);
            split.ReadFeatures(batch, features);
            DecodedCaption[][] captions = CaptionGenerator.Generate(
                models, [.. models.Select(_ => features)], options, [.. batch.Select(image => (ulong)image)]);
            sampled.AddRange(batch.Zip(captions, (image, best) => Describe(
                dataset, split, image, [.. best.Select(caption => ensemble[0].Vocabulary.Decode([.. caption.Ids]))])));
        }

        return sampled;
    }

    private static SampledCaption Describe(LoadedDataset dataset, CaptionSplit split, int image, string[] captions)
    {
        Vocabulary words = dataset.Captions.Vocabulary;
        string[] references = [.. split.CaptionsOf(image).Select(index => words.Decode(split.Caption(index)))];
        bool? isTrue = dataset.IsTrue(split, image, captions[0]);
        return new(image, split.ImageLabel(image), captions[0], [.. references.Distinct()], isTrue)
        {
            Alternatives = captions[1..],
        };
    }

    /// <summary>Cards of a page with pictures and captions.</summary>
    public static async Task<GalleryCard[]> CardsAsync(
        IReadOnlyList<SampledCaption> captions,
        LoadedDataset dataset,
        CaptionSplit split,
        string? imageFolder,
        bool offline,
        CancellationToken cancellation)
    {
        int[] images = [.. captions.Select(caption => caption.Image)];
        GalleryCard[] cards = await dataset.CardsAsync(split, images, imageFolder, offline, cancellation);
        return [.. cards.Zip(captions, (card, caption) => card with
        {
            Caption = caption.Caption,
            IsTrue = caption.IsTrue,
            References = caption.References,
        })];
    }
}
