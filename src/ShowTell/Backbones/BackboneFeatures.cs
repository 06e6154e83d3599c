using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace ShowTell.Backbones;

/// <summary>
/// What a network gave, seen as features: N x D, or a grid N x D x H x W (channels last: N x H x W x D), or N x P x D.
/// </summary>
internal readonly ref struct BackboneFeatures
{
    private readonly ReadOnlySpan<float> _elements;
    private readonly int _photos, _places, _height, _width, _side;
    private readonly bool _placesLast;

    public BackboneFeatures(OrtValue output, int photos, bool channelsLast, BackboneOptions options)
    {
        long[] shape = output.GetTensorTypeAndShape().Shape;
        Shape = shape;
        _elements = output.GetTensorDataAsSpan<float>();
        _photos = photos;
        _placesLast = shape.Length == 4 && !channelsLast;
        (long places, long columns) = shape.Length switch
        {
            2 when !options.Grid => (1, shape[1]),
            3 => (shape[1], shape[2]),
            4 when channelsLast => (shape[1] * shape[2], shape[3]),
            4 => (shape[2] * shape[3], shape[1]),
            _ => (0, 0),
        };
        IsValid = places > 0 && columns > 0 && shape[0] == photos;
        _places = (int)places;
        Columns = (int)columns;
        (_height, _width) = shape.Length != 4 ? (0, 0)
            : channelsLast ? ((int)shape[1], (int)shape[2]) : ((int)shape[2], (int)shape[3]);
        _side = options.Grid ? options.GridSide : 0;
        IsPooled = _side > 0 && (_height, _width) != (_side, _side);
        Rows = !options.Grid ? 1 : IsPooled ? _side * _side : _places;
    }

    /// <summary>The output's dimensions.</summary>
    public long[] Shape { get; }

    /// <summary>Whether the shape is one of features of so many photos.</summary>
    public bool IsValid { get; }

    /// <summary>Whether the grid is averaged to a smaller one.</summary>
    public bool IsPooled { get; }

    /// <summary>Whether it can be: it has rows and columns of places, no fewer than it is to have.</summary>
    public bool CanPool => !IsPooled || (_height >= _side && _width >= _side);

    /// <summary>Rows of each photo.</summary>
    public int Rows { get; }

    /// <summary>Features of a row, D.</summary>
    public int Columns { get; }

    /// <summary>Copies the features of the first photos, as many as there is room for.</summary>
    /// <returns>Whether the shapes fit.</returns>
    public bool TryCopyTo(MatrixSpan<float> features)
    {
        if (!IsValid || !CanPool || features.Columns != Columns || features.Rows % Rows != 0
            || features.Rows / Rows > _photos)
        {
            return false;
        }

        int length = _places * Columns;
        for (int photo = 0; photo < features.Rows / Rows; photo++)
        {
            ReadOnlySpan<float> source = _elements.Slice(photo * length, length);
            MatrixSpan<float> target = features.RowBlock(photo * Rows, Rows);
            if (IsPooled)
            {
                PoolPlaces(source, target);
            }
            else if (Rows == _places)
            {
                CopyPlaces(source, target);
            }
            else
            {
                Average(source, target.Row(0));
            }
        }

        return true;
    }

    private void CopyPlaces(ReadOnlySpan<float> source, MatrixSpan<float> target)
    {
        (int placeStep, int columnStep) = Steps;
        for (int place = 0; place < _places; place++)
        {
            Span<float> row = target.Row(place);
            for (int column = 0; column < row.Length; column++)
            {
                row[column] = source[(place * placeStep) + (column * columnStep)];
            }
        }
    }

    /// <summary>
    /// Averages places as PyTorch's AdaptiveAvgPool2d: row i of S is the mean of rows ⌊i·H/S⌋ to ⌈(i+1)·H/S⌉ - 1 of H.
    /// </summary>
    private void PoolPlaces(ReadOnlySpan<float> source, MatrixSpan<float> target)
    {
        (int placeStep, int columnStep) = Steps;
        for (int cell = 0; cell < target.Rows; cell++)
        {
            (int top, int bottom) = Share(cell / _side, _height);
            (int left, int right) = Share(cell % _side, _width);
            Span<float> row = target.Row(cell);
            for (int column = 0; column < row.Length; column++)
            {
                float sum = 0;
                for (int y = top; y < bottom; y++)
                {
                    for (int x = left; x < right; x++)
                    {
                        sum += source[(((y * _width) + x) * placeStep) + (column * columnStep)];
                    }
                }

                row[column] = sum / ((bottom - top) * (right - left));
            }
        }
    }

    private (int Place, int Column) Steps => _placesLast ? (1, _places) : (Columns, 1);

    private (int Start, int End) Share(int index, int length) =>
        (index * length / _side, (((index + 1) * length) + _side - 1) / _side);

    private void Average(ReadOnlySpan<float> source, Span<float> row)
    {
        if (_placesLast)
        {
            for (int column = 0; column < row.Length; column++)
            {
                row[column] = TensorPrimitives.Sum(source.Slice(column * _places, _places)) / _places;
            }

            return;
        }

        row.Clear();
        for (int place = 0; place < _places; place++)
        {
            TensorPrimitives.Add(row, source.Slice(place * Columns, Columns), row);
        }

        TensorPrimitives.Divide(row, _places, row);
    }
}
