namespace ShowTell.Datasets.Scenes;

/// <summary>The positions and sizes of shapes, and the random generation of scenes.</summary>
internal static class SceneLayout
{
    /// <summary>Shapes of smaller radius are small, others are large.</summary>
    public const double SmallBelow = 0.1;

    /// <summary>
    /// The minimum distance along an axis at which a shape is above, below, left or right of another.
    /// </summary>
    public const double ClearlyApart = 0.2;

    private const double SmallestSmall = 0.076, LargestSmall = 0.082;
    private const double SmallestLarge = 0.124, LargestLarge = 0.132;
    private const double Jitter = 0.01;
    private const double OneShapeProbability = 0.25;

    /// <summary>The four corners and the middle.</summary>
    private static readonly (double X, double Y)[] Positions =
        [(0.19, 0.19), (0.81, 0.19), (0.5, 0.5), (0.19, 0.81), (0.81, 0.81)];

    /// <summary>The third that contains a coordinate: 0, 1 or 2.</summary>
    public static int Third(double coordinate) => Math.Clamp((int)(coordinate * 3), 0, 2);

    /// <summary>
    /// Generates a scene: one shape with probability 1/4, else two that differ in kind or color, near different
    /// positions.
    /// </summary>
    public static Scene Generate(SeededRandom random)
    {
        int firstPosition = random.NextInt(Positions.Length);
        SceneShape first = GenerateShape(random, Positions[firstPosition]);
        if (random.NextUniform() < OneShapeProbability)
        {
            return new Scene(first);
        }

        int secondPosition = (firstPosition + 1 + random.NextInt(Positions.Length - 1)) % Positions.Length;
        SceneShape second;
        do
        {
            second = GenerateShape(random, Positions[secondPosition]);
        }
        while (second.Kind == first.Kind && second.Color == first.Color);

        return new Scene(first, second);
    }

    private static SceneShape GenerateShape(SeededRandom random, (double X, double Y) position)
    {
        var kind = (ShapeKind)random.NextInt(4);
        var color = (ShapeColor)random.NextInt(6);
        double radius = random.NextInt(2) == 0
            ? Between(random, SmallestSmall, LargestSmall)
            : Between(random, SmallestLarge, LargestLarge);
        double x = Between(random, position.X - Jitter, position.X + Jitter);
        double y = Between(random, position.Y - Jitter, position.Y + Jitter);
        return new SceneShape(kind, color, x, y, radius);
    }

    /// <summary>A random number in whole thousandths.</summary>
    private static double Between(SeededRandom random, double low, double high) =>
        Math.Round(low + ((high - low) * random.NextUniform()), 3);
}
