namespace ShowTell.Data.Import;

/// <summary>A photo on its way into a dataset.</summary>
/// <param name="name">Its name in the caption file.</param>
/// <param name="subfolder">Its folder below the folder of photos, if the caption file names one.</param>
internal sealed class ImportedPhoto(string name, string? subfolder)
{
    /// <summary>Its name in the caption file.</summary>
    public string Name => name;

    /// <summary>Its split; null where nothing says so.</summary>
    public string? Split { get; set; }

    /// <summary>Where the words of its captions begin and end.</summary>
    public List<Range> Captions { get; } = [];

    /// <summary>Its captions that have too many words.</summary>
    public int TooLong { get; set; }

    /// <summary>Its captions that have no word.</summary>
    public int Empty { get; set; }

    /// <summary>Its file, relative to the folder of photos, with / between the parts; null if there is none.</summary>
    public string? FindIn(string folder)
    {
        string[] places = subfolder is null ? [name] : [name, $"{subfolder}/{name}"];
        return places.FirstOrDefault(place => File.Exists(Path.Combine(folder, place)))?.Replace('\\', '/');
    }
}
