using System.Runtime.InteropServices;

namespace ShowTell.Cli.Output;

/// <summary>How a tensor of a repeated run's model differs from that of the run.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Elements">The number of elements with other bits; all, if the tensor has another shape.</param>
/// <param name="MaxDifference">The largest difference of an element; null if the tensor has another shape.</param>
internal sealed record TensorDifference(string Name, long Elements, double? MaxDifference)
{
    /// <summary>The tensors in which two models' weights differ.</summary>
    public static TensorDifference[] Between(ModelBundle recorded, ModelBundle repeated)
    {
        var tensors = repeated.Model.Parameters.All.ToDictionary(tensor => tensor.Name, tensor => tensor.Value);
        return
        [
            .. recorded.Model.Parameters.All
                .Select(tensor => Between(tensor.Name, tensor.Value, tensors.GetValueOrDefault(tensor.Name)))
                .Where(difference => difference.Elements > 0),
        ];
    }

    private static TensorDifference Between(string name, Matrix<float> recorded, Matrix<float>? repeated)
    {
        ReadOnlySpan<float> before = recorded.Span, now = repeated is null ? [] : repeated.Span;
        if (before.Length != now.Length)
        {
            return new(name, before.Length, null);
        }

        (long elements, double max) = (0, 0);
        ReadOnlySpan<int> bits = MemoryMarshal.Cast<float, int>(before), others = MemoryMarshal.Cast<float, int>(now);
        for (int i = 0; i < bits.Length; i++)
        {
            if (bits[i] != others[i])
            {
                elements++;
                max = Math.Max(max, Math.Abs((double)before[i] - now[i]));
            }
        }

        return new(name, elements, max);
    }
}
