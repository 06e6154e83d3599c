namespace ShowTell.Backbones;

/// <summary>A tensor of a network, and what it holds as features of photos.</summary>
/// <param name="Tensor">The tensor.</param>
/// <param name="Kind"><c>vector</c>, <c>grid</c> or <c>tokens</c> (a grid behind a class token); empty if it is none of
/// these, depends on more than photos, or could not be computed.</param>
/// <param name="Features">Features per region, D; 0 if the kind is empty.</param>
/// <param name="Side">Rows and columns of the grid; 1 for a vector.</param>
public sealed record BackboneFeatures(BackboneTensor Tensor, string Kind = "", int Features = 0, int Side = 0)
{
    /// <summary>The kind in words, such as <c>grid of 7 x 7, 512 features each</c>.</summary>
    public string Description => Kind switch
    {
        "vector" => $"vector of {Features} features",
        "grid" => $"grid of {Side} x {Side}, {Features} features each",
        "tokens" => $"class token and grid of {Side} x {Side}, {Features} features each",
        _ => "",
    };

    internal static BackboneFeatures Of(BackboneTensor tensor, BackboneOutput output) => new(
        tensor,
        output.ClassToken == ClassToken.Drop ? "tokens" : output.Grid == (1, 1) ? "vector" : "grid",
        output.Columns,
        output.Grid.Height);
}
