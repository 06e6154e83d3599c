namespace ShowTell.Backbones;

/// <summary>
/// What becomes of tokens that stand before those of the regions: a vision transformer's class token, distillation
/// token and registers.
/// </summary>
public enum ClassToken
{
    /// <summary>They are regions like the others.</summary>
    Keep,

    /// <summary>They are left out, so that the others are a grid.</summary>
    Drop,

    /// <summary>The first token alone is the vector of the photo.</summary>
    Only,
}
