namespace ShowTell.Layers;

/// <summary>
/// What <see cref="AttentionLstm.Forward"/> saves for <see cref="AttentionLstm.Backward"/>. Reusable without
/// allocating.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class AttentionLstmCache<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private int[] _imageOf = [];

    /// <summary>Creates an empty cache.</summary>
    /// <param name="additive">Whether regions are scored by <see cref="AdditiveScore"/>.</param>
    public AttentionLstmCache(bool additive = false)
    {
        Lstm = new LstmCache<T>(new Recurrence<T>(
            now => AttentionLstm.StepAt(now, this), now => AttentionLstm.StepBackwardAt(now, this)));
        Additive = additive ? new AdditiveScoreCache<T>() : null;
        GridBackward = new SequenceJob(Time.Layout, (first, count) => AttentionLstm.GridsBackward(first, count, this));
    }

    /// <summary>The hidden states h_1 to h_T, T·N x H, time-major.</summary>
    public MatrixSpan<T> HiddenStates => Time.H;

    /// <summary>α of all timesteps, T·N x P, time-major.</summary>
    public MatrixSpan<T> Attention => AttentionWeights;

    internal LstmCache<T> Lstm { get; }

    internal Recurrence<T> Time => Lstm.Time;

    /// <summary>Null for dot products.</summary>
    internal AdditiveScoreCache<T>? Additive { get; }

    internal SequenceJob GridBackward { get; }

    /// <summary>A of each sequence, set before <see cref="AttentionLstm.ForwardGates"/>.</summary>
    internal ImageGrids<T> Images { get; } = new();

    /// <summary>The image of each sequence: sequence n attends to image n.</summary>
    internal int[] ImageOf => _imageOf;

    /// <summary>The packed weights of the current pass.</summary>
    internal PackedAttention<T> Packed { get; } = new();

    /// <summary>h_0; after the backward pass its gradient, N x H.</summary>
    internal Matrix<T> H0 { get; } = new(0, 0);

    /// <summary>α, R x P.</summary>
    internal Matrix<T> AttentionWeights { get; } = new(0, 0);

    /// <summary>z, R x H.</summary>
    internal Matrix<T> Z { get; } = new(0, 0);

    /// <summary>The gradient of z, R x H.</summary>
    internal Matrix<T> DZ { get; } = new(0, 0);

    /// <summary>The gradient of e, R x P.</summary>
    internal Matrix<T> DE { get; } = new(0, 0);

    /// <summary>The gradient of A of each sequence, N·P x H.</summary>
    internal Matrix<T> DGrid { get; } = new(0, 0);

    internal void Resize(PackedLayout layout, int hiddenSize, int regions)
    {
        Lstm.Resize(layout, hiddenSize);
        Images.Resize(layout.BatchSize, regions, hiddenSize);
        DGrid.Reshape(layout.BatchSize * regions, hiddenSize);
        H0.Reshape(layout.BatchSize, hiddenSize);
        Time.Resize(AttentionWeights, regions);
        Time.Resize(DE, regions);
        Time.Resize(Z, hiddenSize);
        Time.Resize(DZ, hiddenSize);
        if (_imageOf.Length < layout.BatchSize)
        {
            _imageOf = [.. Enumerable.Range(0, layout.BatchSize)];
        }
    }
}

/// <summary>The grids of images that captions attend to.</summary>
internal sealed class ImageGrids<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Matrix<T> _keys = new(0, 0);

    /// <summary>P, the number of regions of an image.</summary>
    public int Regions { get; private set; }

    /// <summary>A of all images, image by image, N·P x H.</summary>
    public Matrix<T> Grid { get; } = new(0, 0);

    /// <summary>The keys of an <see cref="AdditiveScore"/>, N·P x U; null for dot products.</summary>
    public Matrix<T>? Keys { get; private set; }

    public void Resize(int images, int regions, int hiddenSize)
    {
        Regions = regions;
        Grid.Reshape(images * regions, hiddenSize);
    }

    /// <summary>Computes the keys from the grids, if the weights have an additive score.</summary>
    public void SetKeys(RecurrentWeights<T> weights)
    {
        Keys = null;
        if (weights.HasAdditiveScore)
        {
            AdditiveScoreWeights<T> score = weights.AdditiveScore;
            _keys.Reshape(Grid.Rows, score.Key.Columns);
            Affine.Forward(Grid, score.Key, score.KeyBias.Span, _keys);
            Keys = _keys;
        }
    }

    public MatrixSpan<T> GridOf(int image) => Grid.RowBlock(image * Regions, Regions);

    public MatrixSpan<T> KeysOf(int image) => Keys!.RowBlock(image * Regions, Regions);
}

/// <summary>The weights of attention, packed.</summary>
internal sealed class PackedAttention<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Wattn.</summary>
    public PackedMatrix<T> Attention { get; } = new();

    /// <summary>Wquery of an additive score.</summary>
    public PackedMatrix<T> Query { get; } = new();

    /// <summary>v of an additive score.</summary>
    public Matrix<T>? V { get; private set; }

    public void Pack(RecurrentWeights<T> weights)
    {
        Attention.Pack(weights.Attention);
        if (weights.HasAdditiveScore)
        {
            Query.Pack(weights.AdditiveScore.Query);
            V = weights.AdditiveScore.V;
        }
    }

    public void PackTransposed(RecurrentWeights<T> weights)
    {
        Attention.PackTransposed(weights.Attention);
        if (weights.HasAdditiveScore)
        {
            Query.PackTransposed(weights.AdditiveScore.Query);
        }
    }
}
