using System.Globalization;
using System.Text.Json.Nodes;
using ShowTell.Data;
using ShowTell.Files;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Models;
using ShowTell.Tests.Numerics;
using ShowTell.Training;
using Xunit;

namespace ShowTell.Tests.Training;

/// <summary>Training that was stopped and resumed from a checkpoint ends with the same bits as without a break.
/// </summary>
[Collection(WorkersCollection.Name)]
public sealed class ResumeTests
{
    private const int Stops = 20;

    private const int Steps = 1000;

    private static readonly (string Name, Func<SolverOptions, SolverOptions> Of)[] s_recipes =
    [
        .. Enum.GetValues<UpdateRule>().Select(rule => ($"{rule}", new Func<SolverOptions, SolverOptions>(
            options => options with { UpdateRule = rule, LearningRate = rule == UpdateRule.Sgd ? 1e-2 : 1e-3 }))),
        .. Enum.GetValues<LearningRateSchedule>().Select(schedule => (
            $"{schedule}", new Func<SolverOptions, SolverOptions>(options => options with { Schedule = schedule }))),
        ("no average, clipping", options => options with { AverageDecay = 0, ClipNorm = 1 }),
        ("scheduled sampling", options => options with { ScheduledSampling = 0.5 }),
        ("regularization", options => options with { Regularization = ModelVariants.Regularization }),
        ("mirror images", options => options with { Mirror = true }),
        ("score", options => options with { Score = model => -Math.Abs(model.Parameters.WEmbed[0, 0] - 0.02) }),
    ];

    public static TheoryData<string> Variants => ModelVariants.Names;

    public static TheoryData<string> Recipes => [.. s_recipes.Select(recipe => recipe.Name)];

    [Theory, MemberData(nameof(Variants))]
    public void Every_architecture_goes_on_bit_for_bit(string variant) => AssertSame(variant, Options());

    [Theory, MemberData(nameof(Recipes))]
    public void Every_optimizer_and_recipe_goes_on_bit_for_bit(string recipe) =>
        AssertSame("lstm", s_recipes.Single(other => other.Name == recipe).Of(Options()));

    [Fact]
    public void The_number_of_threads_may_change_at_each_stop()
    {
        SolverOptions options =
            Options() with { ScheduledSampling = 0.5, Regularization = ModelVariants.Regularization };
        AssertSame("transformer", options, threads: [1, 2, 3, 8]);
    }

    [Fact]
    public void Self_critical_training_goes_on_bit_for_bit()
    {
        using CaptionDataset dataset = ToyDataset.Make(30, 10, mirror: true);
        using TemporaryFolder folder = TestData.Temporary();
        var options = new SelfCriticalOptions
        {
            Mirror = true, Epochs = 20, BatchSize = 6, LearningRate = 1e-3,
            Score = model => model.Parameters.WEmbed[0, 0],
        };
        SelfCriticalTraining Begin() => new(Model(dataset, "lstm"), dataset, options);
        SelfCriticalTraining whole = Begin();
        Assert.True(whole.Run());
        Assert.Equal(100, whole.Iterations);
        whole.SaveCheckpoint(folder.File("whole"));
        string checkpoint = folder.File("checkpoint");
        foreach (int stop in StopsIn(100, 231).Append(int.MaxValue))
        {
            SelfCriticalTraining part = Begin();
            if (File.Exists(checkpoint))
            {
                part.Resume(checkpoint);
            }

            using var cancellation = new CancellationTokenSource();
            part.Train(progress => Cancel(cancellation, progress.Iteration, stop), cancellation.Token);
            part.SaveCheckpoint(checkpoint);
        }

        AssertSameBits(folder.File("whole"), checkpoint);
    }

    [Fact]
    public void A_checkpoint_written_in_the_callback_is_the_state_after_that_iteration()
    {
        using CaptionDataset dataset = ToyDataset.Make(40, 10);
        using TemporaryFolder folder = TestData.Temporary();
        SolverOptions options = Options() with { Epochs = 3, Schedule = LearningRateSchedule.Exponential };
        var whole = new CaptioningSolver(Model(dataset, "lstm"), dataset, options);
        whole.Run(progress => whole.SaveCheckpoint(folder.File($"at {progress.Iteration}")));
        for (int i = 1; i <= whole.Iterations; i++)
        {
            var part = new CaptioningSolver(Model(dataset, "lstm"), dataset, options);
            part.Resume(folder.File($"at {i}"));
            Assert.Equal(i, part.LossHistory.Count);
            Assert.Equal(i == whole.Iterations, part.IsComplete);
            Assert.True(part.Run());
            part.SaveCheckpoint(folder.File("end"));
            AssertSameBits(folder.File($"at {whole.Iterations}"), folder.File("end"));
        }
    }

