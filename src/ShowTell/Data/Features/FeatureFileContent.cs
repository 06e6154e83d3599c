using ShowTell.Numerics;
using ShowTell.Vision;

namespace ShowTell.Data.Features;

/// <summary>What the features of a file are, and how those of the journal become them.</summary>
/// <param name="recipe">How photos become features.</param>
/// <param name="places">Places of a photo's grid, P.</param>
/// <param name="networkSize">Features that the network gives of each place.</param>
/// <param name="source">The fingerprint of the photos and of all options.</param>
/// <param name="isHalf">Whether they are stored in 16 bits.</param>
internal sealed class FeatureFileContent(
    PhotoRecipe recipe, int places, int networkSize, string source, bool isHalf)
{
    private readonly Matrix<float> _raw = new(0, 0);

    public PhotoRecipe Recipe { get; } = recipe;

    public int Places { get; } = places;

    public string Source { get; } = source;

    public bool IsHalf { get; } = isHalf;

    /// <summary>Features of a place, D.</summary>
    public int Size => Recipe.Transform?.OutputSize ?? networkSize;

    /// <summary>Features of a photo, P·D.</summary>
    public int RowLength => Places * Size;

    /// <summary>Writes features of photos: zeros of those that have none.</summary>
    public void Transform(FeatureJournal journal, ReadOnlySpan<int> photos, Span<float> features)
    {
        if (Recipe.Transform is not FeatureTransform transform)
        {
            journal.Read(photos, features);
            return;
        }

        _raw.Reshape(photos.Length * Places, networkSize);
        journal.Read(photos, _raw.Span);
        transform.Apply(_raw, new MatrixSpan<float>(features, photos.Length * Places, Size));
        for (int i = 0; i < photos.Length; i++)
        {
            if (!journal.Has(photos[i]))
            {
                features.Slice(i * RowLength, RowLength).Clear();
            }
        }
    }
}
