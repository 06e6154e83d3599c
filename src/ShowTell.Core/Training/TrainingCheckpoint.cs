using System.Text.Json.Nodes;
using ShowTell.Files;
using ShowTell.Models;

namespace ShowTell.Training;

/// <summary>
/// A checkpoint of training: a safetensors file with the whole <see cref="TrainingState"/>, so that training resumes
/// bit for bit, and the <see cref="TrainingSettings"/>, so that it only does so with the same ones.
/// </summary>
internal static class TrainingCheckpoint
{
    private const string Format = "showtell-checkpoint";
    private const string FormatVersion = "1";

    /// <summary>Writes a checkpoint, whole or not at all.</summary>
    /// <exception cref="ShowTellException">The file cannot be written.</exception>
    public static void Write(string path, TrainingState state, TrainingSettings settings)
    {
        if (state.IsInIteration)
        {
            throw new InvalidOperationException("A checkpoint can be written between iterations only.");
        }

        var metadata = new Dictionary<string, string>
        {
            ["format"] = Format,
            ["format_version"] = FormatVersion,
            ["training"] = settings.Kind,
            ["model"] = settings.Model.ToJsonString(),
            ["options"] = settings.Options.ToJsonString(),
            ["vocabulary"] = settings.Vocabulary,
            ["dataset"] = settings.Dataset,
            ["state"] = Scalars(state).ToJsonString(),
        };
        NamedTensor[] tensors =
        [
            Vector<double>("losses", state.Losses.ToArray()),
            Vector<double>("validation_losses", state.ValidationLosses.ToArray()),
            Vector<double>("scores", state.Scores.ToArray()),
            Vector<ulong>("random", state.Random.State),
            Vector<int>("order", state.Order),
            .. Groups(state).SelectMany(group => group.Parameters.All.Select(parameter => NamedTensor.Of<float>(
                $"{group.Name}.{parameter.Name}",
                [parameter.Value.Rows, parameter.Value.Columns],
                parameter.Value.Memory))),
        ];
        AtomicFile.Write(path, stream => SafeTensors.Write(
            stream, metadata, tensors, SafeTensorsLimits.Checkpoints));
    }

    /// <summary>Sets a state to that of a checkpoint.</summary>
    /// <exception cref="ModelFileException">The file is missing, damaged, or no checkpoint.</exception>
    /// <exception cref="IncompatibleException">It was written with other settings.</exception>
    public static void Read(string path, TrainingState state, TrainingSettings settings)
    {
        using SafeTensorsReader file = SafeTensorsReader.Open(path, SafeTensorsLimits.Checkpoints);
        if (settings.DifferenceFrom(SettingsOf(file, path)) is string difference)
        {
            throw new IncompatibleException(
                $"{path}: training cannot resume from this checkpoint: {difference}.");
        }

        JsonObject scalars = ObjectOf(file, path, "state");
        int Integer(string name) => (int)Number(scalars, path, name);
        state.BestEpoch = Integer("bestEpoch");
        state.Optimizer.Steps = Integer("optimizerSteps");
        state.Rates.Factor = Number(scalars, path, "learningRateFactor");
        if (state.Average is not null)
        {
            state.Average.Steps = Integer("averageSteps");
        }

        state.SetTimes(
            TimeSpan.FromSeconds(Number(scalars, path, "elapsedSeconds")),
            TimeSpan.FromSeconds(Number(scalars, path, "computingSeconds")));
        Replace(state.Losses, file.Read<double>("losses"));
        Replace(state.ValidationLosses, file.Read<double>("validation_losses"));
        Replace(state.Scores, file.Read<double>("scores"));
        int[] items = [.. state.Order.Order()];
        file.Read<int>("order", [items.Length], state.Order);
        var random = new ulong[4];
        file.Read<ulong>("random", [random.Length], random);
        state.Random.State = random;
        foreach ((string group, CaptioningParameters<float> parameters) in Groups(state))
        {
            foreach ((string name, Matrix<float> value) in parameters.All)
            {
                file.Read<float>($"{group}.{name}", [value.Rows, value.Columns], value.Span);
            }
        }

        EnsureConsistent(path, state, items);
    }