    [Fact]
    public void Training_that_fails_between_iterations_leaves_a_checkpoint_and_within_one_none()
    {
        using CaptionDataset dataset = ToyDataset.Make(40, 10);
        using TemporaryFolder folder = TestData.Temporary();
        SolverOptions options = Options() with { Epochs = 3 };
        var whole = new CaptioningSolver(Model(dataset, "lstm"), dataset, options);
        whole.Run();
        whole.SaveCheckpoint(folder.File("whole"));
        var between = new CaptioningSolver(Model(dataset, "lstm"), dataset, options);
        Assert.Throws<TimeoutException>(() => between.Run(progress =>
        {
            if (progress.Iteration == 5)
            {
                throw new TimeoutException();
            }
        }));
        Assert.True(between.CanSaveCheckpoint);
        between.SaveCheckpoint(folder.File("between"));
        var resumed = new CaptioningSolver(Model(dataset, "lstm"), dataset, options);
        resumed.Resume(folder.File("between"));
        resumed.Run();
        resumed.SaveCheckpoint(folder.File("resumed"));
        AssertSameBits(folder.File("whole"), folder.File("resumed"));

        // The epoch's last iteration is counted, but not validated: what resumes from there would never be.
        var within = new CaptioningSolver(
            Model(dataset, "lstm"), dataset, options with { Score = _ => throw new TimeoutException() });
        Assert.Throws<TimeoutException>(() => within.Run());
        Assert.False(within.CanSaveCheckpoint);
        Assert.Throws<InvalidOperationException>(() => within.SaveCheckpoint(folder.File("within")));
        var refining = new SelfCriticalTraining(
            Model(dataset, "lstm"), dataset, new SelfCriticalOptions { Score = Failing(after: 1), BatchSize = 40 });
        Assert.Throws<TimeoutException>(() => refining.Run());
        Assert.False(refining.CanSaveCheckpoint);
        Assert.False(File.Exists(folder.File("within")));
    }

