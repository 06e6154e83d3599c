using ShowTell.Reporting;

namespace ShowTell.Cli.Output;

/// <summary>A model's caption of an image of a dataset.</summary>
/// <param name="Image">The image's row in its split.</param>
/// <param name="Label">The image's name.</param>
/// <param name="Caption">The caption.</param>
/// <param name="References">The dataset's captions of the image.</param>
/// <param name="IsTrue">Whether the caption is true of the image; null if unknown.</param>
internal sealed record SampledCaption(
    int Image, string Label, string Caption, IReadOnlyList<string> References, bool? IsTrue)
{
    /// <summary>Whether the caption is one of the references, word for word.</summary>
    public bool IsReference => References.Contains(Caption);

    /// <summary>Captions ranked below it, best first.</summary>
    public IReadOnlyList<string> Alternatives { get; init; } = [];

    /// <summary>Captions images of a split, given by their rows, which decide what is sampled for each.</summary>
    public static List<SampledCaption> Generate(
        IReadOnlyList<ModelBundle> ensemble,
        DecodingOptions options,
        LoadedDataset dataset,
        CaptionSplit split,
        int[] images,
        CancellationToken cancellation) =>
    [
        .. CaptionGenerator.Generate([.. ensemble.Select(bundle => bundle.Model)], split, images, options, cancellation)
            .Select(generated => Of(
                dataset, split, generated.Image,
                [.. generated.Captions.Select(caption => ensemble[0].Vocabulary.Decode([.. caption.Ids]))])),
    ];

    /// <summary>A card of a page.</summary>
    public GalleryCard ToCard(CaptionSplit split, Picture picture) => new(picture, Label)
    {
        Link = split.Urls.ElementAtOrDefault(Image),
        Caption = Caption,
        IsTrue = IsTrue,
        References = References,
    };

    private static SampledCaption Of(LoadedDataset dataset, CaptionSplit split, int image, string[] captions)
    {
        Vocabulary words = dataset.Captions.Vocabulary;
        IEnumerable<string> references = split.CaptionsOf(image).Select(index => words.Decode(split.Caption(index)));
        bool? isTrue = dataset.IsTrue(split, image, captions[0]);
        return new(image, split.ImageLabel(image), captions[0], [.. references.Distinct()], isTrue)
        {
            Alternatives = captions[1..],
        };
    }
}
