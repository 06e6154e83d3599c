namespace ShowTell.Datasets.Import;

/// <summary>Lines like those of <c>Flickr8k.token.txt</c> and <c>results_20130124.token</c>: name, #, number, tab,
/// caption.</summary>
internal static class TokenCaptions
{
    public static IEnumerable<PhotoCaption> Read(TextLines lines)
    {
        while (lines.NextFilled() is string line)
        {
            int tab = line.IndexOf('\t', StringComparison.Ordinal);
            int mark = tab < 0 ? -1 : line.LastIndexOf('#', tab);
            yield return mark > 0 && line.AsSpan(mark + 1, tab - mark - 1).IndexOfAnyExceptInRange('0', '9') < 0
                ? new PhotoCaption(line[..mark], line[(tab + 1)..])
                : throw new DataException(
                    $"{lines.Path}: line {lines.Number} must be like \"name.jpg#0\", a tab and a caption.");
        }
    }
}
