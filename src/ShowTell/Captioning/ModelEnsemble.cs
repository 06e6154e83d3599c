using ShowTell.ModelFiles;

namespace ShowTell.Captioning;

/// <summary>Loads models that decode captions together.</summary>
public static class ModelEnsemble
{
    /// <summary>Loads the models that decode together with a first one.</summary>
    /// <param name="model">The first model's file.</param>
    /// <param name="bundle">Its content.</param>
    /// <param name="others">Files of the other models.</param>
    /// <returns>All models, the first one first.</returns>
    /// <exception cref="ModelFileException">A file is missing or damaged.</exception>
    /// <exception cref="IncompatibleException">A model has another vocabulary, or takes other features.</exception>
    public static ModelBundle[] Load(string model, ModelBundle bundle, IReadOnlyList<string> others)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        ArgumentNullException.ThrowIfNull(others);
        return [bundle, .. others.Select(LoadOther)];

        ModelBundle LoadOther(string path)
        {
            ModelBundle other = ModelBundle.Load(path, withBackbone: false);
            if (other.Vocabulary.Fingerprint != bundle.Vocabulary.Fingerprint)
            {
                throw new IncompatibleException(
                    $"{path}: its vocabulary ({other.Vocabulary.Count} tokens) differs from that of {model} "
                    + $"({bundle.Vocabulary.Count}), but models that decode together must have the same one.");
            }

            return other.Features == bundle.Features ? other : throw new IncompatibleException(
                $"{path}: takes other features ({other.Features.Kind}) than {model} ({bundle.Features.Kind}), but "
                + "models that decode together must take the same.");
        }
    }
}
