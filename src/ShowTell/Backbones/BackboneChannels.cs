namespace ShowTell.Backbones;

/// <summary>A number for each colour channel, in the order in which the network takes them.</summary>
public readonly record struct BackboneChannels(float First, float Second, float Third)
{
    /// <summary>The same number for all.</summary>
    public BackboneChannels(float value)
        : this(value, value, value)
    {
    }

    /// <summary>The number of channel 0, 1 or 2.</summary>
    public float this[int channel] => channel switch
    {
        0 => First,
        1 => Second,
        2 => Third,
        _ => throw new ArgumentOutOfRangeException(nameof(channel)),
    };

    /// <summary>The numbers with commas between, which read back as they were.</summary>
    public override string ToString() =>
        string.Join(',', new[] { First, Second, Third }.Select(value => value.ToString(CultureInfo.InvariantCulture)));
}
