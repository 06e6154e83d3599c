using System.Formats.Tar;
using System.Text.Json;
using ShowTell.Captioning;
using ShowTell.Datasets;
using ShowTell.ModelFiles;
using ShowTell.Tests.Backbones;
using ShowTell.Tests.Datasets.Features;
using Xunit;

namespace ShowTell.Tests.Cli;

/// <summary>From a folder of photos to a model, and from a photo to its caption.</summary>
public sealed class PhotoTrainingTests
{
    [Fact]
    public async Task One_command_learns_photos_and_one_file_captions_them()
    {
        using var pile = new PhotoPile();
        string model = pile.File("m.safetensors");
        string text = (await Train(pile, model, "--embed-backbone")).Succeeded().Output;
        Assert.Contains("20 computed in ", text, StringComparison.Ordinal);
        Assert.EndsWith(
            $"Try:   showtell caption {model} photo.jpg\n"
            + $"Try:   showtell sample {model} {pile.File("m-data")} --count 20 --out page.html\n",
            text, StringComparison.Ordinal);

        File.Delete(pile.Network);
        JsonElement[] captions = (await Command.RunAsync(
            ["caption", model, .. PhotoPile.Names.Select(pile.PathOf), "--json"])).Succeeded().JsonLines;
        int right = captions.Zip(PhotoPile.Names).Count(
            pair => pair.First.GetProperty("caption").GetString() == CaptionOf(pair.Second));
        Assert.InRange(right, 14, 20); // Of those few that are kept for validation it knows nothing.

        ModelBundle bundle = ModelBundle.Load(model);
        Assert.Equal(ReferenceFeatures.Count, bundle.Reference!.Images.Count);
        Assert.NotNull(bundle.Photos!.Transform);
        Assert.False(bundle.BackboneBytes.IsEmpty);
        (await Command.RunAsync("sample", model, pile.File("m-data"))).Succeeded();
    }

    [Fact]
    public async Task An_existing_dataset_is_used_again_and_its_features_even_for_other_captions()
    {
        using var pile = new PhotoPile();
        string model = pile.File("m.safetensors"), data = pile.File("data");
        (await Train(pile, model, "--data", data)).Succeeded();
        string again = (await Train(pile, model, "--overwrite", "--data", data)).Succeeded().Output;
        Assert.Contains("nothing to compute", again, StringComparison.Ordinal);
        Assert.Contains($"caption {model} photo.jpg --backbone {pile.Network}", again, StringComparison.Ordinal);
        Assert.True(ModelBundle.Load(model).BackboneBytes.IsEmpty);

        File.AppendAllText(pile.File("captions.csv"), $"{PhotoPile.NameOf(3)},another caption\n");
        again = (await Train(pile, model, "--overwrite", "--data", data)).Succeeded().Output;
        Assert.Contains($"{data} was imported with other captions or lists; it is imported again", again);
        Assert.Contains("nothing to compute", again, StringComparison.Ordinal);
        again = (await Train(pile, model, "--overwrite", "--data", data, "--max-words", "20")).Succeeded().Output;
        Assert.Contains("was imported with --max-words 15 instead of 20; it is imported again", again);
        Assert.Contains("nothing to compute", again, StringComparison.Ordinal);

        Directory.CreateDirectory(pile.File("other"));
        (await Command.RunAsync(
            "train", pile.File("other"), "--captions", pile.File("captions.csv"), "--backbone", pile.Network, "--out",
            model, "--overwrite", "--data", data)).Failed(data, $"photos in {pile.Photos}", "--data");
        (await Train(pile, model, "--overwrite", "--data", pile.File("new"))).Succeeded();
    }

    [Fact]
    public async Task Mirror_images_are_computed_and_learned_beside_the_features_of_before()
    {
        using var pile = new PhotoPile();
        string model = pile.File("m.safetensors"), data = pile.File("m-data");
        (await Train(pile, model)).Succeeded();
        (await Command.RunAsync("train", data, "--out", pile.File("no.safetensors"), "--mirror"))
            .Failed("no features of mirror images", "--mirror");
        (await Train(pile, model, "--overwrite", "--mirror")).Succeeded();
        (await Command.RunAsync("train", data, "--out", pile.File("n.safetensors"), "--mirror", "--epochs", "2"))
            .Succeeded();
        (await Command.RunAsync(
            "refine", model, data, "--mirror", "--epochs", "1", "--out", pile.File("r.safetensors"))).Succeeded();
        (await Command.RunAsync("evaluate", model, data, "--bootstrap", "10")).Succeeded();
    }