    private static IEnumerable<(string Name, CaptioningParameters<float> Parameters)> Groups(TrainingState state)
    {
        (string Name, CaptioningParameters<float>? Parameters)[] groups =
        [
            ("weights", state.Weights), ("best", state.Best), ("moment1", state.Optimizer.First),
            ("moment2", state.Optimizer.Second), ("average", state.Average?.Parameters),
        ];
        return groups.Where(group => group.Parameters is not null).Select(group => (group.Name, group.Parameters!));
    }

    private static JsonObject Scalars(TrainingState state) => new()
    {
        ["iteration"] = state.Iteration,
        ["bestEpoch"] = state.BestEpoch,
        ["optimizerSteps"] = state.Optimizer.Steps,
        ["averageSteps"] = state.Average?.Steps ?? 0,
        ["learningRateFactor"] = state.Rates.Factor,
        ["elapsedSeconds"] = state.Elapsed.TotalSeconds,
        ["computingSeconds"] = state.Computing.TotalSeconds,
    };

    private static TrainingSettings SettingsOf(SafeTensorsReader file, string path)
    {
        string format = Text(file, path, "format"), version = Text(file, path, "format_version");
        if (format != Format || version != FormatVersion)
        {
            throw new ModelFileException(
                $"{path}: is not a checkpoint that this version can read: its format is {format} {version}; expected "
                + $"{Format} {FormatVersion}.");
        }

        if (!file.HasChecksums)
        {
            throw new ModelFileException($"{path}: is damaged: its checksums are missing.");
        }

        return new TrainingSettings(
            Text(file, path, "training"), ObjectOf(file, path, "model"), ObjectOf(file, path, "options"),
            Text(file, path, "vocabulary"), Text(file, path, "dataset"));
    }

    private static string Text(SafeTensorsReader file, string path, string key) =>
        file.Metadata.TryGetValue(key, out string? value) ? value : throw new ModelFileException(
            $"{path}: is not a checkpoint of a training run: its metadata lack \"{key}\".");

    private static JsonObject ObjectOf(SafeTensorsReader file, string path, string key)
    {
        JsonException? cause = null;
        JsonNode? json = null;
        try
        {
            json = JsonNode.Parse(
                Text(file, path, key), documentOptions: new() { AllowDuplicateProperties = false });
        }
        catch (JsonException error)
        {
            cause = error;
        }

        return json as JsonObject ?? throw new ModelFileException(
            $"{path}: its metadata \"{key}\" are not a JSON object.", cause);
    }

    /// <summary>A number of at least 0.</summary>
    private static double Number(JsonObject values, string path, string name) =>
        values[name] is JsonValue value && value.TryGetValue(out double number) && number is >= 0 and <= int.MaxValue
            ? number
            : throw new ModelFileException($"{path}: its state lacks \"{name}\", a number of at least 0.");

    private static NamedTensor Vector<T>(string name, T[] values)
        where T : unmanaged => NamedTensor.Of<T>(name, [values.Length], values);

    private static void Replace(List<double> list, double[] values)
    {
        list.Clear();
        list.AddRange(values);
    }

    private static void EnsureConsistent(string path, TrainingState state, int[] items)
    {
        bool isPermutation = state.Order.Order().SequenceEqual(items);
        bool isFinite = state.Losses.TrueForAll(double.IsFinite)
            && Groups(state).All(group => group.Parameters.AreFinite());
        int epochs = Math.Max(state.ValidationLosses.Count, state.Scores.Count);
        if (!isPermutation || !isFinite || state.Optimizer.Steps != state.Iteration || state.BestEpoch > epochs)
        {
            throw new ModelFileException($"{path}: its state is inconsistent: it was not written by ShowTell.");
        }
    }
}
