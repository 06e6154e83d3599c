namespace ShowTell.Layers;

/// <summary>Arrays that are reused from step to step and stop growing.</summary>
internal static class ReusedArray
{
    /// <summary>Makes room for <paramref name="length"/> elements; a shorter array is replaced, and its contents lost.
    /// </summary>
    public static void Reserve<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            array = new T[length];
        }
    }
}
