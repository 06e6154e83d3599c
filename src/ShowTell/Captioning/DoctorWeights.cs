using System.Numerics.Tensors;
using ShowTell.Models;
using ShowTell.Numerics;
using static System.FormattableString;

namespace ShowTell.Captioning;

/// <summary>Weights that training has not touched, or has driven away.</summary>
internal static class DoctorWeights
{
    /// <summary>Trained weights have a root mean square of some hundredths to some units.</summary>
    private const double MostRms = 100;

    public static Finding Check(DoctorExamination examination, string name)
    {
        var rms = new Dictionary<string, double>();
        foreach ((string tensor, Matrix<float> value) in examination.Bundle.Model.Parameters.All)
        {
            rms[tensor] = TensorPrimitives.Norm<float>(value.Span) / Math.Sqrt(value.Length);
        }

        CaptioningOptions options = examination.Bundle.Model.Options;
        string[] zero =
            [.. rms.Where(tensor => tensor.Value == 0 && !IsIdle(tensor.Key, options)).Select(tensor => tensor.Key)];
        string[] large = [.. rms.Where(tensor => !(tensor.Value <= MostRms)).Select(tensor => tensor.Key)];
        (string name, double rms) largest = rms.Select(pair => (pair.Key, pair.Value)).MaxBy(pair => pair.Value);
        Finding found = zero.Length > 0
            ? new Finding(
                name,
                FindingLevel.Problem,
                $"All zeros: {string.Join(", ", zero)}.",
                "The model was not trained, or its weights were lost on the way: train it again.")
            : large.Length > 0
            ? new Finding(
                name,
                FindingLevel.Problem,
                Invariant($"Training diverged: the root mean square of {largest.name} is {largest.rms:G3}."),
                "Train again with a smaller learning rate (--lr).")
            : new Finding(
                name,
                FindingLevel.Good,
                Invariant($"{rms.Count} tensors of finite numbers; the largest root mean square is ")
                + Invariant($"{largest.rms:F2} ({largest.name})."));
        return found with { Values = rms };
    }

    /// <summary>Where there is one place to look at, nothing is learned about where to look.</summary>
    private static bool IsIdle(string name, CaptioningOptions options) =>
        options.Architecture == Architecture.Transformer && options.Places == 1
        && name.StartsWith("b_cross_query", StringComparison.Ordinal);
}
