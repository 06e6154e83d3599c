namespace ShowTell.Datasets.Scenes;

/// <summary>Where shapes lie and how large they are, and how scenes are drawn at random.</summary>
internal static class SceneLayout
{
    /// <summary>Shapes of a smaller radius are small, others large.</summary>
    public const double SmallBelow = 0.1;

    /// <summary>
    /// A shape is above (below, left of, right of) another whose centre lies at least this far down (up, ...).
    /// </summary>
    public const double ClearlyApart = 0.2;

    private const double SmallestSmall = 0.076, LargestSmall = 0.082;
    private const double SmallestLarge = 0.124, LargestLarge = 0.132;
    private const double Jitter = 0.01;
    private const double OneShape = 0.25;

    /// <summary>The four corners and the middle.</summary>
    private static readonly (double X, double Y)[] Places =
        [(0.19, 0.19), (0.81, 0.19), (0.5, 0.5), (0.19, 0.81), (0.81, 0.81)];

    /// <summary>The third that a coordinate lies in: 0, 1 or 2.</summary>
    public static int Third(double coordinate) => Math.Clamp((int)(coordinate * 3), 0, 2);

    /// <summary>
    /// Draws a scene: one shape in a quarter of the cases, else two that differ in kind or colour, each
    /// near another one of the places.
    /// </summary>
    public static Scene Draw(SeededRandom random)
    {
        int firstPlace = random.NextInt(Places.Length);
        SceneShape first = DrawShape(random, Places[firstPlace]);
        if (random.NextUniform() < OneShape)
        {
            return new Scene(first);
        }

        int secondPlace = (firstPlace + 1 + random.NextInt(Places.Length - 1)) % Places.Length;
        SceneShape second;
        do
        {
            second = DrawShape(random, Places[secondPlace]);
        }
        while (second.Kind == first.Kind && second.Colour == first.Colour);

        return new Scene(first, second);
    }

    private static SceneShape DrawShape(SeededRandom random, (double X, double Y) place)
    {
        var kind = (ShapeKind)random.NextInt(4);
        var colour = (ShapeColour)random.NextInt(6);
        double radius = random.NextInt(2) == 0
            ? Between(random, SmallestSmall, LargestSmall)
            : Between(random, SmallestLarge, LargestLarge);
        double x = Between(random, place.X - Jitter, place.X + Jitter);
        double y = Between(random, place.Y - Jitter, place.Y + Jitter);
        return new SceneShape(kind, colour, x, y, radius);
    }

    /// <summary>In whole thousandths, so that what is drawn and what is checked are the same short numbers.</summary>
    private static double Between(SeededRandom random, double low, double high) =>
        Math.Round(low + ((high - low) * random.NextUniform()), 3);
}
