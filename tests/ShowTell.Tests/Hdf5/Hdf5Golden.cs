using ShowTell.Hdf5;

namespace ShowTell.Tests.Hdf5;

/// <summary>The files that h5py has written: tests/golden/hdf5.py.</summary>
internal static class Hdf5Golden
{
    /// <summary>Element i of every matrix of 5 rows of 4.</summary>
    public static int[] Values { get; } = [.. Enumerable.Range(-7, 20)];

    public static float[] Floats { get; } = [.. Values.Select(value => (float)value)];

    public static string[] Names { get; } = ["a.jpg", "", "Größe 写真.jpg", new('x', 300)];

    public static string PathOf(string name) => TestData.Golden("hdf5", name + ".h5");

    /// <summary>Opens a golden file.</summary>
    public static Hdf5File Open(string name) => Hdf5File.Open(PathOf(name));
}
