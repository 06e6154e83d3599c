using ShowTell.Data;

namespace ShowTell.Captioning;

/// <summary>A dataset's captions in a model's tokens, whatever vocabulary the dataset has.</summary>
internal static class DoctorSpelling
{
    /// <summary>Ids of all captions of a split.</summary>
    public static int[] Of(CaptionDataset dataset, CaptionSplit split, Vocabulary vocabulary) =>
        Of(dataset, split, [.. Enumerable.Range(0, split.Count)], vocabulary).Ids;

    /// <summary>Ids of some captions of a split, and how many ids a caption has.</summary>
    public static (int[] Ids, int Width) Of(
        CaptionDataset dataset, CaptionSplit split, int[] captions, Vocabulary vocabulary)
    {
        string[] texts = [.. captions.Select(caption => dataset.Vocabulary.Decode(split.Caption(caption)))];
        int width = 2 + texts.Select(text => vocabulary.Split(text).Count()).DefaultIfEmpty().Max();
        var ids = new int[texts.Length * width];
        for (int i = 0; i < texts.Length; i++)
        {
            vocabulary.Encode(texts[i], ids.AsSpan(i * width, width));
        }

        return (ids, width);
    }
}
