using ShowTell.Numerics;

namespace ShowTell.Data.Scenes;

/// <summary>Where shapes lie and how large they are, and how scenes are drawn at random.</summary>
internal static class SceneLayout
{
    /// <summary>Shapes of a smaller radius are small, others large.</summary>
    public const double SmallBelow = 0.09;

    /// <summary>A shape is above (below, left of, right of) another whose centre lies at least this far down (up, ...).</summary>
    public const double ClearlyApart = 0.2;

    private const double SmallestSmall = 0.058, LargestSmall = 0.068;
    private const double SmallestLarge = 0.108, LargestLarge = 0.122;
    private const double Jitter = 0.015;
    private const double OneShape = 0.25;

    /// <summary>The third that a coordinate lies in: 0, 1 or 2.</summary>
    public static int Third(double coordinate) => Math.Clamp((int)(coordinate * 3), 0, 2);

    /// <summary>
    /// Draws a scene: one shape in a quarter of the cases, else two that differ in kind or colour, each near the middle
    /// of another cell of a 3 x 3 grid.
    /// </summary>
    public static Scene Draw(SeededRandom random)
    {
        int firstCell = random.NextInt(9);
        SceneShape first = DrawShape(random, firstCell);
        if (random.NextUniform() < OneShape)
        {
            return new Scene(first);
        }

        int secondCell = (firstCell + 1 + random.NextInt(8)) % 9;
        SceneShape second;
        do
        {
            second = DrawShape(random, secondCell);
        }
        while (second.Kind == first.Kind && second.Colour == first.Colour);

        return new Scene(first, second);
    }

    private static SceneShape DrawShape(SeededRandom random, int cell)
    {
        var kind = (ShapeKind)random.NextInt(4);
        var colour = (ShapeColour)random.NextInt(6);
        bool small = random.NextInt(2) == 0;
        double radius = small ? Between(random, SmallestSmall, LargestSmall) : Between(random, SmallestLarge, LargestLarge);
        double x = Near(random, cell % 3), y = Near(random, cell / 3);
        return new SceneShape(kind, colour, x, y, Thousandths(radius));
    }

    private static double Near(SeededRandom random, int third) =>
        Thousandths(((third + 0.5) / 3) + Between(random, -Jitter, Jitter));

    private static double Between(SeededRandom random, double low, double high) => low + ((high - low) * random.NextUniform());

    // Pages stay short, and what is drawn has the very numbers of what is checked.
    private static double Thousandths(double value) => Math.Round(value, 3);
}
