namespace ShowTell.Datasets.Import;

/// <summary>COCO's captions JSON, such as <c>captions_train2014.json</c> (Chen et al., 2015).</summary>
internal static class CocoCaptions
{
    public const string Photos = "images";
    public const string Annotations = "annotations";

    public static IEnumerable<PhotoCaption> Read(JsonItems items)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);

        // Captions that precede the names of their photos.
        List<(string Location, string Id, string Text)> early = [];
        while (items.Next() is JsonDocument item)
        {
            using (item)
            {
                var fields = new JsonFields(items.Path, items.Location, item.RootElement);
                if (items.List == Photos)
                {
                    AddName(names, fields);
                    continue;
                }

                (string id, string text) = (fields.Id("image_id"), fields.Text("caption"));
                if (!names.TryGetValue(id, out string? name))
                {
                    early.Add((items.Location, id, text));
                    continue;
                }

                yield return new PhotoCaption(name, text);
            }
        }

        foreach ((string location, string id, string text) in early)
        {
            yield return names.TryGetValue(id, out string? name)
                ? new PhotoCaption(name, text)
                : throw new DataException(
                    $"{items.Path}: {location}.image_id is {id}, but no entry of \"{Photos}\" has that id.");
        }
    }

    private static void AddName(Dictionary<string, string> names, JsonFields photo)
    {
        string id = photo.Id("id");
        if (!names.TryAdd(id, photo.Text("file_name")))
        {
            throw new DataException($"{photo.Path}: {photo.Location}.id is {id}, which another photo has too.");
        }
    }
}
