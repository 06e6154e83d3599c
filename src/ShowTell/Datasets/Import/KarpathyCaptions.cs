namespace ShowTell.Datasets.Import;

/// <summary>
/// JSON with the splits of Karpathy and Fei-Fei (2015), such as <c>dataset_flickr8k.json</c>. <c>restval</c>, the rest
/// of COCO's validation photos, is part of the train split.
/// </summary>
internal static class KarpathyCaptions
{
    public const string Sentences = "sentences";

    public static IEnumerable<PhotoCaption> Read(JsonItems items)
    {
        while (items.Next() is JsonDocument item)
        {
            using (item)
            {
                var photo = new JsonFields(items.Path, items.Location, item.RootElement);
                string name = photo.Text("filename");
                string split = SplitOf(photo);
                string? subfolder = photo.OptionalText("filepath");
                foreach ((int i, JsonElement sentence) in (photo.OptionalList(Sentences) ?? []).Index())
                {
                    string location = $"{items.Location}.{Sentences}[{i}]";
                    string text = TextOf(new JsonFields(items.Path, location, sentence));
                    yield return new PhotoCaption(name, text, split, subfolder);
                }
            }
        }
    }

    private static string SplitOf(JsonFields photo) => photo.Text("split") switch
    {
        "train" or "restval" => "train",
        "val" => "val",
        "test" => "test",
        string other => throw new DataException(
            $"{photo.Path}: {photo.Location}.split is \"{other}\"; expected train, restval, val or test."),
    };

    private static string TextOf(JsonFields sentence) =>
        sentence.OptionalText("raw")
        ?? (sentence.OptionalList("tokens") is JsonElement[] tokens
            ? string.Join(' ', tokens.Select((token, i) => sentence.TextOf(token, $"{sentence.Location}.tokens[{i}]")))
            : throw new DataException($"{sentence.Path}: {sentence.Location} has neither \"raw\" nor \"tokens\"."));
}
