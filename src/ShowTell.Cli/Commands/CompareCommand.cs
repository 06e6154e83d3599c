using System.Buffers.Binary;
using System.Diagnostics;
using ShowTell.Reporting;

namespace ShowTell.Cli.Commands;

/// <summary><c>showtell compare</c>: compares the captions of models, or of caption files, with those of the first.
/// </summary>
internal sealed class CompareCommand
{
    private const int MaxPhotos = 100;

    private readonly Argument<string[]> _inputs = NewOption.Files(
        "MODEL|CAPTIONS|DATASET",
        "At least two model files and the dataset whose images they caption; or, with --references, at least two "
        + "files of captions, with one caption per image.");

    private readonly EvaluationFlags _evaluation = new(withEnsemble: false);
    private readonly Option<int> _rounds = NewOption.Positive(
        "--rounds", "Rounds of approximate randomization for the p-values.",
        new ScoringOptions().RandomizationRounds, max: 1_000_000);

    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly Option<string> _html =
        NewOption.Path("--html", "PAGE", "Also write a page, such as compare.html.");

    private readonly Option<int> _count = NewOption.Positive(
        "--count", "Photos to show where a model differs most from the first.", 5, MaxPhotos);

    private readonly PictureFlags _pictures = new(hasOldName: false);

