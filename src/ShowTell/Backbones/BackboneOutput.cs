using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace ShowTell.Backbones;

/// <summary>
/// A backbone's output tensor, read as features: N x D, or a grid N x D x H x W (channels last: N x H x W x D), or
/// N x R x D.
/// </summary>
internal readonly ref struct BackboneOutput
{
    private readonly ReadOnlySpan<float> _elements;
    private readonly int _photos, _regions, _height, _width, _side;
    private readonly bool _regionsLast;

    public BackboneOutput(OrtValue output, int photos, bool channelsLast, BackboneOptions options)
    {
        long[] shape = output.GetTensorTypeAndShape().Shape;
        Shape = shape;
        _elements = output.GetTensorDataAsSpan<float>();
        _photos = photos;
        _regionsLast = shape.Length == 4 && !channelsLast;
        (long height, long width, long columns) = shape.Length switch
        {
            2 when !options.Grid => (1, 1, shape[1]),
            3 => (shape[1], 1, shape[2]),
            4 when channelsLast => (shape[1], shape[2], shape[3]),
            4 => (shape[2], shape[3], shape[1]),
            _ => (0, 0, 0),
        };
        IsValid = height > 0 && width > 0 && columns > 0 && shape[0] == photos;
        (_height, _width, _regions, Columns) = ((int)height, (int)width, (int)(height * width), (int)columns);
        _side = options.Grid ? options.GridSide : 0;
        IsPooled = _side > 0 && (shape.Length != 4 || (height, width) != (_side, _side));
        CanPool = !IsPooled || (shape.Length == 4 && height >= _side && width >= _side);
        Rows = !options.Grid ? 1 : IsPooled ? _side * _side : _regions;
    }

    /// <summary>The tensor's dimensions.</summary>
    public long[] Shape { get; }

    /// <summary>Whether the shape is one of features of N photos.</summary>
    public bool IsValid { get; }

    /// <summary>Whether the grid is to be averaged to a smaller one.</summary>
    public bool IsPooled { get; }

    /// <summary>Whether that is possible: it has rows and columns of regions, at least as many as requested.</summary>
    public bool CanPool { get; }

    /// <summary>Rows of features per photo.</summary>
    public int Rows { get; }

    /// <summary>Features per row, D.</summary>
    public int Columns { get; }

    /// <summary>Copies the features of the first photos, as many as the matrix holds.</summary>
    /// <returns>Whether the shapes match.</returns>
    public bool TryCopyTo(MatrixSpan<float> features)
    {
        if (!IsValid || !CanPool || features.Columns != Columns || features.Rows % Rows != 0
            || features.Rows / Rows > _photos)
        {
            return false;
        }

        int length = _regions * Columns;
        for (int photo = 0; photo < features.Rows / Rows; photo++)
        {
            ReadOnlySpan<float> source = _elements.Slice(photo * length, length);
            MatrixSpan<float> target = features.RowBlock(photo * Rows, Rows);
            if (IsPooled)
            {
                Pool(source, target);
            }
            else if (Rows == _regions)
            {
                Copy(source, target);
            }
            else
            {
                Average(source, target.Row(0));
            }
        }

        return true;
    }

    private (int Region, int Column) Strides => _regionsLast ? (1, _regions) : (Columns, 1);

    private void Copy(ReadOnlySpan<float> source, MatrixSpan<float> target)
    {
        (int regionStride, int columnStride) = Strides;
        for (int region = 0; region < _regions; region++)
        {
            Span<float> row = target.Row(region);
            for (int column = 0; column < row.Length; column++)
            {
                row[column] = source[(region * regionStride) + (column * columnStride)];
            }
        }
    }

    /// <summary>
    /// Averages regions as PyTorch's AdaptiveAvgPool2d: row i of S is the mean of rows ⌊i·H/S⌋ to ⌈(i+1)·H/S⌉ - 1 of H.
    /// </summary>
    private void Pool(ReadOnlySpan<float> source, MatrixSpan<float> target)
    {
        (int regionStride, int columnStride) = Strides;
        for (int region = 0; region < target.Rows; region++)
        {
            (int top, int bottom) = PooledRange(region / _side, _height);
            (int left, int right) = PooledRange(region % _side, _width);
            Span<float> row = target.Row(region);
            for (int column = 0; column < row.Length; column++)
            {
                float sum = 0;
                for (int y = top; y < bottom; y++)
                {
                    for (int x = left; x < right; x++)
                    {
                        sum += source[(((y * _width) + x) * regionStride) + (column * columnStride)];
                    }
                }

                row[column] = sum / ((bottom - top) * (right - left));
            }
        }
    }

    private (int Start, int End) PooledRange(int index, int length) =>
        (index * length / _side, (((index + 1) * length) + _side - 1) / _side);

    private void Average(ReadOnlySpan<float> source, Span<float> row)
    {
        if (_regionsLast)
        {
            for (int column = 0; column < row.Length; column++)
            {
                row[column] = TensorPrimitives.Sum(source.Slice(column * _regions, _regions)) / _regions;
            }

            return;
        }

        row.Clear();
        for (int region = 0; region < _regions; region++)
        {
            TensorPrimitives.Add(row, source.Slice(region * Columns, Columns), row);
        }

        TensorPrimitives.Divide(row, _regions, row);
    }
}
