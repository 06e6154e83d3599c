using System.Numerics.Tensors;
using ShowTell.Data;
using ShowTell.Datasets.Scenes;
using ShowTell.Numerics;
using ShowTell.Tests.Numerics;
using Xunit;

namespace ShowTell.Tests.Datasets.Scenes;

[Collection(WorkersCollection.Name)]
public sealed class SceneDatasetTests
{
    private static readonly SceneOptions Few =
        new() { Seed = 7, TrainScenes = 600, ValidationScenes = 150, FeatureSize = 40 };
    private static readonly SceneDataset Dataset = SceneDataset.Generate(Few);

    [Fact]
    public void Every_caption_is_true_of_its_scene_and_none_says_the_same_twice()
    {
        foreach (CaptionSplit split in new[] { Dataset.Captions.Train, Dataset.Captions.Validation })
        {
            IReadOnlyList<Scene> scenes = Dataset.Scenes(split.Name);
            Assert.Equal(scenes.Count, split.ImageCount);
            for (int image = 0; image < scenes.Count; image++)
            {
                string[] captions = [.. CaptionsOf(split, image)];
                Assert.Equal(SceneDataset.CaptionsPerScene, captions.Distinct().Count());
                Assert.All(captions, caption =>
                {
                    Assert.True(SceneCaptionChecker.IsTrue(caption, scenes[image]), caption);
                    Assert.InRange(caption.Split(' ').Length, 2, 15);
                    Assert.DoesNotContain(Vocabulary.Unknown, caption, StringComparison.Ordinal);
                });
            }
        }
    }

    [Fact]
    public void Wrong_color_kind_size_or_relation_makes_a_caption_false()
    {
        (string, string)[] swaps =
        [
            ("above", "below"), ("left of", "right of"), ("large", "small"), ("big", "little"), ("top", "bottom"),
            ("upper", "lower"), ("left corner", "right corner"),
        ];
        string[] colors = [.. Enum.GetNames<ShapeColor>().Select(name => name.ToLowerInvariant())];
        string[] kinds = [.. Enum.GetNames<ShapeKind>().Select(name => name.ToLowerInvariant())];
        int changed = 0;
        for (int i = 0; i < Dataset.Captions.Train.Count; i++)
        {
            Scene scene = Dataset.Train[Dataset.Captions.Train.ImageIndices[i]];
            string caption = Dataset.Captions.Vocabulary.Decode(Dataset.Captions.Train.Caption(i));
            IEnumerable<string> wrong = swaps.SelectMany(
                swap => new[] { Replace(caption, swap.Item1, swap.Item2), Replace(caption, swap.Item2, swap.Item1) })
                .Append(Unused(caption, colors, scene.Shapes.Select(shape => shape.Color.ToString())))
                .Append(Unused(caption, kinds, scene.Shapes.Select(shape => shape.Kind.ToString())))
                .Where(other => other != caption);
            foreach (string other in wrong)
            {
                Assert.True(SceneCaptionChecker.IsGrammatical(other), other);
                Assert.False(SceneCaptionChecker.IsTrue(other, scene), $"{caption} -> {other}");
                changed++;
            }
        }

        Assert.True(changed > 5000);
    }

    [Fact]
    public void Captions_of_a_scene_with_other_shapes_are_false_of_it()
    {
        int wrong = 0, total = 0;
        for (int i = 0; i < Dataset.Captions.Validation.Count; i++)
        {
            int image = Dataset.Captions.Validation.ImageIndices[i];
            string caption = Dataset.Captions.Vocabulary.Decode(Dataset.Captions.Validation.Caption(i));
            wrong += SceneCaptionChecker.IsTrue(caption, Dataset.Validation[(image + 1) % Dataset.Validation.Count])
                ? 0 : 1;
            total++;
        }

        // "both shapes are small" may be true of the next scene too; hardly anything else is.
        Assert.InRange(wrong / (double)total, 0.95, 1);
    }

    [Fact]
    public void Shapes_stay_within_the_picture_apart_from_each_other_and_clear_in_size_and_place()
    {
        foreach (Scene scene in Dataset.Train.Concat(Dataset.Validation))
        {
            foreach (SceneShape shape in scene.Shapes)
            {
                double reach = SceneGeometry.Reach(shape);
                Assert.True(shape.X - reach > 0 && shape.X + reach < 1 && shape.Y - reach > 0 && shape.Y + reach < 1);
                Assert.True(Math.Abs(shape.Radius - SceneLayout.SmallBelow) > 0.015);
                Assert.All(new[] { shape.X, shape.Y }, at => Assert.True(
                    Math.Abs(at - (1.0 / 3)) > 0.1 && Math.Abs(at - (2.0 / 3)) > 0.1));
            }

            if (scene.Shapes is [SceneShape first, SceneShape second])
            {
                Assert.False(first.Kind == second.Kind && first.Color == second.Color);
                Assert.True(
                    Math.Sqrt(Math.Pow(first.X - second.X, 2) + Math.Pow(first.Y - second.Y, 2)) > Extent(first)
                        + Extent(second));
            }
        }
    }

