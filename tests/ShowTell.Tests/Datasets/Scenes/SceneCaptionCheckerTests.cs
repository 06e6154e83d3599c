using ShowTell.Datasets.Scenes;
using Xunit;

namespace ShowTell.Tests.Datasets.Scenes;

public sealed class SceneCaptionCheckerTests
{
    /// <summary>A large red circle in the top left corner, a small blue square in the bottom right one.</summary>
    private static readonly Scene Pair = new(
        new SceneShape(ShapeKind.Circle, ShapeColor.Red, 0.2, 0.18, 0.125),
        new SceneShape(ShapeKind.Square, ShapeColor.Blue, 0.81, 0.8, 0.075));

    /// <summary>A small green star in the top right corner, a small green triangle in the bottom right one.</summary>
    private static readonly Scene Greens = new(
        new SceneShape(ShapeKind.Star, ShapeColor.Green, 0.8, 0.2, 0.07),
        new SceneShape(ShapeKind.Triangle, ShapeColor.Green, 0.81, 0.81, 0.08));

    /// <summary>A large yellow star in the middle, a small black star in the bottom left corner.</summary>
    private static readonly Scene Stars = new(
        new SceneShape(ShapeKind.Star, ShapeColor.Yellow, 0.5, 0.5, 0.13),
        new SceneShape(ShapeKind.Star, ShapeColor.Black, 0.19, 0.81, 0.075));

    /// <summary>A large purple triangle in the middle, alone.</summary>
    private static readonly Scene Single = new(new SceneShape(ShapeKind.Triangle, ShapeColor.Purple, 0.5, 0.5, 0.12));

    [Theory]
    [InlineData("a red circle")]
    [InlineData("one red circle")]
    [InlineData("a shape")]
    [InlineData("a big shape at the top")]
    [InlineData("there is a large red circle in the top left corner")]
    [InlineData("a red circle on the left side")]
    [InlineData("a large red circle above a small blue square")]
    [InlineData("a red circle left of a square")]
    [InlineData("a blue square to the right of a red circle")]
    [InlineData("a blue square in the lower right corner below a big circle at the top left")]
    [InlineData("the small blue square is below the large red circle")]
    [InlineData("the two shapes are a red circle and a blue square")]
    [InlineData("the two shapes are a blue square and a red circle")]
    [InlineData("the picture shows a blue square and a red circle")]
    [InlineData("a picture of a little blue square")]
    [InlineData("in the bottom right corner is a small blue square")]
    [InlineData("the circle at the top left is large and red")]
    [InlineData("the circle is at the top")]
    [InlineData("the square is small")]
    [InlineData("the shape in the lower right corner is blue")]
    [InlineData("two shapes")]
    [InlineData("two shapes one red and one blue")]
    public void True_of_the_pair(string caption) => AssertTrue(caption, Pair);

    [Theory]
    [InlineData("a blue circle")]
    [InlineData("a small red circle")]
    [InlineData("one shape")]
    [InlineData("a red circle in the middle")]
    [InlineData("a red circle in the top right corner")]
    [InlineData("a large red circle below a small blue square")]
    [InlineData("a red circle right of a square")]
    [InlineData("a small blue square above a large red circle")]
    [InlineData("a large blue circle above a small red square")]
    [InlineData("a small red circle above a large blue square")]
    [InlineData("a red circle and a red circle")]
    [InlineData("a red circle and a shape at the top")]
    [InlineData("the two shapes are a red circle and a green square")]
    [InlineData("the only shape is a large red circle")]
    [InlineData("in the bottom right corner is a large blue square")]
    [InlineData("the circle at the top left is large and blue")]
    [InlineData("the circle is blue")]
    [InlineData("the circle is at the bottom")]
    [InlineData("the shape is red")]
    [InlineData("the star is red")]
    [InlineData("two circles")]
    [InlineData("two shapes one red and one green")]
    [InlineData("two shapes one red and one red")]
    [InlineData("both shapes are red")]
    [InlineData("both shapes are large")]
    public void False_of_the_pair(string caption) => AssertFalse(caption, Pair);

    [Theory]
    [InlineData("both shapes are green")]
    [InlineData("both shapes are small")]
    [InlineData("two small green shapes")]
    [InlineData("a green star above a green triangle")]
    [InlineData("the star is above the triangle")]
    public void True_of_the_greens(string caption) => AssertTrue(caption, Greens);

    [Theory]
    [InlineData("a green star to the left of a green triangle")]
    [InlineData("a green star to the right of a green triangle")]
    [InlineData("one green shape")]
    [InlineData("the green shape is small")]
    [InlineData("two stars")]
    public void False_of_the_greens(string caption) => AssertFalse(caption, Greens);

    [Theory]
    [InlineData("two stars one yellow and one black")]
    [InlineData("two stars one black and one yellow")]
    [InlineData("the large star is in the middle")]
    [InlineData("one yellow star and one black star")]
    [InlineData("a star above a star")]
    public void True_of_the_stars(string caption) => AssertTrue(caption, Stars);

    [Theory]
    [InlineData("the star is in the middle")]
    [InlineData("two stars one yellow and one red")]
    [InlineData("two yellow stars")]
    [InlineData("a black star above a star")]
    public void False_of_the_stars(string caption) => AssertFalse(caption, Stars);

    [Theory]
    [InlineData("the only shape is a big purple triangle")]
    [InlineData("in the centre is a shape")]
    public void True_of_the_single(string caption) => AssertTrue(caption, Single);

    [Theory]
    [InlineData("a purple triangle and a purple triangle")]
    [InlineData("both shapes are purple")]
    [InlineData("the two shapes are a purple triangle and a shape")]
    [InlineData("a purple triangle above a triangle")]
    public void False_of_the_single(string caption) => AssertFalse(caption, Single);

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a")]
    [InlineData("a red")]
    [InlineData("red circle")]
    [InlineData("a circle red")]
    [InlineData("a red large circle")]
    [InlineData("a red circle ")]
    [InlineData("a  red circle")]
    [InlineData("A red circle")]
    [InlineData("a red circle.")]
    [InlineData("a red circle a blue square")]
    [InlineData("a red circle and")]
    [InlineData("a red circle above")]
    [InlineData("a red circle and a blue square and a shape")]
    [InlineData("a red circle at the")]
    [InlineData("a red circle in the top corner")]
    [InlineData("the red circle")]
    [InlineData("the red circle is")]
    [InlineData("the circle is large and")]
    [InlineData("two circle")]
    [InlineData("two red circles one red and one blue")]
    [InlineData("a red circle in the")]
    [InlineData("a red circle on the bottom")]
    [InlineData("at the")]
    [InlineData("one")]
    [InlineData("the")]
    [InlineData("two")]
    [InlineData("both shapes are")]
    [InlineData("both shapes are circles")]
    [InlineData("a <UNK> circle")]
    [InlineData("a red dragon")]
    public void What_the_grammar_cannot_read_is_false(string caption)
    {
        Assert.False(SceneCaptionChecker.IsGrammatical(caption));
        Assert.False(SceneCaptionChecker.IsTrue(caption, Pair));
    }

    private static void AssertTrue(string caption, Scene scene)
    {
        Assert.True(SceneCaptionChecker.IsGrammatical(caption));
        Assert.True(SceneCaptionChecker.IsTrue(caption, scene));
    }

    private static void AssertFalse(string caption, Scene scene)
    {
        Assert.True(SceneCaptionChecker.IsGrammatical(caption));
        Assert.False(SceneCaptionChecker.IsTrue(caption, scene));
    }
}
