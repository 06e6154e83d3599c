namespace ShowTell.Layers;

/// <summary>Arrays that are reused from step to step and stop growing.</summary>
internal static class Reused
{
    /// <summary>Makes room for so many elements; what an array held is lost if it was too short.</summary>
    public static void Reserve<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            array = new T[length];
        }
    }
}
