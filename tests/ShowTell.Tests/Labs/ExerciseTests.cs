using ShowTell.Exercises;
using ShowTell.Models;
using ShowTell.Numerics;
using Xunit;
using static ShowTell.Exercises.MatrixMath;

namespace ShowTell.Tests.Labs;

/// <summary>The exercises accept right solutions, and tell where a wrong one is wrong.</summary>
public sealed class ExerciseTests
{
    [Fact]
    public void The_librarys_own_functions_are_right()
    {
        Assert.All(new RnnExercise().Run(), check => Assert.True(check.Passed, $"{check.Name} {check.Outcome}"));
        Assert.All(new LstmExercise().Run(), check => Assert.True(check.Passed, $"{check.Name} {check.Outcome}"));
    }

    [Fact]
    public void The_solutions_are_right()
    {
        Assert.True(Report(RnnSolution.Exercise, out string rnn), rnn);
        Assert.EndsWith("\nAll 8 functions are right. Well done!\n", rnn, StringComparison.Ordinal);
        Assert.True(Report(LstmSolution.Exercise, out string lstm), lstm);
        Assert.EndsWith("\nAll 6 functions are right. Well done!\n", lstm, StringComparison.Ordinal);
    }

    [Fact]
    public void The_solutions_learn_captions_by_heart()
    {
        var lines = new StringWriter();
        Assert.Equal(6, ExerciseTraining.Overfit(lines, CellKind.Rnn, RnnSolution.CaptioningLoss, RnnSolution.Sample));
        Assert.Equal(
            6, ExerciseTraining.Overfit(lines, CellKind.Lstm, LstmSolution.CaptioningLoss, LstmSolution.Sample));
        Assert.Contains("(Iteration 60 / 60) loss: 0.", lines.ToString(), StringComparison.Ordinal);
    }

    public static TheoryData<string, string, Func<object>> WrongSolutions { get; } = new()
    {
        {
            "rnn_step_forward next_h", "Three terms", () => new RnnExercise
            {
                StepForward = (x, h, wx, wh, b) => Tanh(x.Dot(wx) + h.Dot(wh)),
            }
        },
        {
            "rnn_step_backward dx", "tanh' = 1 - tanh²", () => new RnnExercise
            {
                StepBackward = (d, x, h, next, wx, wh, b) =>
                    RnnSolution.RnnStepBackward(d, x, h, Zeros(next.Rows, next.Columns), wx, wh, b),
            }
        },
        { "rnn_step_backward db", "SumOfRows", () => new RnnExercise { StepBackward = BiasOfTheFirstRowAlone } },
        {
            "rnn_forward h", "h[t - 1]", () => new RnnExercise
            {
                Forward = (x, h0, wx, wh, b) =>
                    [.. x.Select(step => RnnSolution.RnnStepForward(step, h0, wx, wh, b))],
            }
        },
        { "rnn_backward dWx", "add up over time", () => new RnnExercise { Backward = WeightsOfTheLastStepAlone } },
        { "rnn_backward dx", "sent back", () => new RnnExercise { Backward = NothingSentBack } },
        {
            "word_embedding_forward out", "words[i]", () => new RnnExercise
            {
                WordEmbeddingForward = (words, w) => RnnSolution.WordEmbeddingForward([.. words.Order()], w),
            }
        },
        {
            "word_embedding_backward dW", "do not overwrite", () => new RnnExercise
            {
                WordEmbeddingBackward = Overwrite,
            }
        },
        {
            "rnn_captioning_loss loss", "without its last word", () => new RnnExercise
            {
                Loss = (features, captions, p) => RnnSolution.CaptioningLoss(features, Reversed(captions), p),
            }
        },
        {
            "rnn_captioning_loss W_embed", "its gradients add up", () => new RnnExercise
            {
                Loss = HalfTheWordGradients,
            }
        },
        {
            "rnn_sample words that differ", "start token", () => new RnnExercise
            {
                Sample = (features, p, length) => new int[features.Rows, length],
            }
        },
        {
            "lstm_step_forward next_c", "in this order", () => new LstmExercise
            {
                StepForward = (x, h, c, wx, wh, b) =>
                    LstmSolution.LstmStepForward(x, h, c, InOrderIfgo(wx), InOrderIfgo(wh), InOrderIfgo(b)),
            }
        },
        {
            "lstm_step_backward dc", "in two ways", () => new LstmExercise
            {
                StepBackward = (dH, dC, x, h, c, wx, wh, b) =>
                    LstmSolution.LstmStepBackward(dH, Zeros(dC.Rows, dC.Columns), x, h, c, wx, wh, b),
            }
        },
        { "lstm_forward h", "begins as zero", () => new LstmExercise { Forward = CellForgotten } },
        { "lstm_backward dWx", "add up over time", () => new LstmExercise { Backward = HalfTheWeights } },
        {
            "lstm_captioning_loss loss", "with the other layer", () => new LstmExercise
            {
                Loss = (features, captions, p) => LstmSolution.CaptioningLoss(0.5 * features, captions, p),
            }
        },
        {
            "lstm_sample words that differ", "cell state", () => new LstmExercise
            {
                Sample = (features, p, length) => LstmSolution.Sample(-1 * features, p, length),
            }
        },
    };