    [Fact]
    public async Task Forgotten_captions_are_named()
    {
        using var pile = new PhotoPile();
        string model = pile.File("m.safetensors"), captions = pile.File("c.csv");
        File.WriteAllText(captions, "file,caption\n");
        (await Command.RunAsync("train", pile.Photos, "--out", model))
            .Failed(pile.Photos, "It holds photos: to train on them, name their captions with --captions FILE.");
        (await Command.RunAsync("train", captions, "--out", model)).Failed($"this file with --captions {captions}.");
    }

    /// <summary>Shards bring their photos, so that no folder of photos is named.</summary>
    [Fact]
    public async Task A_model_is_trained_from_shards_alone()
    {
        using var pile = new PhotoPile();
        string shard = pile.File("00000.tar"), model = pile.File("m.safetensors");
        using (var tar = new TarWriter(File.Create(shard)))
        {
            foreach ((int i, string name) in PhotoPile.Names.Index())
            {
                tar.WriteEntry(pile.PathOf(name), $"{i:000}.png");
                File.WriteAllText(pile.File("caption.txt"), CaptionOf(name));
                tar.WriteEntry(pile.File("caption.txt"), $"{i:000}.txt");
            }
        }

        Directory.Delete(pile.Photos, recursive: true);
        string[] line =
        [
            "train", "--captions", shard, "--backbone", pile.Network, "--embed-backbone", "--out", model, "--hidden",
            "16", "--epochs", "2",
        ];
        (await Command.RunAsync(line)).Succeeded();
        Assert.Equal(PhotoPile.Count, DatasetManifest.LoadPhotos(pile.File("m-data")).Count);
        string photo = pile.File(Path.Combine("m-data", "photos", "007.png"));
        Assert.StartsWith($"{photo}: ", (await Command.RunAsync("caption", model, photo)).Succeeded().Output);
        (await Command.RunAsync("evaluate", model, pile.File("m-data"), "--bootstrap", "1")).Succeeded();

        // Other options of the same shards keep the features.
        string again = (await Command.RunAsync([.. line, "--min-count", "2", "--overwrite"])).Succeeded().Output;
        Assert.Contains("with --min-count the default instead of 2", again, StringComparison.Ordinal);
        Assert.Contains("nothing to compute", again, StringComparison.Ordinal);
        (await Command.RunAsync("train", "--out", pile.File("other.safetensors"))).Failed("DATASET is missing");
    }

