namespace ShowTell.Files;

/// <summary>What files of tensors of every format are asked for.</summary>
internal static class TensorFiles
{
    private const int ListedInMessages = 12;

    /// <summary>Finds a tensor that must be there.</summary>
    /// <exception cref="DataException">There is no such tensor.</exception>
    public static TensorInfo Require(this ITensorFile file, string name) =>
        file.Find(name) ?? throw Missing(file, name);

    /// <summary>Checks the number of a tensor's dimensions, and that none is too long for an array.</summary>
    /// <exception cref="DataException">It has another number of dimensions, or is too large.</exception>
    public static void RequireRank(ITensorFile file, TensorInfo info, params ReadOnlySpan<int> ranks)
    {
        if (!ranks.Contains(info.Shape.Count))
        {
            throw new DataException(
                $"{file.Path}: {info}: has {info.Shape.Count} dimensions, but must have "
                + $"{string.Join(" or ", ranks.ToArray())}.");
        }

        if (info.Shape.Any(length => length > int.MaxValue) || info.RowLength > int.MaxValue)
        {
            throw new DataException(
                $"{file.Path}: {info}: no dimension, and no row, may be longer than {int.MaxValue}.");
        }
    }

    /// <summary>Reads a single string; null if there is none of this name.</summary>
    /// <exception cref="DataException">There are several, or they cannot be read.</exception>
    public static string? ReadString(this ITensorFile file, string name) =>
        file.Find(name) is not TensorInfo info ? null
        : file.ReadStrings(name) is [string value] ? value
        : throw new DataException($"{file.Path}: {info}: must hold one string.");

    /// <summary>The exception for a tensor that is not there: it says what is.</summary>
    public static DataException Missing(ITensorFile file, string name)
    {
        IReadOnlyList<TensorInfo> tensors = file.Tensors;
        string listed = string.Join(", ", tensors.Take(ListedInMessages));
        string more = tensors.Count > ListedInMessages ? $" and {tensors.Count - ListedInMessages} more" : "";
        return new DataException(
            $"{file.Path}: has no tensor \"{name}\"; it holds "
            + $"{(tensors.Count > 0 ? listed + more : "nothing at all")}.");
    }
}
