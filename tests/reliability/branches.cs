#!/usr/bin/env dotnet
// Prints the branch coverage of each parser's file and of the checkpoint code from coverlet's JSON, the lowest first.
using System.Text.Json;

// What reads or interprets bytes of others: files, pictures, networks, archives, addresses; and what writes and resumes
// the checkpoints of training.
string[] counted =
[
    "src/ShowTell.Core/Files/", "src/ShowTell.Hdf5/", "src/ShowTell.Parquet/", "src/ShowTell/Datasets/",
    "src/ShowTell/Photos/", "src/ShowTell/ModelFiles/", "src/ShowTell/Backbones/",
    "src/ShowTell/Evaluation/ScoringFiles", "src/ShowTell/Reporting/Picture", "src/ShowTell/Reporting/PublicAddress",
    "src/ShowTell.Metrics/DocumentFrequencies", "src/ShowTell.Cli/Options/Preset",
    "src/ShowTell.Core/Training/TrainingCheckpoint", "src/ShowTell.Core/Training/TrainingSettings",
    "src/ShowTell.Core/Training/TrainingState", "src/ShowTell.Cli/Output/Run", "src/ShowTell.Cli/Output/TrainingLog",
    "src/ShowTell.Cli/Output/CheckpointInterval", "src/ShowTell.Cli/Options/ResumedRun",
    "src/ShowTell.Cli/Options/CheckpointFlags",
];

// In the same folders, but without input of others: photos and captions that the toolkit draws, and arithmetic.
string[] others =
[
    "src/ShowTell/Datasets/Scenes/", "src/ShowTell/Backbones/FeatureTransform", "src/ShowTell/Backbones/Pca",
    "src/ShowTell/Backbones/PhotoEncoder", "src/ShowTell.Cli/Output/RunOptions",
];
using JsonDocument json = JsonDocument.Parse(File.ReadAllText(args[0]));
var files = new SortedDictionary<string, (int Taken, int All, List<int> Missed)>(StringComparer.Ordinal);
foreach (JsonProperty file in json.RootElement.EnumerateObject().SelectMany(module => module.Value.EnumerateObject()))
{
    string name = Path.GetRelativePath(args[1], file.Name).Replace('\\', '/');
    if (!counted.Any(IsUnder) || others.Any(IsUnder))
    {
        continue;
    }

    foreach (JsonElement branch in file.Value.EnumerateObject().SelectMany(type => type.Value.EnumerateObject())
        .SelectMany(method => method.Value.GetProperty("Branches").EnumerateArray()))
    {
        (int taken, int all, List<int> missed) = files.GetValueOrDefault(name, (0, 0, []));
        bool isTaken = branch.GetProperty("Hits").GetInt32() > 0;
        missed.AddRange(isTaken ? [] : [branch.GetProperty("Line").GetInt32()]);
        files[name] = (taken + (isTaken ? 1 : 0), all + 1, missed);
    }

    bool IsUnder(string path) => name.StartsWith(path, StringComparison.Ordinal);
}

foreach ((string name, (int taken, int all, List<int> missed)) in
    files.OrderBy(file => (double)file.Value.Taken / file.Value.All))
{
    string lines = string.Join(",", missed.Distinct().Order().Take(20));
    Console.WriteLine($"{100.0 * taken / all,5:F1}% {taken,4}/{all,-4} {name}: {lines}");
}

(int sum, int total) = (files.Values.Sum(file => file.Taken), files.Values.Sum(file => file.All));
Console.WriteLine($"{100.0 * sum / total:F1}% of {total} branches in {files.Count} files; "
    + $"{files.Values.Count(file => file.Taken < 0.95 * file.All)} files are below 95%");
