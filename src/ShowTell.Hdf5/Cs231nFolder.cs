using ShowTell.Data;

namespace ShowTell.Hdf5;

/// <summary>Datasets in the HDF5 files of the CS231n exercises (<see cref="DatasetLayout.Cs231n"/>).</summary>
public static class Cs231nFolder
{
    /// <summary>Opens a dataset of any layout. Captions are read whole, features as they are needed.</summary>
    /// <exception cref="DataException">A file is missing or damaged, or the files do not belong together.</exception>
    public static CaptionDataset Load(string folder, DatasetOptions? options = null)
    {
        Hdf5Format.Register();
        return DatasetFolder.Load(folder, options);
    }

    /// <summary>Writes a dataset, as <see cref="DatasetFolder.Save"/> does.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="folder">A folder that holds no dataset yet; it is made if it is missing.</param>
    /// <param name="pcaFeatures">Whether the feature files take the names of reduced features (<c>_pca</c>).</param>
    /// <exception cref="DataException">The folder holds a dataset already, or the features cannot be read.</exception>
    /// <exception cref="ShowTellException">A file cannot be written.</exception>
    public static void Save(CaptionDataset dataset, string folder, bool pcaFeatures = true)
    {
        Hdf5Format.Register();
        DatasetFolder.Save(dataset, folder, DatasetLayout.Cs231n, pcaFeatures);
    }
}