    public Command Create()
    {
        foreach (Option option in _pictures.All)
        {
            option.Needing(_html);
        }

        return new CommandWithExamples(
            "compare",
            "Compare the captions of models: differences of scores, their intervals and p-values, photos.",
            RunAsync,
            "showtell compare a.safetensors b.safetensors flickr8k",
            "showtell compare a.safetensors b.safetensors flickr8k --split test --beam 3",
            "showtell compare a.safetensors b.safetensors flickr8k --html compare.html",
            "showtell compare a.json b.json --references refs.json --json")
        {
            _inputs, _evaluation.All, _rounds, _json, _html, _count, _pictures.All,
        };
    }

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellation)
    {
        OutputPath.EnsurePageWritable(result.GetValue(_html));
        string[] inputs = result.GetRequiredValue(_inputs);
        if (inputs.Any(IsModel))
        {
            await CompareModelsAsync(result, inputs, cancellation);
        }
        else
        {
            await CompareFilesAsync(result, inputs, cancellation);
        }

        return App.Success;
    }

    private async Task CompareModelsAsync(ParseResult result, string[] inputs, CancellationToken cancellation)
    {
        if (inputs.Length < 3 || IsModel(inputs[^1]))
        {
            throw new ShowTellException(
                $"At least two models and then DATASET were expected: {SharedOptions.DatasetDescription}");
        }

        string[] models = inputs[..^1];
        long start = Stopwatch.GetTimestamp();
        var runs = new List<EvaluationRun>();
        try
        {
            foreach (string model in models)
            {
                runs.Add(_evaluation.Load(result, model, inputs[^1]));
            }

            EvaluationRun first = runs[0];
            ComparedSystems systems = Terminal.Watch(result.Output(), "comparing", result.GetValue(_json), progress =>
            {
                const double CaptioningShare = 0.7;
                CaptionSet[] captions =
                [
                    .. runs.Select((run, i) => run.Evaluation.Caption(
                        [run.Model.Model],
                        run.Model.Vocabulary,
                        models[i],
                        share => progress?.Invoke(CaptioningShare * (i + share) / runs.Count),
                        cancellation)),
                ];
                return Compare(
                    first.Evaluation.Scorer(ReadScoring(result)),
                    new ComparedSystems(
                        ComparedSystems.NamesOf(models), captions, first.Evaluation.References.Captions,
                        $" of {first.Split.Name}")
                    {
                        IsEpochChosenOnSplit = runs.Exists(run => run.IsEpochChosenOnSplit),
                        Notes = [.. runs.Select(run => run.SelectionNote).OfType<string>().Take(1)],
                    },
                    share => progress?.Invoke(CaptioningShare + ((1 - CaptioningShare) * share)),
                    cancellation);
            });
            var images = first.Evaluation.Images.ToDictionary(image => image.Name, image => image.Image);
            string dataset = Path.GetFileName(Path.TrimEndingDirectorySeparator(first.Dataset.Captions.Origin));
            await PrintAsync(
                result,
                systems,
                start,
                $"{first.Split.Name} images of {dataset}",
                names => _pictures.LoadAsync(
                    result, first.Dataset, first.Split, [.. names.Select(name => images[name])], cancellation),
                name => first.Split.Urls.ElementAtOrDefault(images[name]));
        }
        finally
        {
            runs.ForEach(run => run.Dispose());
        }
    }

    private async Task CompareFilesAsync(ParseResult result, string[] inputs, CancellationToken cancellation)
    {
        if (_evaluation.References(result) is not string path)
        {
            throw new ShowTellException(
                $"{inputs[0]}: {(Path.Exists(inputs[0]) ? "is not a" : "there is no such")} model file. To compare "
                + "files of captions, name their references with --references.");
        }

        if (inputs.Length < 2)
        {
            throw new ShowTellException($"{inputs[0]}: is the only file of captions; at least two were expected.");
        }

        if (_evaluation.OfModels.FirstOrDefault(result.IsGiven) is Option option)
        {
            throw new IncompatibleException(
                $"{option.Name} says how models caption a dataset; these are files of captions: leave it out.");
        }

        long start = Stopwatch.GetTimestamp();
        var notes = new List<string>();
        CaptionSet[] captions = [.. inputs.Select(input => ReadCaptions(input, notes))];
        if (captions.DistinctBy(set => set.Key).Count() > 1)
        {
            // Where some have names of files, a file that may have either has them too.
            captions = [.. captions.Select(set =>
                set.Key == ImageKey.File ? set : ScoringFiles.ReadCaptions(set.Origin, ImageKey.File))];
        }

        ComparedSystems systems = Terminal.Watch(result.Output(), "comparing", result.GetValue(_json), progress =>
        {
            const double Reading = 0.2;
            CaptionSet references = ScoringFiles.ReadCaptions(
                path, captions[^1].Key, share => progress?.Invoke(Reading * share));
            return Compare(
                new CaptionScorer(ReadScoring(result)),
                new ComparedSystems(
                    ComparedSystems.NamesOf(inputs),
                    [.. captions.Select(set => ScoringFiles.WithNamesOf(references, set))],
                    references,
                    "")
                {
                    Notes = notes,
                },
                share => progress?.Invoke(Reading + ((1 - Reading) * share)),
                cancellation);
        });
        await PrintAsync(
            result, systems, start, "images", names => _pictures.LoadAsync(result, names, cancellation), _ => null);
    }

    private static CaptionSet ReadCaptions(string path, List<string> notes)
    {
        var errors = new List<string>();
        var captions = ScoringFiles.ReadCaptions(path, errors: errors);
        if (errors.Count > 0)
        {
            notes.Add($"{path}: {ScoreReport.DescribeErrors(errors)}");
        }

        return captions;
    }

    private static ComparedSystems Compare(
        CaptionScorer scorer, ComparedSystems systems, Action<double> progress, CancellationToken cancellation) =>
        systems with
        {
            Comparisons = scorer.Compare(systems.Captions, systems.References, progress, cancellation),
        };

    private ScoringOptions ReadScoring(ParseResult result) =>
        _evaluation.ReadScoring(result) with { RandomizationRounds = result.GetValue(_rounds) };

    private async Task PrintAsync(
        ParseResult result,
        ComparedSystems systems,
        long start,
        string ofWhich,
        Func<IReadOnlyList<string>, Task<IReadOnlyList<Picture>>> findPictures,
        Func<string, string?> linkOf)
    {
        TextWriter output = result.Output();
        int count = result.GetValue(_count);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (result.GetValue(_json))
        {
            ComparisonOutput.PrintJson(output, systems, count, seconds);
        }
        else
        {
            ComparisonOutput.Print(output, systems, count, seconds);
        }

        if (result.GetValue(_html) is not string page)
        {
            return;
        }

        var photos = new List<IReadOnlyList<ComparedPhoto>>();
        foreach ((int other, IReadOnlyList<string> names) in systems.MostDifferent(count).Index())
        {
            IReadOnlyList<Picture> pictures = await findPictures(names);
            photos.Add([
                .. names.Zip(pictures, (name, picture) => systems.ToPhoto(other, name, picture, linkOf(name))),
            ]);
        }

        string notes = string.Concat(systems.Notes.Select(note => $" {note}."));
        new ComparisonReport
        {
            Summary = $"Captions of the same {systems.Captions[0].Images.Count:N0} {ofWhich}, scored with the same "
                + $"references and document frequencies.{notes}",
            Systems = systems.Names,
            Comparisons = systems.Comparisons,
            Photos = photos,
        }.Save(page);
        if (!result.GetValue(_json))
        {
            output.WriteLine($"page: {page}");
        }
    }

    /// <summary>Whether a file is named or begins like a model file.</summary>
    private static bool IsModel(string path)
    {
        if (path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) || !File.Exists(path))
        {
            return path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase);
        }

        // The length of a JSON header, then the header.
        Span<byte> start = stackalloc byte[sizeof(long) + 1];
        using FileStream file = File.OpenRead(path);
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length
            && BinaryPrimitives.ReadUInt64LittleEndian(start) <= (ulong)file.Length
            && start[^1] == '{';
    }
}
