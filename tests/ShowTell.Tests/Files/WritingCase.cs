using ShowTell.Datasets;
using ShowTell.Datasets.Import;
using ShowTell.Files;
using ShowTell.ModelFiles;
using ShowTell.Models;
using ShowTell.Reporting;
using ShowTell.Tests.Models;

namespace ShowTell.Tests.Files;

/// <summary>A kind of file that the project writes, for tests of faults while it is written.</summary>
/// <param name="Name">What is written.</param>
/// <param name="Write">Writes the first or the second version into a folder.</param>
/// <param name="Read">Reads which version is in the folder.</param>
internal sealed record WritingCase(string Name, Action<string, int> Write, Func<string, int> Read)
{
    public static readonly WritingCase[] All =
    [
        new(
            "model",
            (folder, version) => SmallModel.Bundle(CellKind.Lstm, seed: (ulong)version)
                .Save(Path.Combine(folder, "m.safetensors")),
            folder => VersionOf(ModelBundle.Load(Path.Combine(folder, "m.safetensors")).Model.Parameters.WProj[0, 0],
                version => SmallModel.Bundle(CellKind.Lstm, seed: (ulong)version).Model.Parameters.WProj[0, 0])),
        new(
            "checkpoint",
            (folder, version) => AtomicFile.Write(Path.Combine(folder, "c.safetensors"), stream => SafeTensors.Write(
                stream,
                new Dictionary<string, string> { ["step"] = $"{version}" },
                [
                    NamedTensor.Of<byte>("bytes", [3], new byte[] { 1, 2, (byte)version }),
                    NamedTensor.Of<double>("moments", [40_000], Enumerable.Repeat((double)version, 40_000).ToArray()),
                ])),
            folder =>
            {
                using var file = SafeTensorsReader.Open(Path.Combine(folder, "c.safetensors"));
                file.Verify();
                return VersionOf(file.Metadata["step"], version => $"{version}");
            }),
        new(
            "features",
            (folder, version) =>
            {
                var content = new TensorFileContent();
                content.Add("features", [50, 1_000], Enumerable.Repeat((float)version, 50_000).ToArray());
                TensorFormats.Write(Path.Combine(folder, "f.safetensors"), content);
            },
            folder =>
            {
                using ITensorFile file = TensorFormats.Open(Path.Combine(folder, "f.safetensors"));
                return VersionOf(file.ReadSingle("features")[^1], version => version);
            }),
        new(
            "page",
            (folder, version) => Page.Save(Path.Combine(folder, "p.html"), page => page.Write($"page {version}")),
            folder => VersionOf(File.ReadAllText(Path.Combine(folder, "p.html")), version => $"page {version}")),
        new(
            "dataset",
            (folder, version) =>
            {
                string photos = Path.Combine(folder, "photos");
                Directory.CreateDirectory(photos);
                Array.ForEach(["a.jpg", "b.jpg"], name => File.WriteAllBytes(Path.Combine(photos, name), [0]));
                string captions = Path.Combine(folder, $"captions{version}.csv");
                File.WriteAllText(
                    captions, $"image,caption,split\na.jpg,version {version},train\nb.jpg,version {version},val\n");
                var options = new ImportOptions { Captions = [captions], Photos = photos };
                DatasetImport.Run(options, Path.Combine(folder, "data"), isReplacing: true);
            },
            folder =>
            {
                string data = Path.Combine(folder, "data");
                IReadOnlyList<PhotoLine> lines = DatasetManifest.LoadPhotos(data);
                string caption = lines.Select(line => line.Captions.Single()).Distinct().Single();
                int version = VersionOf(caption, version => $"version {version}");
                return DatasetManifest.Load(data).Source.Captions[0].EndsWith($"captions{version}.csv")
                    ? version
                    : throw new InvalidDataException("Manifest and captions differ.");
            }),
    ];

    private static int VersionOf<T>(T found, Func<int, T> expected) =>
        new[] { 1, 2 }.Single(version => Equals(found, expected(version)));
}
