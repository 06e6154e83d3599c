using System.Text.Json;
using ShowTell.Numerics;

namespace ShowTell.Tests;

/// <summary>Values that a script <c>tests/golden/NAME.py</c> has written to <c>tests/golden/NAME.json</c>.</summary>
internal static class GoldenFile
{
    public static JsonElement Read(string name) => Parse(TestData.Golden($"{name}.json"));

    public static JsonElement Parse(string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.Clone();
    }

    /// <summary>All numbers of nested lists, in their order.</summary>
    public static double[] Numbers(this JsonElement element) => element.ValueKind == JsonValueKind.Array
        ? [.. element.EnumerateArray().SelectMany(Numbers)]
        : [element.GetDouble()];

    /// <summary>The innermost lists as rows; a list of numbers is one row.</summary>
    public static Matrix<double> Matrix(this JsonElement element)
    {
        JsonElement inner = element;
        while (inner[0].ValueKind == JsonValueKind.Array)
        {
            inner = inner[0];
        }

        double[] numbers = element.Numbers();
        return new Matrix<double>(numbers.Length / inner.GetArrayLength(), inner.GetArrayLength(), numbers);
    }

    /// <summary>One of an object's values as a matrix.</summary>
    public static Matrix<double> Matrix(this JsonElement element, string name) => element.GetProperty(name).Matrix();
}
