using ShowTell.Backbones;
using ShowTell.Captioning;
using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Photos;
using ShowTell.Tests.Backbones;
using Xunit;

namespace ShowTell.Tests.Captioning;

public sealed class CaptionerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_photo_has_the_caption_of_its_features()
    {
        const int Count = 40;
        using var model = new PhotoModel();
        using Captioner captioner = Captioner.Load(model.Path, new CaptionerOptions { AllowUnknown = true });
        using var encoder = new PhotoEncoder(Backbone.Load(model.Network), model.Pipeline.Transform);
        string[] photos = model.Photos(Count);
        Matrix<float> features = Matrix.FromRows<float>(
            [.. photos.Select(photo => encoder.Encode(encoder.Reader.Read(photo)))]);
        DecodedCaption[][] decoded = CaptionGenerator.Generate(
            new InferenceModel<float>(model.Bundle.Model), features,
            new() { MaxLength = model.Bundle.Training.CaptionWidth - 1 });
        DecodedCaption[] expected = [.. decoded.Select(captions => captions.Single())];

        GeneratedCaption[] captions = [.. photos.Select(captioner.Caption)];

        Assert.Equal(
            expected.Select(caption => model.Bundle.Vocabulary.Decode([.. caption.Ids])),
            captions.Select(caption => caption.Text));
        Assert.All(
            expected.Zip(captions), pair => Assert.Equal(pair.First.LogProbability, pair.Second.LogProbability, 1e-4));
        Assert.InRange(captions.Distinct().Count(), 5, Count);
        Assert.Equal(captions[0].Text, $"{captions[0]}");

        // The mark of unknown words is nothing to show to people.
        using Captioner usual = model.Load();
        Assert.Contains(captions, caption => caption.Text.Contains(Vocabulary.Unknown, StringComparison.Ordinal));
        Assert.DoesNotContain(
            photos, photo => usual.Caption(photo).Text.Contains(Vocabulary.Unknown, StringComparison.Ordinal));
    }

    /// <summary>What the README shows.</summary>
    [Fact]
    public void Two_lines_caption_a_photo()
    {
        using var model = new PhotoModel();
        var written = new StringWriter();
        Run(model.Path, model.Photos(1)[0], written);
        Assert.NotEmpty(written.ToString().Trim());

        static void Run(string model, string photo, TextWriter Console)
        {
            using var captioner = Captioner.Load(model);
            Console.WriteLine(captioner.Caption(photo));
        }
    }

    [Fact]
    public async Task Every_form_gives_the_same_caption()
    {
        using var model = new PhotoModel();
        using Captioner captioner = model.Load();
        string[] photos = model.Photos(150);
        GeneratedCaption[] expected = [.. photos.Select(captioner.Caption)];
        CaptionedPhoto[] all = [.. captioner.CaptionAll(photos, Token)];
        Assert.Equal(photos, all.Select(photo => photo.Name));
        Assert.Equal(expected, all.Select(photo => photo.Caption));
        Assert.All(all, photo => Assert.Null(photo.Error));
        byte[] file = await File.ReadAllBytesAsync(photos[0], Token);
        Assert.Equal(expected[0], captioner.Caption(file, "a photo"));
        Assert.Equal(expected[0], await captioner.CaptionAsync(file, "a photo", Token));
        Assert.Equal(expected[0], await captioner.CaptionAsync(photos[0], Token));
        Assert.Empty(captioner.CaptionAll([], Token));
    }

    [Fact]
    public void Threads_may_share_a_captioner()
    {
        using var model = new PhotoModel();
        using Captioner captioner = model.Load();
        string[] photos = model.Photos(10);
        GeneratedCaption[] expected = [.. photos.Select(captioner.Caption)];
        Thread[] threads = new Thread[8];
        var found = new GeneratedCaption[threads.Length][];
        for (int i = 0; i < threads.Length; i++)
        {
            int thread = i;
            threads[i] = new Thread(() => found[thread] = thread == 0
                ? [.. captioner.CaptionAll(photos, Token).Select(photo => photo.Caption!)]
                : [.. photos.Select(captioner.Caption)]);
            threads[i].Start();
        }

        Array.ForEach(threads, thread => thread.Join());
        Assert.All(found, captions => Assert.Equal(expected, captions));
    }

    [Fact]
    public void A_photo_that_cannot_be_read_stops_nothing()
    {
        using var model = new PhotoModel();
        using Captioner captioner = model.Load();
        string[] photos = model.Photos(9);
        string absent = model.File("absent.jpg"), broken = model.File("broken.jpg");
        File.WriteAllBytes(broken, File.ReadAllBytes(photos[0])[..600]);
        string[] mixed = [.. photos[..4], absent, .. photos[4..8], broken, photos[8], absent];

        CaptionedPhoto[] all = [.. captioner.CaptionAll(mixed, Token)];

        Assert.Equal(mixed, all.Select(photo => photo.Name));
        Assert.Equal(
            photos.Select(captioner.Caption), all.Where(photo => photo.Error is null).Select(photo => photo.Caption));
        Assert.Equal([absent, broken, absent], all.Where(photo => photo.Caption is null).Select(photo => photo.Name));
        Assert.All(
            all.Where(photo => photo.Error is not null), photo => Assert.StartsWith(photo.Name, photo.Error!.Message));
        Assert.Throws<PhotoException>(() => captioner.Caption(absent));
        Assert.Throws<PhotoException>(() => captioner.Caption("no photo"u8, "x"));
        Assert.Equal(
            [absent], captioner.CaptionAll([absent], Token).Select(photo => photo.Error!.Message.Split(':')[0]));
    }

    [Fact]
    public async Task Captioning_can_be_cancelled_or_left()
    {
        using var model = new PhotoModel();
        using Captioner captioner = model.Load();
        string[] photos = [.. Enumerable.Repeat(model.Photos(20), 100).SelectMany(names => names)];
        using var stop = new CancellationTokenSource();
        int taken = 0, read = 0;
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (CaptionedPhoto photo in captioner.CaptionAll(photos, stop.Token))
            {
                Assert.Equal(photos[taken++], photo.Name);
                stop.Cancel();
            }
        });
        Assert.InRange(taken, 1, 300);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => captioner.CaptionAsync(photos[0], stop.Token));

        // Whoever takes no more leaves no thread behind.
        CaptionedPhoto first = captioner.CaptionAll(
            photos,
            name =>
            {
                Interlocked.Increment(ref read);
                return null;
            },
            Token).First();
        Assert.NotNull(first.Caption);
        int before = Volatile.Read(ref read);
        Assert.InRange(before, 1, 1000);
        await Task.Delay(100, Token);
        Assert.Equal(before, Volatile.Read(ref read));
    }

    [Fact]
    public void An_error_of_the_callers_own_ends_the_batch()
    {
        using var model = new PhotoModel();
        using Captioner captioner = model.Load();
        Assert.Throws<TimeZoneNotFoundException>(
            () => captioner.CaptionAll(["a", "b"], _ => throw new TimeZoneNotFoundException(), Token).Count());
    }

    [Fact]
    public void Options_are_respected()
    {
        using var model = new PhotoModel();
        string photo = model.Photos(1)[0];
        using Captioner captioner = Captioner.Load(
            model.Path, new() { Threads = 0, Limits = new PhotoLimits { MaxSide = 90 } });
        Assert.Contains("96 x 64", Assert.Throws<PhotoException>(() => captioner.Caption(photo)).Message);
        using Captioner brief = Captioner.Load(model.Path, new() { Decoding = new() { MaxLength = 2 } });
        Assert.DoesNotContain(' ', brief.Caption(photo).Text);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => Captioner.Load(model.Path, new() { Decoding = new() { MaxLength = 0 } }));
    }

    [Fact]
    public void Words_can_be_wanted_and_alternatives_too()
    {
        using var model = new PhotoModel();
        string[] photos = model.Photos(6);
        using Captioner captioner = Captioner.Load(
            model.Path,
            new() { Decoding = new() { Beam = 4, Captions = 3 }, With = ["cat"], Without = ["dog", "zebra"] });
        CaptionedPhoto[] all = [.. captioner.CaptionAll(photos, Token)];
        Assert.Equal(photos.Select(captioner.Caption), all.Select(photo => photo.Caption));
        Assert.All(all, photo => Assert.Equal(3, photo.Captions.Distinct().Count()));
        Assert.All(all.SelectMany(photo => photo.Captions), caption => Assert.Contains("cat", caption.Text.Split(' ')));
        Assert.All(
            all.SelectMany(photo => photo.Captions), caption => Assert.DoesNotContain("dog", caption.Text.Split(' ')));
        Assert.Contains(
            "zebra",
            Assert.Throws<DataException>(() => Captioner.Load(model.Path, new() { With = ["zebra"] })).Message);
    }

    [Fact]
    public void What_is_drawn_depends_on_the_photo_and_the_seed()
    {
        using var model = new PhotoModel();
        string[] photos = model.Photos(8);
        using Captioner captioner = Load(5), other = Load(6);
        GeneratedCaption[] expected = [.. photos.Select(captioner.Caption)];
        Assert.Equal(
            expected.Reverse(), captioner.CaptionAll([.. photos.Reverse()], Token).Select(photo => photo.Caption!));
        Assert.NotEqual(expected, photos.Select(other.Caption));

        Captioner Load(ulong seed) =>
            Captioner.Load(model.Path, new() { Decoding = new() { Temperature = 1, Seed = seed } });
    }

    [Fact]
    public void Models_decode_together_if_they_fit()
    {
        using var model = new PhotoModel();
        string photo = model.Photos(1)[0];
        using Captioner alone = model.Load(), twice = Captioner.Load(model.Path, new() { Ensemble = [model.Path] });
        Assert.Equal(alone.Caption(photo).Text, twice.Caption(photo).Text);
        Assert.Equal(alone.Caption(photo).LogProbability, twice.Caption(photo).LogProbability, 1e-4);
        string raw = model.Save(
            PhotoModel.Made(model.Pipeline with { Transform = null }, TinyNetwork.Features), "raw.safetensors");
        string message = Assert.Throws<IncompatibleException>(
            () => Captioner.Load(model.Path, new() { Ensemble = [raw] })).Message;
        Assert.StartsWith($"{raw}: takes other features", message);
    }
}
