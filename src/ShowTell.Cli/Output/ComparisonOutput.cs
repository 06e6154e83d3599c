using System.Text.Json.Nodes;

namespace ShowTell.Cli.Output;

/// <summary>Comparisons as tables and as JSON.</summary>
internal static class ComparisonOutput
{
    /// <summary>Prints tables of the scores and of their differences, then the photos that differ most.</summary>
    public static void Print(TextWriter output, ComparedSystems systems, int count, double seconds)
    {
        CaptionScores[] scores = ScoresOf(systems);
        Table table = Terminal.NumberTable("", systems.Names.Select(Escape));
        for (int row = 0; row < scores[0].Scores.Count; row++)
        {
            table.AddRow([
                scores[0].Scores[row].DisplayName,
                .. scores.Select(all => $"{all.Scores[row].Value:F4} ({Range(all.Scores[row].Interval)})"),
            ]);
        }

        Terminal.For(output).Write(table);
        IReadOnlyList<IReadOnlyList<string>> photos = systems.MostDifferent(count);
        foreach ((int other, PairedComparison comparison) in systems.Comparisons.Index())
        {
            Print(output, systems, other, comparison);
            PrintPhotos(output, systems, other, photos[other]);
        }

        output.WriteLine($"images: {scores[0].Images.Count:N0}{systems.OfWhich}, in {seconds:F1} s");
        foreach (string note in systems.Notes)
        {
            output.WriteLine(Terminal.Plain(note));
        }

        output.WriteLine($"signature: {scores[0].Signature}");
    }

    /// <summary>Prints everything as one object.</summary>
    public static void PrintJson(TextWriter output, ComparedSystems systems, int count, double seconds)
    {
        CaptionScores[] scores = ScoresOf(systems);
        IReadOnlyList<IReadOnlyList<string>> photos = systems.MostDifferent(count);
        var json = new JsonObject
        {
            ["systems"] = new JsonArray([.. scores.Select((all, system) => Named(systems.Names[system], all))]),
            ["comparisons"] = new JsonArray([
                .. systems.Comparisons.Select((comparison, other) =>
                    ToJson(systems, other, comparison, photos[other])),
            ]),
            ["notes"] = JsonSerializer.SerializeToNode(systems.Notes, Json.Options),
            ["seconds"] = Math.Round(seconds, 3),
        };
        if (systems.IsEpochChosenOnSplit is bool isChosen)
        {
            json.Add("epochChosenOnSplit", isChosen);
        }

        output.WriteLine(json.ToJsonString(Json.Options));
    }

    private static CaptionScores[] ScoresOf(ComparedSystems systems) =>
        [systems.Comparisons[0].First, .. systems.Comparisons.Select(comparison => comparison.Other)];

    private static JsonObject Named(string name, CaptionScores scores)
    {
        JsonObject json = ScoreReport.ToJson(scores);
        json.Insert(0, "name", name);
        return json;
    }

    private static JsonObject ToJson(
        ComparedSystems systems, int other, PairedComparison comparison, IReadOnlyList<string> photos) => new()
        {
            ["system"] = systems.Names[other + 1],
            ["against"] = systems.Names[0],
            ["differences"] = new JsonObject(comparison.Differences.Select(difference =>
                KeyValuePair.Create<string, JsonNode?>(difference.Name, new JsonObject
                {
                    ["difference"] = difference.Value,
                    ["interval"] = difference.Interval is ConfidenceInterval interval
                        ? new JsonArray(interval.Low, interval.High)
                        : null,
                    ["p"] = difference.PValue,
                    ["wins"] = difference.Wins,
                    ["losses"] = difference.Losses,
                    ["ties"] = difference.Ties,
                }))),
            ["photos"] = new JsonArray([
                .. photos.Select(photo => new JsonObject
                {
                    ["image"] = photo,
                    ["captions"] = new JsonArray([
                        .. systems.CaptionsOf(other, photo).Select(caption => new JsonObject
                        {
                            ["system"] = caption.System, ["caption"] = caption.Caption, ["CIDEr"] = caption.CiderD,
                        }),
                    ]),
                    ["references"] = JsonSerializer.SerializeToNode(systems.References.Of(photo), Json.Options),
                }),
            ]),
        };

    private static void Print(TextWriter output, ComparedSystems systems, int other, PairedComparison comparison)
    {
        (string first, string name) = (Terminal.Plain(systems.Names[0]), Terminal.Plain(systems.Names[other + 1]));
        output.WriteLine($"{name} against {first}:");
        Table table = Terminal.NumberTable("", "difference", "95% interval", "p");
        foreach (ScoreDifference difference in comparison.Differences)
        {
            table.AddRow(
                comparison.First[difference.Name].DisplayName,
                $"{difference.Value:+0.0000;-0.0000;0.0000}",
                difference.Interval is ConfidenceInterval interval
                    ? $"{interval.Low:0.0000;-0.0000;0.0000} to {interval.High:0.0000;-0.0000;0.0000}"
                    : "",
                $"{difference.PValue:F4}");
        }

        Terminal.For(output).Write(table);
        ScoreDifference cider = comparison["CIDEr"];
        output.WriteLine(
            $"photos by CIDEr-D: {name} better {cider.Wins:N0}, {first} better {cider.Losses:N0}, "
            + $"ties {cider.Ties:N0}");
    }

    private static void PrintPhotos(
        TextWriter output, ComparedSystems systems, int other, IReadOnlyList<string> photos)
    {
        output.WriteLine();
        foreach (string photo in photos)
        {
            output.WriteLine(Terminal.Plain(photo));
            foreach ((string system, string caption, double ciderD) in systems.CaptionsOf(other, photo))
            {
                output.WriteLine(Terminal.Plain($"  {ciderD,6:F3}  {system}: {caption}"));
            }
        }

        if (photos.Count > 0)
        {
            output.WriteLine();
        }
    }

    private static string Range(ConfidenceInterval? interval) =>
        interval is ConfidenceInterval found ? $"{found.Low:F4} - {found.High:F4}" : "";

    private static string Escape(string text) => Spectre.Console.Markup.Escape(Terminal.Plain(text));
}
