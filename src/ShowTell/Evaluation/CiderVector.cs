namespace ShowTell.Evaluation;

/// <summary>
/// A caption's n-grams with their weights, as <see cref="Cider"/> compares them. Both are sorted by n-gram, so that two
/// vectors are compared in one pass without a look-up. Immutable.
/// </summary>
public sealed class CiderVector
{
    private readonly NGram[] _grams;
    private readonly double[] _weights;
    private readonly double[] _norms = new double[NGram.MaxLength];

    internal CiderVector(int length, ReadOnlySpan<NGram> sorted, DocumentFrequencies frequencies)
    {
        Length = length;
        int count = 0;
        for (int i = 0; i < sorted.Length; i++)
        {
            count += i == 0 || sorted[i].Bits != sorted[i - 1].Bits ? 1 : 0;
        }

        _grams = new NGram[count];
        _weights = new double[count];
        for (int i = 0, next = -1; i < sorted.Length; i++)
        {
            if (i == 0 || sorted[i].Bits != sorted[i - 1].Bits)
            {
                _grams[++next] = sorted[i];
            }

            _weights[next]++;
        }

        for (int i = 0; i < count; i++)
        {
            _weights[i] *= frequencies.InverseOf(_grams[i]);
            _norms[_grams[i].Length - 1] += _weights[i] * _weights[i];
        }

        for (int n = 0; n < _norms.Length; n++)
        {
            _norms[n] = Math.Sqrt(_norms[n]);
        }
    }

    /// <summary>Words of the caption.</summary>
    public int Length { get; }

    /// <summary>Sum over n of the cosines with a reference.</summary>
    internal double Cosines(CiderVector reference) => Sum(reference, isClipped: false);

    /// <summary>The same where no n-gram weighs more than in the reference.</summary>
    internal double ClippedCosines(CiderVector reference) => Sum(reference, isClipped: true);

    private double Sum(CiderVector reference, bool isClipped)
    {
        Span<double> products = stackalloc double[NGram.MaxLength];
        products.Clear();
        for (int i = 0, j = 0; i < _grams.Length && j < reference._grams.Length;)
        {
            int order = _grams[i].Bits.CompareTo(reference._grams[j].Bits);
            if (order == 0)
            {
                double theirs = reference._weights[j];
                double ours = isClipped ? Math.Min(_weights[i], theirs) : _weights[i];
                products[_grams[i].Length - 1] += ours * theirs;
            }

            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
        }

        double sum = 0;
        for (int n = 0; n < products.Length; n++)
        {
            double norms = _norms[n] * reference._norms[n];
            sum += norms > 0 ? products[n] / norms : 0;
        }

        return sum;
    }
}
