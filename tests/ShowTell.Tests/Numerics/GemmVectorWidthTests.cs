using Xunit;

namespace ShowTell.Tests.Numerics;

/// <summary><see cref="GemmTests"/> and <see cref="PackedMatrixTests"/> with narrower vectors.</summary>
public sealed class GemmVectorWidthTests
{
    [Theory]
    [MemberData(nameof(VectorWidth.Switches), MemberType = typeof(VectorWidth))]
    public Task Products_are_correct_with_narrower_vectors(string disabled) =>
        VectorWidth.RunTests(disabled, typeof(GemmTests), typeof(PackedMatrixTests));
}
