using ShowTell.Models;
using Xunit;

namespace ShowTell.Tests.Models;

public sealed class CaptioningReferenceTests
{
    /// <summary>Loss and gradients of the same model in NumPy, by <c>tests/golden/captioning_model.py</c>.</summary>
    [Theory]
    [InlineData(CellKind.Rnn, "rnn")]
    [InlineData(CellKind.Lstm, "lstm")]
    public void A_training_step_matches_NumPy(CellKind cell, string name) => SmallModel.AssertGolden(
        GoldenFile.Read("captioning_model").GetProperty(name), SmallModel.Options(cell, d: 9, w: 7, h: 5, v: 14));
}
