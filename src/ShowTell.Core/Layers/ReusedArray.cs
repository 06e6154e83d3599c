namespace ShowTell.Layers;

/// <summary>Arrays that are reused from step to step.</summary>
internal static class ReusedArray
{
    /// <summary>
    /// Ensures a length of at least <paramref name="length"/>; a shorter array is replaced, its contents lost.
    /// </summary>
    public static void Reserve<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            array = new T[length];
        }
    }
}
