using Xunit;

namespace ShowTell.Tests.Numerics;

/// <summary><see cref="LanesMathTests"/> again with narrower vectors than this machine's.</summary>
public sealed class LanesMathVectorWidthTests
{
    /// <summary>Every width keeps the same 3 units in the last place: two differ by less than 1e-6 in float.</summary>
    [Theory]
    [MemberData(nameof(VectorWidth.Switches), MemberType = typeof(VectorWidth))]
    public Task Functions_are_as_exact_with_narrower_vectors(string switchedOff) =>
        VectorWidth.RunTests(switchedOff, typeof(LanesMathTests));
}
