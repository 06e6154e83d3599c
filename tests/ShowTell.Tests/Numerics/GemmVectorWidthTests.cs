using Xunit;

namespace ShowTell.Tests.Numerics;

/// <summary>
/// <see cref="GemmTests"/> and <see cref="PackedMatrixTests"/> again with narrower vectors than this machine's.
/// </summary>
public sealed class GemmVectorWidthTests
{
    [Theory]
    [MemberData(nameof(VectorWidth.Switches), MemberType = typeof(VectorWidth))]
    public Task Products_are_right_with_narrower_vectors(string switchedOff) =>
        VectorWidth.RunTests(switchedOff, typeof(GemmTests), typeof(PackedMatrixTests));
}
