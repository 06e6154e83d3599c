using System.Numerics.Tensors;

namespace ShowTell.Backbones;

/// <summary>
/// How a backbone's output is read as features: N x D; a grid N x D x H x W or N x H x W x D; or a sequence of tokens
/// N x T x D or N x D x T: a square grid, row by row, behind a class token and the like.
/// </summary>
internal sealed class BackboneOutput
{
    /// <summary>The maximum number of tokens before those of the regions.</summary>
    private const int MaxPrefix = 8;

    private readonly string _problem;
    private readonly int _positions, _height, _width, _start, _regionStride, _columnStride;

    /// <summary>Finds out how an output is to be read.</summary>
    /// <param name="network">The backbone, for error messages.</param>
    /// <param name="name">The tensor.</param>
    /// <param name="shape">Its dimensions for N photos.</param>
    /// <param name="photos">The number of photos, N.</param>
    /// <param name="inputIsLast">Whether the input is NHWC.</param>
    /// <param name="hint">The layout of tokens, or of a grid whose shape allows both; null if unknown.</param>
    /// <param name="options">The grid, and the layout and the use of the class token as far as they were given.</param>
    /// <exception cref="ModelFileException">It is not features of photos, or can be read in two ways.</exception>
    public BackboneOutput(
        string network,
        string name,
        IReadOnlyList<long> shape,
        int photos,
        bool inputIsLast,
        OutputLayout? hint,
        BackboneOptions options)
    {
        _problem = $"{network}: {name} is {BackboneTensor.ShapeText(shape)}";
        Shape = shape;
        if (shape.Count is < 2 or > 4 || shape[0] != photos || shape.Any(size => size < 1)
            || shape.Aggregate((Int128)1, (product, size) => product * size) > Array.MaxLength)
        {
            throw Invalid($", which is not features of {photos} photo(s).");
        }

        if (options.Grid && shape.Count == 2)
        {
            throw Invalid(", a vector per photo without a grid: choose another tensor with --output, or omit --grid.");
        }

        bool isLastByDefault = shape.Count != 4 || inputIsLast;
        bool isLast = shape.Count == 2 || options.Layout switch
        {
            OutputLayout.AsInput => isLastByDefault,
            OutputLayout layout => layout == OutputLayout.ChannelsLast,
            null => InferLast(shape, hint) ?? throw Invalid(
                ", which may have its features first or last: say which with --layout NCHW or --layout NHWC."),
        };
        Layout = isLast == isLastByDefault ? OutputLayout.AsInput
            : isLast ? OutputLayout.ChannelsLast : OutputLayout.ChannelsFirst;
        Columns = (int)(isLast ? shape[^1] : shape[1]);
        _positions = (int)(shape.Skip(1).Aggregate(1L, (product, size) => product * size) / Columns);
        (_regionStride, _columnStride) = isLast ? (Columns, 1) : (1, _positions);
        (_height, _width) = shape.Count == 4
            ? ((int)shape[isLast ? 1 : 2], (int)shape[isLast ? 2 : 3])
            : (_positions, 1);
        bool hasGrid = shape.Count == 4;
        if (shape.Count == 3)
        {
            (_height, _width, int first, ClassToken) = ReadTokens(options);
            _start = first * _regionStride;
            hasGrid = _height == _width;
        }
        else if (options.ClassToken is ClassToken.Drop or ClassToken.Only)
        {
            throw Invalid(", no sequence of tokens, so that --class-token does not apply.");
        }

        // The same grid is the same pipeline, whether its side was requested or not.
        Side = options.Grid && (options.GridSide != _height || options.GridSide != _width) ? options.GridSide : 0;
        Regions = !options.Grid ? 1 : Side > 0 ? Side * Side : _height * _width;
        if (Side > 0 && (!hasGrid || _height < Side || _width < Side))
        {
            throw Invalid(
                $", which cannot be averaged to a grid of {Side} x {Side}: that takes "
                + (hasGrid ? "at least as many rows and columns." : "a square grid, without a class token."));
        }
    }

    /// <summary>The tensor's dimensions.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Rows of features per photo.</summary>
    public int Regions { get; }

    /// <summary>Features per row, D.</summary>
    public int Columns { get; }

    /// <summary>Rows and columns of the grid, or the number of tokens and 1.</summary>
    public (int Height, int Width) Grid => (_height, _width);

    /// <summary>Side to which the grid is averaged; 0 if it is not.</summary>
    public int Side { get; }

    /// <summary>The order of features and regions.</summary>
    public OutputLayout Layout { get; }

    /// <summary>What becomes of the class token; <see cref="ClassToken.Keep"/> if there is none.</summary>
    public ClassToken ClassToken { get; }

