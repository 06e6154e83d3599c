namespace ShowTell.Datasets.Import;

/// <summary>COCO's captions JSON, such as <c>captions_train2014.json</c> (Chen et al., 2015).</summary>
internal static class CocoCaptions
{
    public const string Photos = "images";
    public const string Annotations = "annotations";

    public static IEnumerable<PhotoCaption> Read(CaptionSource source, JsonItems items)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        HashSet<string> withCaptions = [];

        // Captions that precede the names of their photos.
        List<(string Location, string Id, string Text)> early = [];
        while (items.Next() is JsonDocument item)
        {
            using (item)
            {
                var fields = new JsonFields(items.Path, items.Location, item.RootElement);
                if (items.List == Photos)
                {
                    AddName(source, names, fields);
                    continue;
                }

                if (!JsonCaptions.HasCaptions(source, fields))
                {
                    source.LeftOut.Add("annotations without a caption", items.Location);
                    continue;
                }

                string id = fields.Id("image_id");
                withCaptions.Add(id);
                foreach (string text in JsonCaptions.CaptionsOf(source, fields))
                {
                    if (names.TryGetValue(id, out string? name))
                    {
                        yield return new PhotoCaption(name, text);
                    }
                    else
                    {
                        early.Add((items.Location, id, text));
                    }
                }
            }
        }

        foreach ((string location, string id, string text) in early)
        {
            if (names.TryGetValue(id, out string? name))
            {
                yield return new PhotoCaption(name, text);
            }
            else
            {
                source.LeftOut.Add($"annotations of images that are not in \"{Photos}\"", location);
            }
        }

        foreach ((string id, string name) in names.Where(image => !withCaptions.Contains(image.Key)))
        {
            source.LeftOut.Add("images without a caption", name);
        }
    }

    private static void AddName(CaptionSource source, Dictionary<string, string> names, JsonFields photo)
    {
        string id = photo.Id("id");
        string name = photo.Names.Any(field => field != "id" && CaptionNames.PhotosIn([field]).Length > 0)
            || source.Options.PhotoColumn is not null
            ? JsonCaptions.PhotoOf(source, photo)
            : throw JsonCaptions.Missing(photo, "photo", "--photo-column");
        if (!names.TryAdd(id, name) && names[id] != name)
        {
            throw new DataException($"{photo.Path}: {photo.Location}.id is {id}, which another photo has too.");
        }
    }
}
