using ShowTell.Reporting;

namespace ShowTell.Cli.Support;

/// <summary>The log folder of a training lies beside its model: NAME-log beside NAME.safetensors.</summary>
internal static class LogFolder
{
    private const string Suffix = "-log";
    private const string ModelExtension = ".safetensors";

    /// <summary>The log folder of a model file.</summary>
    public static string Of(string model) =>
        Path.Combine(Path.GetDirectoryName(model) ?? "", Path.GetFileNameWithoutExtension(model) + Suffix);

    /// <summary>The model file of a log folder.</summary>
    /// <exception cref="DataException">The folder is no log, or its model is not beside it.</exception>
    public static string ModelOf(string folder)
    {
        if (!File.Exists(Path.Combine(folder, TrainingCurves.FileName)))
        {
            throw new DataException(
                $"{folder}: is a folder without {TrainingCurves.FileName}; a model file, or the log folder of a "
                + "training, was expected.");
        }

        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string model = path.EndsWith(Suffix, StringComparison.Ordinal) ? path[..^Suffix.Length] + ModelExtension : path;
        return File.Exists(model) ? model : throw new DataException(
            $"{folder}: its model is not beside it: {Path.GetFileName(model)} was expected there, as for a log folder "
            + $"named NAME{Suffix}. Name the model file instead, and the log by --log.");
    }
}
