using System.Globalization;
using System.Text.RegularExpressions;
using TorchSharp;

namespace TorchSharpPeer;

/// <summary>Compares losses, gradients and captions with those that ShowTell found with the same weights.</summary>
internal static class Check
{
    /// <summary>Checks every model of the kinds that are to be timed; returns what differs, or null.</summary>
    public static string? All(string models, Regex only)
    {
        foreach (string source in (string[])["random", "grid", "real"])
        {
            string folder = Path.Combine(models, source);
            foreach (string kind in Workloads.Kinds.Where(
                kind => IsTimed(kind, only) && File.Exists($"{folder}/{kind}.expected.json")))
            {
                string name = $"{source}, {kind}";
                var model = new TrainedModel(folder, kind);
                var captions = new Captions(folder);
                if ((Training(name, kind, model, captions) ?? Decoding(name, kind, model, captions)) is string problem)
                {
                    return problem;
                }

                Console.WriteLine(
                    $"{name}: losses of {model.Expected.Losses.Length} steps and norms of "
                    + $"{model.Expected.GradientNorms.Count} gradients are the same");
            }
        }

        return null;
    }

    private static bool IsTimed(string kind, Regex only) => ((string[])["train", "greedy"])
        .SelectMany(work => new[] { 1, 25, 128 }.Select(n => $"{work} {kind} {n}")).Any(only.IsMatch);

    private static string? Training(string name, string kind, TrainedModel model, Captions captions)
    {
        Expected expected = model.Expected;
        Minibatch[] minibatches =
        [
            .. expected.Losses.Select((_, i) => captions.Read(i, expected.BatchSize, model.Sizes.P)),
        ];
        Dictionary<string, double> norms = Work.GradientNorms(kind, model.Sizes, minibatches[0], model.Weights);
        foreach ((string parameter, double norm) in expected.GradientNorms)
        {
            if (Differs($"{name}: gradient of {parameter}", norms[parameter], norm, 1e-3) is string problem)
            {
                return problem;
            }
        }

        foreach (string form in Network.TrainingForms(kind, isReal: true))
        {
            double[] losses = Work.Training(kind, model.Sizes, minibatches, model.Weights, form)();
            for (int i = 0; i < losses.Length; i++)
            {
                // Adam makes much of small differences: only the first loss is that of the very same weights.
                string what = $"{name}, {form}: loss of step {i + 1}";
                if (Differs(what, losses[i], expected.Losses[i], i == 0 ? 1e-4 : 1e-3) is string problem)
                {
                    return problem;
                }
            }
        }

        return null;
    }

    private static string? Decoding(string name, string kind, TrainedModel model, Captions captions)
    {
        long[][] expected = model.Expected.Captions;
        torch.Tensor photos = Captions.InRegions(captions.Photos, model.Sizes.P);
        foreach (string form in Network.DecodingForms(kind, ends: true))
        {
            long[,] found = Work.Decoding(
                kind, model.Sizes, photos, captions.Width, model.End, model.Weights, form)();
            int same = Enumerable.Range(0, expected.Length)
                .Count(n => expected[n].Select((id, t) => id == found[n, t]).All(isSame => isSame));
            Console.WriteLine($"{name}, {form}: {same} of {expected.Length} captions are the same");

            // Where two words score alike to the last bits, either may win.
            if (same < expected.Length - 2)
            {
                return $"{name}, {form}: the captions differ from ShowTell's.";
            }
        }

        return null;
    }

    private static string? Differs(string what, double found, double expected, double tolerance) =>
        Math.Abs(found - expected) <= tolerance * Math.Abs(expected)
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"{what} is {found:G6}; ShowTell found {expected:G6}.");
}
