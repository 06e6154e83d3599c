using Xunit;

namespace ShowTell.Tests.Numerics;

/// <summary><see cref="LanesMathTests"/> with narrower vectors.</summary>
public sealed class LanesMathVectorWidthTests
{
    /// <summary>Every width is within 3 units in the last place: two differ by less than 1e-6 in float.</summary>
    [Theory]
    [MemberData(nameof(VectorWidth.Switches), MemberType = typeof(VectorWidth))]
    public Task Functions_are_as_accurate_with_narrower_vectors(string disabled) =>
        VectorWidth.RunTests(disabled, typeof(LanesMathTests));
}