    [Fact]
    public async Task A_run_whose_captions_changed_is_not_resumed_and_its_dataset_stays()
    {
        using var pile = new PhotoPile();
        string model = pile.File("m.safetensors"), data = pile.File("data");
        (await Train(pile, model, "--data", data)).Succeeded();
        byte[] before = File.ReadAllBytes(Path.Combine(data, DatasetManifest.CaptionsFile));
        File.AppendAllText(pile.File("captions.csv"), $"{PhotoPile.NameOf(3)},another caption\n");
        (await Command.RunAsync("train", "--resume", pile.File("m-log"))).Failed(
            data, "other captions or lists", "cannot be resumed");
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(data, DatasetManifest.CaptionsFile)));
    }

    [Fact]
    public async Task Another_backbone_is_refused()
    {
        using var pile = new PhotoPile();
        string model = pile.File("m.safetensors");
        (await Train(pile, model)).Succeeded();
        string other = pile.File("other.onnx"), photo = pile.PathOf(PhotoPile.NameOf(0));
        File.WriteAllBytes(other, TinyNetwork.Bytes(seed: 2));
        (await Command.RunAsync("caption", model, photo, "--backbone", other)).Failed(other, "another backbone");
        (await Command.RunAsync("caption", model, photo, "--backbone", pile.Network)).Succeeded();
        File.Move(pile.Network, pile.File("elsewhere.onnx"));
        (await Command.RunAsync("caption", model, photo)).Failed("tiny.onnx", "--backbone");
        (await Command.RunAsync(
            "train", pile.File("m-data"), "--out", model, "--epochs", "1", "--embed-backbone", "--backbone", other,
            "--overwrite"))
            .Failed(other, "another backbone");
    }

    [Fact]
    public async Task The_backbone_of_a_dataset_can_be_embedded()
    {
        using var pile = new PhotoPile();
        string model = pile.File("m.safetensors");
        (await Train(pile, model)).Succeeded();
        (await Command.RunAsync(
            "train", pile.File("m-data"), "--out", model, "--epochs", "1", "--hidden", "8", "--embed-backbone",
            "--backbone", pile.Network, "--overwrite"))
            .Succeeded();
        using Captioner captioner = Captioner.Load(model);
        Assert.NotNull(captioner.Caption(pile.PathOf(PhotoPile.NameOf(0))).Text);
    }

    [Fact]
    public async Task A_backbone_with_weights_in_another_file_is_embedded_with_them()
    {
        using var pile = new PhotoPile();
        string model = pile.File("m.safetensors"), photo = pile.PathOf(PhotoPile.NameOf(0));
        (await Train(pile, model, "--embed-backbone")).Succeeded();
        JsonElement[] expected = (await Command.RunAsync("caption", model, photo, "--json")).Succeeded().JsonLines;

        File.WriteAllBytes(pile.Network, TinyNetwork.Bytes(weightsFile: "tiny.onnx.data"));
        File.WriteAllBytes(pile.File("tiny.onnx.data"), TinyNetwork.WeightBytes());
        string other = pile.File("other.safetensors");
        (await Train(pile, other, "--embed-backbone", "--data", pile.File("other"))).Succeeded();
        (await Command.RunAsync("caption", other, photo, "--backbone", pile.Network)).Succeeded();
        File.Delete(pile.File("tiny.onnx.data"));
        (await Command.RunAsync("caption", other, photo, "--backbone", pile.Network)).Failed(
            "tiny.onnx: its weights file tiny.onnx.data is missing");
        File.Delete(pile.Network);
        JsonElement[] actual = (await Command.RunAsync("caption", other, photo, "--json")).Succeeded().JsonLines;
        Assert.Equal(expected[0].GetProperty("caption").GetString(), actual[0].GetProperty("caption").GetString());
        (await Command.RunAsync("doctor", other)).Succeeded();
    }

    [Fact]
    public async Task Incompatible_options_are_named()
    {
        using var tiny = new TinyFolder();
        string[] line = ["train", tiny.Data, "--out", tiny.File("m")];
        (await Command.RunAsync([.. line, "--captions", "c.csv"])).Failed("--captions needs --backbone");
        (await Command.RunAsync([.. line, "--embed-backbone"])).Failed("--embed-backbone needs --backbone");
        (await Command.RunAsync([.. line, "--backbone", "n.onnx"])).Failed("--backbone needs --captions");
        (await Command.RunAsync([.. line, "--pca", "4"])).Failed("--pca needs --captions");
        (await Command.RunAsync([.. line, "--train-list", "a", "--val-list", "b"])).Failed(
            "--train-list needs --captions");
        (await Command.RunAsync([.. line, "--captions", "c.csv", "--backbone", "none.onnx"])).Failed(
            "none.onnx", "there is no such file");
    }

    [Fact]
    public async Task Features_of_unknown_origin_have_no_backbone_to_embed()
    {
        using var pile = new PhotoPile();
        using var tiny = new TinyFolder();
        (await Command.RunAsync(
            "train", tiny.Data, "--out", tiny.File("m"), "--embed-backbone", "--backbone",
            pile.Network)).Failed(tiny.Data, "showtell features");
    }

    private static Task<CommandResult> Train(PhotoPile pile, string model, params string[] more)
    {
        string captions = pile.File("captions.csv");
        if (!File.Exists(captions))
        {
            File.WriteAllLines(captions, PhotoPile.Names.Select(name => $"{name},{CaptionOf(name)}"));
        }

        return Command.RunAsync(
        [
            "train", pile.Photos, "--captions", captions, "--backbone", pile.Network, "--out", model, "--min-count",
            "1",
            "--val-fraction", "0.1", "--hidden", "32", "--wordvec", "16", "--batch", "6", "--epochs", "60", "--lr",
            "1e-2",
            "--lr-decay", "1", "--keep", "last", "--print-every", "1000", .. more,
        ]);
    }

    /// <summary>A caption that no other photo has.</summary>
    private static string CaptionOf(string name)
    {
        string[] things = ["cat", "dog", "bird", "horse", "fish"], places = ["grass", "sand", "snow", "water"];
        int number = int.Parse(name[(name.IndexOf('.') - 2)..][..2], System.Globalization.CultureInfo.InvariantCulture);
        return $"a {things[number % 5]} on {places[number / 5]}";
    }
}