    [Fact]
    public void More_epochs_may_follow_and_the_log_may_be_another()
    {
        using CaptionDataset dataset = ToyDataset.Make(40, 10);
        using TemporaryFolder folder = TestData.Temporary();
        SolverOptions options =
            SolverOptions.Exercises with { BatchSize = 8, Epochs = 6, AverageDecay = 0.9, WarmupIterations = 3 };
        var whole = new CaptioningSolver(Model(dataset, "gru"), dataset, options);
        whole.Run();
        whole.SaveCheckpoint(folder.File("whole"));
        var part = new CaptioningSolver(Model(dataset, "gru"), dataset, options with { Epochs = 2 });
        part.Run();
        part.SaveCheckpoint(folder.File("part"));
        var more = new CaptioningSolver(
            Model(dataset, "gru"), dataset, options with { PrintEvery = 3, Log = TextWriter.Null, Patience = 100 });
        more.Resume(folder.File("part"));
        more.Run();
        more.SaveCheckpoint(folder.File("more"));
        AssertSameBits(folder.File("whole"), folder.File("more"));
        var less = new CaptioningSolver(Model(dataset, "gru"), dataset, options with { Epochs = 1 });
        Assert.Contains("more than", Assert.Throws<IncompatibleException>(
            () => less.Resume(folder.File("part"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_dataset_vocabulary_model_or_option_is_refused_by_its_name()
    {
        using CaptionDataset dataset = ToyDataset.Make(40, 10, mirror: true);
        using CaptionDataset fewer = ToyDataset.Make(39, 10), others = ToyDataset.Make(
            40, 10, ToyDataset.Features(40, seed: 9)), characters = ToyDataset.Make(40, 10).WithCharacterTokens();
        using TemporaryFolder folder = TestData.Temporary();
        string checkpoint = folder.File("checkpoint");
        SolverOptions options = Options();
        new CaptioningSolver(Model(dataset, "lstm"), dataset, options).SaveCheckpoint(checkpoint);
        void Refused(string difference, CaptionDataset data, string variant, SolverOptions other)
        {
            var solver = new CaptioningSolver(Model(data, variant), data, other);
            string message = Assert.Throws<IncompatibleException>(() => solver.Resume(checkpoint)).Message;
            Assert.StartsWith(checkpoint, message, StringComparison.Ordinal);
            Assert.True(message.Contains(difference, StringComparison.Ordinal), message);
        }

        Refused("captions or features", fewer, "lstm", options);
        Refused("captions or features", others, "lstm", options);
        Refused("vocabulary", characters, "lstm", options);
        Refused("cell was \"Lstm\"; now it is \"Rnn\"", dataset, "rnn", options);
        Refused("learningRate was 0.001; now it is 0.002", dataset, "lstm", options with { LearningRate = 2e-3 });
        Refused(
            "updateRule was \"Adam\"", dataset, "lstm",
            options with { UpdateRule = UpdateRule.Sgd, LearningRate = 1e-3 });
        Refused("seed was 231; now it is 7", dataset, "lstm", options with { Seed = 7 });
        Refused("mirror was none; now it is true", dataset, "lstm", options with { Mirror = true });
        Refused("clipNorm was none; now it is 5", dataset, "lstm", options with { ClipNorm = 5 });
        Refused("selectedBy", dataset, "lstm", options with { Score = _ => 0 });
        Refused("regularization", dataset, "lstm", options with { Regularization = ModelVariants.Regularization });
        var refining = new SelfCriticalTraining(Model(dataset, "lstm"), dataset, new SelfCriticalOptions());
        Assert.Contains("captions training", Assert.Throws<IncompatibleException>(
            () => refining.Resume(checkpoint)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_checkpoints_are_refused_with_their_name()
    {
        using CaptionDataset dataset = ToyDataset.Make(40, 10);
        using TemporaryFolder folder = TestData.Temporary();
        string good = folder.File("good"), bad = folder.File("bad");
        CaptioningSolver New() => new(Model(dataset, "lstm"), dataset, Options());
        New().SaveCheckpoint(good);
        byte[] bytes = File.ReadAllBytes(good);
        foreach (int at in Enumerable.Range(0, 200).Select(i => (int)((long)i * bytes.Length / 200)))
        {
            File.WriteAllBytes(bad, [.. bytes[..at], (byte)(bytes[at] ^ 1), .. bytes[(at + 1)..]]);
            Assert.Contains(
                bad, Assert.Throws<ModelFileException>(() => New().Resume(bad)).Message, StringComparison.Ordinal);
            File.WriteAllBytes(bad, bytes[..at]);
            Assert.Throws<ModelFileException>(() => New().Resume(bad));
        }

        Assert.Throws<ModelFileException>(() => New().Resume(folder.File("missing")));
        New().Resume(good);
    }

    /// <summary>With right checksums, but content that ShowTell does not write.</summary>
    [Theory]
    [InlineData("iteration", "3000000000", null)] // Is not read: it is the number of losses.
    [InlineData("bestEpoch", "-1", "its state lacks \"bestEpoch\", a number of at least 0")]
    [InlineData("bestEpoch", "3000000000", "its state lacks \"bestEpoch\", a number of at least 0")]
    [InlineData("bestEpoch", "\"1\"", "its state lacks \"bestEpoch\", a number of at least 0")]
    [InlineData("bestEpoch", "[1]", "its state lacks \"bestEpoch\", a number of at least 0")]
    [InlineData("bestEpoch", "null", "its state lacks \"bestEpoch\", a number of at least 0")]
    [InlineData("bestEpoch", "99", "its state is inconsistent")]
    [InlineData("optimizerSteps", "3", "its state is inconsistent")]
    [InlineData("losses", "NaN", "its state is inconsistent")]
    [InlineData("order", "0", "its state is inconsistent")]
    [InlineData("weights.W_embed", "NaN", "its state is inconsistent")]
    public void Checkpoints_that_contradict_themselves_are_refused(string name, string value, string? said)
    {
        using CaptionDataset dataset = ToyDataset.Make(40, 10);
        using TemporaryFolder folder = TestData.Temporary();
        CaptioningSolver New() => new(Model(dataset, "lstm"), dataset, Options() with { Epochs = 2 });
        CaptioningSolver written = New();
        written.Run();
        written.SaveCheckpoint(folder.File("good"));
        Rewrite(folder.File("good"), folder.File("bad"), name, value);
        if (said is null)
        {
            New().Resume(folder.File("bad"));
        }
        else
        {
            string message = Assert.Throws<ModelFileException>(() => New().Resume(folder.File("bad"))).Message;
            Assert.StartsWith($"{folder.File("bad")}: {said}", message, StringComparison.Ordinal);
        }
    }

    /// <summary>Writes a checkpoint again, with another value of its state, or as the first element of a tensor.
    /// </summary>
    private static void Rewrite(string from, string to, string name, string value)
    {
        using SafeTensorsReader file = SafeTensorsReader.Open(from, SafeTensorsLimits.Checkpoints);
        var metadata = new Dictionary<string, string>(file.Metadata);
        JsonObject state = JsonNode.Parse(metadata["state"])!.AsObject();
        if (!file.Has(name))
        {
            Assert.True(state.ContainsKey(name));
            state[name] = JsonNode.Parse(value);
            metadata["state"] = state.ToJsonString();
        }

        NamedTensor Copy<T>(SafeTensorsEntry entry)
            where T : unmanaged, IParsable<T>
        {
            T[] elements = file.Read<T>(entry.Name);
            elements[0] = entry.Name == name ? T.Parse(value, CultureInfo.InvariantCulture) : elements[0];
            return NamedTensor.Of<T>(entry.Name, entry.Shape, elements);
        }

        NamedTensor[] tensors =
        [
            .. file.Entries.Where(entry => entry.Length > 0 || entry.Name != name).Select(entry => entry.Type switch
            {
                "F64" => entry.Length > 0 ? Copy<double>(entry) : NamedTensor.Of<double>(entry.Name, [0], default),
                "U64" => Copy<ulong>(entry),
                "I32" => Copy<int>(entry),
                _ => Copy<float>(entry),
            }),
        ];
        using FileStream stream = File.Create(to);
        SafeTensors.Write(stream, metadata, tensors, SafeTensorsLimits.Checkpoints);
    }

    private static SolverOptions Options() => new() { BatchSize = 8, LearningRate = 1e-3, ValidationCaptions = 10 };

    private static CaptioningModel<float> Model(CaptionDataset dataset, string variant) => new(
        ModelVariants.Of(variant, ToyDataset.Options(dataset)), new SeededRandom(3));

    private static Func<CaptioningModel<float>, double> Failing(int after)
    {
        int scores = 0;
        return _ => scores++ < after ? 0 : throw new TimeoutException();
    }

    private static int[] StopsIn(int steps, ulong seed)
    {
        var random = new SeededRandom(seed);
        return [.. Enumerable.Range(0, Stops).Select(_ => 1 + random.NextInt(steps - 1)).Distinct().Order()];
    }

    private static void Cancel(CancellationTokenSource cancellation, int iteration, int stop)
    {
        if (iteration == stop)
        {
            cancellation.Cancel();
        }
    }

    private static void AssertSame(string variant, SolverOptions options, int[]? threads = null)
    {
        using CaptionDataset dataset = ToyDataset.Make(40, 10, mirror: true);
        using TemporaryFolder folder = TestData.Temporary();
        options = options with { Epochs = Steps / 5, Patience = int.MaxValue };
        CaptioningSolver Begin() => new(Model(dataset, variant), dataset, options);
        CaptioningSolver whole = Begin();
        Assert.True(whole.Run());
        Assert.Equal(Steps, whole.Iterations);
        whole.SaveCheckpoint(folder.File("whole"));
        string checkpoint = folder.File("checkpoint");
        foreach ((int i, int stop) in StopsIn(Steps, options.Seed).Append(int.MaxValue).Index())
        {
            WorkersCollection.With(threads is null ? 2 : threads[i % threads.Length], () =>
            {
                CaptioningSolver part = Begin();
                if (File.Exists(checkpoint))
                {
                    part.Resume(checkpoint);
                }

                using var cancellation = new CancellationTokenSource();
                part.Train(progress => Cancel(cancellation, progress.Iteration, stop), cancellation.Token);
                part.SaveCheckpoint(checkpoint);
            });
        }

        AssertSameBits(folder.File("whole"), checkpoint);
    }

    /// <summary>Compares all of two checkpoints but the time that training took.</summary>
    internal static void AssertSameBits(string expected, string actual)
    {
        using SafeTensorsReader one = SafeTensorsReader.Open(expected), other = SafeTensorsReader.Open(actual);
        Assert.Equal(one.Entries.Select(entry => entry.Name), other.Entries.Select(entry => entry.Name));
        Assert.Equal(StateOf(one), StateOf(other));
        foreach (SafeTensorsEntry entry in one.Entries)
        {
            using MemoryStream first = new(), second = new();
            one.CopyTo(entry.Name, first);
            other.CopyTo(entry.Name, second);
            Assert.True(first.ToArray().AsSpan().SequenceEqual(second.ToArray()), $"{entry.Name} differs");
        }
    }

    private static string StateOf(SafeTensorsReader file)
    {
        JsonObject state = JsonNode.Parse(file.Metadata["state"])!.AsObject();
        state.Remove("elapsedSeconds");
        state.Remove("computingSeconds");
        return state.ToJsonString();
    }
}