    /// <summary>Copies the features of the first photos, as many as the matrix holds.</summary>
    /// <param name="elements">The output's elements.</param>
    /// <param name="features">Receives (N·<see cref="Regions"/>) x <see cref="Columns"/>.</param>
    public void Copy(ReadOnlySpan<float> elements, MatrixSpan<float> features)
    {
        int length = _positions * Columns;
        for (int photo = 0; photo < features.Rows / Regions; photo++)
        {
            ReadOnlySpan<float> source = elements.Slice(photo * length, length)[_start..];
            MatrixSpan<float> target = features.RowBlock(photo * Regions, Regions);
            if (Side > 0)
            {
                Pool(source, target);
            }
            else if (Regions == _height * _width)
            {
                CopyRegions(source, target);
            }
            else
            {
                Average(source, target.Row(0));
            }
        }
    }

    /// <summary>
    /// Whether the features are last, if that is known or only one order is possible: a grid is square, a sequence is a
    /// square behind a few tokens, and there is more than one feature. Null if both are, or neither is.
    /// </summary>
    private static bool? InferLast(IReadOnlyList<long> shape, OutputLayout? hint)
    {
        bool? hinted = hint is null ? null : hint == OutputLayout.ChannelsLast;
        if (shape.Count == 3 && hinted is not null)
        {
            return hinted;
        }

        bool isFirstPossible = shape.Count == 4 ? shape[2] == shape[3] : MayBeTokens(shape[2]);
        bool isLastPossible = shape.Count == 4 ? shape[1] == shape[2] : MayBeTokens(shape[1]);
        if (isFirstPossible && isLastPossible)
        {
            (isFirstPossible, isLastPossible) = (shape[1] > 1, shape[^1] > 1);
        }

        return isFirstPossible == isLastPossible ? hinted : isLastPossible;
    }

    /// <summary>Whether a number of tokens is a square and a few more, fewer than those of the square.</summary>
    private static bool MayBeTokens(long count) =>
        Prefix(count) is int prefix && prefix <= MaxPrefix && prefix < count - prefix;

    /// <summary>How many tokens there are beside the largest square.</summary>
    private static int Prefix(long tokens)
    {
        int side = (int)Math.Sqrt(tokens);
        return (int)(tokens - ((long)side * side));
    }

    private (int Height, int Width, int First, ClassToken ClassToken) ReadTokens(BackboneOptions options)
    {
        int prefix = Prefix(_positions), side = (int)Math.Sqrt(_positions);
        switch (options.ClassToken ?? ClassToken.Drop)
        {
            case ClassToken.Keep:
                return prefix == 0 ? (side, side, 0, ClassToken.Keep) : (_positions, 1, 0, ClassToken.Keep);
            case ClassToken.Drop when prefix <= MaxPrefix:
                return (side, side, prefix, prefix == 0 ? ClassToken.Keep : ClassToken.Drop);
            case ClassToken.Only when prefix is > 0 and <= MaxPrefix && !options.Grid:
                return (1, 1, 0, ClassToken.Only);
            case ClassToken.Only when options.Grid:
                throw Invalid(": --class-token only takes one vector per photo, which has no grid; omit --grid.");
            default:
                throw Invalid(
                    $": {_positions} tokens are not a square grid behind a class token. Take all of them with "
                    + "--class-token keep, or say with --layout which axis is that of the features.");
        }
    }

    private ModelFileException Invalid(string what) => new($"{_problem}{what}");

    private void CopyRegions(ReadOnlySpan<float> source, MatrixSpan<float> target)
    {
        for (int region = 0; region < target.Rows; region++)
        {
            Span<float> row = target.Row(region);
            for (int column = 0; column < row.Length; column++)
            {
                row[column] = source[(region * _regionStride) + (column * _columnStride)];
            }
        }
    }

    /// <summary>
    /// Averages regions as PyTorch's AdaptiveAvgPool2d: row i of S is the mean of rows ⌊i·H/S⌋ to ⌈(i+1)·H/S⌉ - 1 of H.
    /// </summary>
    private void Pool(ReadOnlySpan<float> source, MatrixSpan<float> target)
    {
        for (int region = 0; region < target.Rows; region++)
        {
            (int top, int bottom) = PooledRange(region / Side, _height);
            (int left, int right) = PooledRange(region % Side, _width);
            Span<float> row = target.Row(region);
            for (int column = 0; column < row.Length; column++)
            {
                float sum = 0;
                for (int y = top; y < bottom; y++)
                {
                    for (int x = left; x < right; x++)
                    {
                        sum += source[(((y * _width) + x) * _regionStride) + (column * _columnStride)];
                    }
                }

                row[column] = sum / ((bottom - top) * (right - left));
            }
        }
    }

    private (int Start, int End) PooledRange(int index, int length) =>
        (index * length / Side, (((index + 1) * length) + Side - 1) / Side);

    private void Average(ReadOnlySpan<float> source, Span<float> row)
    {
        int regions = _height * _width;
        if (_regionStride == 1)
        {
            for (int column = 0; column < row.Length; column++)
            {
                row[column] = TensorPrimitives.Sum(source.Slice(column * _positions, regions)) / regions;
            }

            return;
        }

        row.Clear();
        for (int region = 0; region < regions; region++)
        {
            TensorPrimitives.Add(row, source.Slice(region * Columns, Columns), row);
        }

        TensorPrimitives.Divide(row, regions, row);
    }
}