    [Fact]
    public void Validation_shows_what_training_never_shows()
    {
        Assert.All(Dataset.Train, scene => Assert.False(scene.IsHeldOut));
        Assert.All(Dataset.Validation, scene => Assert.True(scene.IsHeldOut));
        Scene scene = Dataset.Validation.First(scene => scene.Shapes.Count == 2);
        Assert.True(new Scene(scene.Shapes.Reverse()).IsHeldOut);
        Assert.True(new Scene(
            scene.Shapes.Select(shape => shape with { X = shape.X + 0.001, Radius = shape.Radius + 0.001 })).IsHeldOut);

        // Of every word there is something to learn and something to test.
        foreach (IReadOnlyList<Scene> scenes in new[] { Dataset.Train, Dataset.Validation })
        {
            SceneShape[] shapes = [.. scenes.SelectMany(s => s.Shapes)];
            Assert.Equal(24, shapes.Select(shape => (shape.Kind, shape.Color)).Distinct().Count());
            Assert.Equal(10, shapes.Select(shape => (shape.Size, shape.Row, shape.Column)).Distinct().Count());
        }
    }

    [Fact]
    public void Features_are_centred_and_of_unit_deviation_and_as_many_as_asked()
    {
        Matrix<float> features = ((MemoryFeatures)Dataset.Captions.Train.Features).Matrix;

        Assert.Equal(40, Dataset.Captions.FeatureSize);
        Assert.Equal(1, Math.Sqrt(TensorPrimitives.SumOfSquares<float>(features.Span) / features.Length), 1e-4);
        Assert.Equal(0, TensorPrimitives.Sum<float>(features.Span) / features.Length, 1e-3);
        Assert.True(
            TensorPrimitives.IsFiniteAll<float>(((MemoryFeatures)Dataset.Captions.Validation.Features).Matrix.Span));
    }

    [Fact]
    public void Same_seed_same_bits_for_any_number_of_threads_and_another_seed_other_scenes()
    {
        SceneDataset one = WorkersCollection.InThreads(1, () => SceneDataset.Generate(Few));
        SceneDataset three = WorkersCollection.InThreads(3, () => SceneDataset.Generate(Few));
        Assert.Equal(one.Captions.Vocabulary.Fingerprint, three.Captions.Vocabulary.Fingerprint);
        foreach (string split in new[] { "train", "val" })
        {
            Assert.Equal(one.Captions.Split(split).Captions, three.Captions.Split(split).Captions);
            Assert.Equal(
                ((MemoryFeatures)one.Captions.Split(split).Features).Matrix.Span.ToArray(),
                ((MemoryFeatures)three.Captions.Split(split).Features).Matrix.Span.ToArray());
            Assert.Equal(
                one.Scenes(split).SelectMany(scene => scene.Shapes),
                three.Scenes(split).SelectMany(scene => scene.Shapes));
        }

        SceneDataset other = SceneDataset.Generate(Few with { Seed = 8 });
        Assert.NotEqual(Dataset.Train.SelectMany(scene => scene.Shapes), other.Train.SelectMany(scene => scene.Shapes));
    }

    [Fact]
    public void Images_have_names_and_splits_their_scenes()
    {
        Assert.Equal("scene-00017", Dataset.Captions.Train.ImageLabel(17));
        Assert.Equal("scenes:7", Dataset.Captions.Origin);
        Assert.Same(Dataset.Validation, Dataset.Scenes("val"));
        Assert.Throws<DataException>(() => Dataset.Scenes("test"));
        Assert.InRange(Dataset.Captions.Vocabulary.Count, 40, 60);
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => SceneDataset.Generate(Few with { TrainScenes = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => SceneDataset.Generate(Few with { ValidationScenes = -1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => SceneDataset.Generate(Few with { ImageSide = 15 }));
        Assert.Throws<ArgumentException>(() => SceneDataset.Generate(Few with { FeatureSize = 601 }));
        Assert.Equal(1, SceneDataset.Generate(
            Few with { TrainScenes = 1, ValidationScenes = 1, FeatureSize = 1 }).Captions.FeatureSize);
    }

    private static IEnumerable<string> CaptionsOf(CaptionSplit split, int image) =>
        split.CaptionsOf(image).Select(caption => Dataset.Captions.Vocabulary.Decode(split.Caption(caption)));

    private static string Replace(string caption, string words, string others) =>
        $" {caption} ".Replace($" {words} ", $" {others} ", StringComparison.Ordinal).Trim();

    /// <summary>
    /// The caption with its first word of a list turned into one that no shape of the scene would have.
    /// </summary>
    private static string Unused(string caption, string[] words, IEnumerable<string> used)
    {
        string other = words.Except(used.Select(word => word.ToLowerInvariant())).First();
        string? word = caption.Split(' ').FirstOrDefault(words.Contains);
        return word is null ? caption : Replace(caption, word, other);
    }

    private static double Extent(SceneShape shape) => shape.Kind == ShapeKind.Circle
        ? shape.Radius
        : SceneGeometry.Corners(shape).Max(
            corner => Math.Sqrt(Math.Pow(corner.X - shape.X, 2) + Math.Pow(corner.Y - shape.Y, 2)));
}
