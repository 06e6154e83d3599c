using ShowTell.Data;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Numerics;
using ShowTell.Tests.Training;
using ShowTell.Training;
using Xunit;

namespace ShowTell.Tests.Data;

[Collection(WorkersCollection.Name)]
public sealed class MirroredPhotosTests
{
    private const int Width = 6;

    private static readonly Vocabulary s_words = new(
        [
            Vocabulary.Null, Vocabulary.Start, Vocabulary.End, Vocabulary.Unknown, "a", "dog", "left", "leftmost",
            "right", "runs",
        ]);

    [Fact]
    public void Left_and_right_are_swapped_and_other_words_stay()
    {
        MirroredPhotos mirrored = Mirrored();
        Assert.Equal("a dog runs right", Swapped(mirrored, "a dog runs left"));
        Assert.Equal("right left", Swapped(mirrored, "left right"));

        // Its opposite is no word of the captions.
        Assert.Equal("leftmost dog", Swapped(mirrored, "leftmost dog"));
    }

    [Fact]
    public void A_minibatch_has_about_as_many_mirror_images_as_images_with_their_captions()
    {
        using CaptionSplit split = Split();
        var minibatch = new Minibatch();
        int[] indices = [.. Enumerable.Range(0, 400).Select(i => i % 2)];
        split.Read(indices, minibatch, mirrorSeed: 7);
        int mirrored = 0;
        for (int i = 0; i < indices.Length; i++)
        {
            float feature = minibatch.Features[i, 0];
            bool isMirrored = feature >= 10;
            mirrored += isMirrored ? 1 : 0;
            Assert.Equal(indices[i] + (isMirrored ? 10 : 0), feature);
            Assert.Equal(
                isMirrored == (indices[i] == 0) ? "dog right" : "dog left", s_words.Decode(minibatch.Caption(i)));
        }

        Assert.InRange(mirrored, 160, 240);
        int[] first = [.. minibatch.Captions];
        split.Read(indices, minibatch, mirrorSeed: 7);
        Assert.Equal(first, minibatch.Captions);
        split.Read(indices, minibatch, mirrorSeed: 8);
        Assert.NotEqual(first, minibatch.Captions.ToArray());
        split.Read(indices, minibatch);
        Assert.Equal("dog left", s_words.Decode(minibatch.Caption(0)));
    }

    [Fact]
    public void A_model_learns_from_mirror_images_what_no_photo_shows()
    {
        // Every photo shows a dog on the left; validation photos are mirror images.
        var photo = new MemoryFeatures(new Matrix<float>(1, 2, [1, 0]));
        var mirror = new MemoryFeatures(new Matrix<float>(1, 2, [0, 1]));
        using var data = new CaptionDataset("dogs", s_words, OneCaption("dog left", photo, mirror),
            OneCaption("dog right", mirror, photo))
        {
            FeatureKind = "dogs",
        };
        Assert.InRange(LossOfValidation(data, mirror: true), 0, 0.1);
        Assert.InRange(LossOfValidation(data, mirror: false), 2, 100);
    }

    [Fact]
    public void Self_critical_training_rewards_mirrored_captions_of_mirror_images()
    {
        var photo = new MemoryFeatures(new Matrix<float>(2, 2, [1, 0, -1, 0]));
        var mirror = new MemoryFeatures(new Matrix<float>(2, 2, [0, 1, 0, -1]));
        using var data = new CaptionDataset(
            "dogs", s_words, Captions(["dog left", "a dog runs"], photo, mirror),
            Captions(["dog left", "a dog runs"], photo, mirror))
        {
            FeatureKind = "dogs",
        };
        CaptioningModel<float> model = ToyDataset.Model(data);
        var solver = new CaptioningSolver(
            model, data,
            new SolverOptions { Mirror = true, BatchSize = 2, Epochs = 300, LearningRate = 1e-2, AverageDecay = 0 });
        solver.Run();
        var training = new SelfCriticalTraining(
            model, data, new SelfCriticalOptions { Mirror = true, BatchSize = 2, Epochs = 30 });
        training.Run();

        // The captions are right, of the photos and of their mirror images.
        var reward = new CaptionReward(data.Train, s_words);
        double best = (reward.Of(0, data.Train.Caption(0)) + reward.Of(1, data.Train.Caption(1))) / 2;
        Assert.InRange(training.RewardHistory.TakeLast(10).Average(), 0.95 * best, best + 1e-6);
    }

    [Fact]
    public void Without_features_of_mirror_images_training_with_them_is_refused()
    {
        using CaptionDataset data = ToyDataset.Make();
        string message = Assert.Throws<DataException>(() => new CaptioningSolver(
            ToyDataset.Model(data), data, new SolverOptions { Mirror = true })).Message;
        Assert.Contains("--mirror", message, StringComparison.Ordinal);
        Assert.Throws<DataException>(() => new SelfCriticalTraining(
            ToyDataset.Model(data), data, new SelfCriticalOptions { Mirror = true }));
    }

    private static double LossOfValidation(CaptionDataset data, bool mirror)
    {
        var options = new SolverOptions { Mirror = mirror, BatchSize = 1, Epochs = 300, LearningRate = 1e-2 };
        var solver = new CaptioningSolver(ToyDataset.Model(data), data, options);
        solver.Run();
        return solver.ValidationLossHistory[^1];
    }

    private static MirroredPhotos Mirrored() =>
        new(new MemoryFeatures(new Matrix<float>(2, 1, [10, 11])), s_words);

    private static CaptionSplit Split()
    {
        var features = new MemoryFeatures(new Matrix<float>(2, 1, [0, 1]));
        return new CaptionSplit("train", Ids("dog left", "dog right"), Width, [0, 1], features, s_words.Count)
        {
            Mirrored = Mirrored(),
        };
    }

    private static CaptionSplit OneCaption(string caption, MemoryFeatures photo, MemoryFeatures mirror) =>
        Captions([caption], photo, mirror);

    private static CaptionSplit Captions(string[] captions, MemoryFeatures photo, MemoryFeatures mirror) =>
        new("some", Ids(captions), Width, [.. Enumerable.Range(0, captions.Length)], photo, s_words.Count)
        {
            Mirrored = new MirroredPhotos(mirror, s_words),
        };

    private static int[] Ids(params string[] captions)
    {
        var ids = new int[captions.Length * Width];
        for (int i = 0; i < captions.Length; i++)
        {
            s_words.Encode(captions[i], ids.AsSpan(i * Width, Width));
        }

        return ids;
    }

    private static string Swapped(MirroredPhotos mirrored, string caption)
    {
        int[] ids = Ids(caption);
        mirrored.Swap(ids);
        return s_words.Decode(ids);
    }
}
