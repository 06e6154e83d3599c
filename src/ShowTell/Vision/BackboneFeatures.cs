using System.Numerics.Tensors;
using ShowTell.Interop;
using ShowTell.Numerics;

namespace ShowTell.Vision;

/// <summary>
/// What a network gave, seen as features: N x D, or a grid N x D x H x W (channels last: N x H x W x D), or N x P x D.
/// </summary>
internal readonly ref struct BackboneFeatures
{
    private readonly ReadOnlySpan<float> _elements;
    private readonly int _photos;
    private readonly int _places;
    private readonly bool _placesLast;

    public BackboneFeatures(OnnxRuntimeTensor output, int photos, bool channelsLast, bool grid)
    {
        long[] shape = output.Shape;
        _elements = output.Elements;
        _photos = photos;
        _placesLast = shape.Length == 4 && !channelsLast;
        (long places, long columns) = shape.Length switch
        {
            2 when !grid => (1, shape[1]),
            3 => (shape[1], shape[2]),
            4 when channelsLast => (shape[1] * shape[2], shape[3]),
            4 => (shape[2] * shape[3], shape[1]),
            _ => (0, 0),
        };
        IsValid = places > 0 && columns > 0 && shape[0] == photos;
        _places = (int)places;
        Columns = (int)columns;
        Rows = grid ? _places : 1;
    }

    /// <summary>Whether the shape is one of features of so many photos.</summary>
    public bool IsValid { get; }

    /// <summary>Rows of each photo.</summary>
    public int Rows { get; }

    /// <summary>Features of a row, D.</summary>
    public int Columns { get; }

    /// <summary>Copies the features of the first photos, as many as there is room for.</summary>
    /// <returns>Whether the shapes fit.</returns>
    public bool TryCopyTo(MatrixSpan<float> features)
    {
        if (!IsValid || features.Columns != Columns || features.Rows % Rows != 0 || features.Rows / Rows > _photos)
        {
            return false;
        }

        int length = _places * Columns;
        for (int photo = 0; photo < features.Rows / Rows; photo++)
        {
            ReadOnlySpan<float> source = _elements.Slice(photo * length, length);
            MatrixSpan<float> target = features.RowBlock(photo * Rows, Rows);
            if (Rows == _places)
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
        for (int place = 0; place < _places; place++)
        {
            Span<float> row = target.Row(place);
            if (!_placesLast)
            {
                source.Slice(place * Columns, Columns).CopyTo(row);
                continue;
            }

            for (int column = 0; column < row.Length; column++)
            {
                row[column] = source[(column * _places) + place];
            }
        }
    }

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