    [Theory]
    [MemberData(nameof(WrongSolutions), DisableDiscoveryEnumeration = true)]
    public void A_wrong_solution_fails_its_check_with_its_hint(string check, string hint, Func<object> exercise)
    {
        Assert.False(Report(exercise(), out string report));
        string line = report.Split('\n').First(line => line.StartsWith(check + " ", StringComparison.Ordinal));
        Assert.EndsWith(": wrong", line, StringComparison.Ordinal);
        Assert.Contains($"Next: {check.Split(' ')[0]}\n", report, StringComparison.Ordinal);
        string unwrapped = report.Split("Hint: ")[1].Replace("\n  ", " ", StringComparison.Ordinal);
        Assert.Contains(hint, unwrapped, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_written_yet_and_what_stops_is_said()
    {
        var exercise = new RnnExercise
        {
            StepForward = (x, _, _, _, _) => x + Zeros(x.Rows, 1),
            Forward = (_, _, _, _, _) => throw new NotImplementedException(),
        };
        Assert.False(Report(exercise, out string report));
        string[] lines = report.Split('\n');
        const string Stopped = "stopped: A 3 x 10 and a 3 x 1 matrix have no common shape.";
        Assert.Matches($"^rnn_step_forward +{Stopped}$", lines[0]);
        Assert.Contains(lines, line => line.StartsWith("rnn_forward ", StringComparison.Ordinal)
            && line.EndsWith(" not written yet", StringComparison.Ordinal));
        Assert.Contains("6 of 8 functions are right. Next: rnn_step_forward", lines);
        Assert.Single(lines, line => line.StartsWith("Hint: ", StringComparison.Ordinal));
    }

    [Fact]
    public void What_follows_the_end_of_a_sampled_caption_does_not_count()
    {
        var exercise =
            new RnnExercise { Sample = (features, p, length) => Scribbled(RnnSolution.Sample(features, p, length)) };
        Assert.All(exercise.Run(), check => Assert.True(check.Passed, $"{check.Name} {check.Outcome}"));
    }

    private static bool Report(object exercise, out string report)
    {
        var writer = new StringWriter { NewLine = "\n" };
        bool right = exercise switch
        {
            RnnExercise rnn => ExerciseReport.Write(writer, rnn.Run(), RnnExercise.Hints),
            LstmExercise lstm => ExerciseReport.Write(writer, lstm.Run(), LstmExercise.Hints),
            _ => throw new ArgumentException("no exercise", nameof(exercise)),
        };
        report = writer.ToString();
        return right;
    }

    private static RnnStepGradients BiasOfTheFirstRowAlone(
        Matrix<double> dNextH, Matrix<double> x, Matrix<double> prevH, Matrix<double> nextH,
        Matrix<double> wx, Matrix<double> wh, Matrix<double> b)
    {
        RnnStepGradients d = RnnSolution.RnnStepBackward(dNextH, x, prevH, nextH, wx, wh, b);
        Matrix<double> dA = dNextH * (1 - (nextH * nextH));
        return d with { DB = new Matrix<double>(1, dA.Columns, dA.Row(0).ToArray()) };
    }

    private static RnnGradients WeightsOfTheLastStepAlone(
        Matrix<double>[] dH, Matrix<double>[] x, Matrix<double> h0, Matrix<double>[] h,
        Matrix<double> wx, Matrix<double> wh, Matrix<double> b)
    {
        RnnStepGradients last = RnnSolution.RnnStepBackward(dH[^1], x[^1], h[^2], h[^1], wx, wh, b);
        return RnnSolution.RnnBackward(dH, x, h0, h, wx, wh, b) with { DWx = last.DWx, DWh = last.DWh, DB = last.DB };
    }

    private static RnnGradients NothingSentBack(
        Matrix<double>[] dH, Matrix<double>[] x, Matrix<double> h0, Matrix<double>[] h,
        Matrix<double> wx, Matrix<double> wh, Matrix<double> b) =>
        RnnSolution.RnnBackward(dH, x, h0, h, wx, wh, b) with
        {
            DX = [.. dH.Select((d, t) => RnnSolution.RnnStepBackward(d, x[t], h0, h[t], wx, wh, b).DX)],
        };

    private static Matrix<double> Overwrite(Matrix<double> dOut, int[] words, Matrix<double> w)
    {
        Matrix<double> dW = Zeros(w.Rows, w.Columns);
        for (int i = 0; i < words.Length; i++)
        {
            dOut.Row(i).CopyTo(dW.Row(words[i]));
        }

        return dW;
    }

    private static int[,] Reversed(int[,] captions)
    {
        int width = captions.GetLength(1);
        var reversed = new int[captions.GetLength(0), width];
        for (int i = 0; i < captions.Length; i++)
        {
            reversed[i / width, i % width] = captions[i / width, width - 1 - (i % width)];
        }

        return reversed;
    }

    private static CaptioningLoss HalfTheWordGradients(
        Matrix<double> features, int[,] captions, IReadOnlyDictionary<string, Matrix<double>> parameters)
    {
        CaptioningLoss loss = RnnSolution.CaptioningLoss(features, captions, parameters);
        var gradients = new Dictionary<string, Matrix<double>>(loss.Gradients);
        gradients["W_embed"] = 0.5 * gradients["W_embed"];
        return loss with { Gradients = gradients };
    }

    /// <summary>Weights with o and g exchanged, as if the gates came in the order i, f, g, o.</summary>
    private static Matrix<double> InOrderIfgo(Matrix<double> w)
    {
        int hidden = w.Columns / 4;
        return SideBySide(w.Columns(0, 2 * hidden), w.Columns(3 * hidden, hidden), w.Columns(2 * hidden, hidden));
    }

    private static Matrix<double>[] CellForgotten(
        Matrix<double>[] x, Matrix<double> h0, Matrix<double> wx, Matrix<double> wh, Matrix<double> b)
    {
        Matrix<double> h = h0;
        return [.. x.Select(step => h = LstmSolution.LstmStepForward(step, h, Zeros(h.Rows, h.Columns), wx, wh, b).H)];
    }

    private static RnnGradients HalfTheWeights(
        Matrix<double>[] dH, Matrix<double>[] x, Matrix<double> h0, Matrix<double> wx, Matrix<double> wh,
        Matrix<double> b)
    {
        RnnGradients d = LstmSolution.LstmBackward(dH, x, h0, wx, wh, b);
        return d with { DWx = 0.5 * d.DWx };
    }

    private static int[,] Scribbled(int[,] captions)
    {
        for (int n = 0; n < captions.GetLength(0); n++)
        {
            bool ended = false;
            for (int t = 0; t < captions.GetLength(1); t++)
            {
                captions[n, t] = ended ? 7 : captions[n, t];
                ended |= captions[n, t] == 2;
            }
        }

        return captions;
    }
}
