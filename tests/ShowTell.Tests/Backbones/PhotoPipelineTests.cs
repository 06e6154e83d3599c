using ShowTell.Backbones;
using ShowTell.Data;
using Xunit;

namespace ShowTell.Tests.Backbones;

public sealed class PhotoPipelineTests
{
    internal static PhotoPipeline Example { get; } = new()
    {
        BackboneFile = "net \"é\".onnx",
        Sha256 = new string('a', 64),
        Output = "pooled",
        IsGrid = false,
        Preprocessing = BackbonePreprocessing.Caffe,
        Transform = new FeatureTransform([1, 2], [3, 4]),
    };

    public static TheoryData<string, PhotoPipeline> Others => new()
    {
        { "the backbone net \"é\".onnx (bbbbbbbbbbbb)", Example with { Sha256 = new string('b', 64) } },
        { "the tensor fc7", Example with { Output = "fc7" } },
        { "the tensor pooled, region by region", Example with { IsGrid = true } },
        { "the tensor pooled, averaged to 7 x 7 regions, where", Example with { IsGrid = true, GridSide = 7 } },
        { "the tensor pooled as NCHW where", Example with { Layout = OutputLayout.ChannelsFirst } },
        { "the tensor pooled as NHWC where", Example with { Layout = OutputLayout.ChannelsLast } },
        { "the tensor pooled without the class token", Example with { ClassToken = ClassToken.Drop } },
        { "the tensor pooled (the class token alone)", Example with { ClassToken = ClassToken.Only } },
        {
            "channel_order RGB where BGR",
            Example with { Preprocessing = BackbonePreprocessing.Caffe with { BlueFirst = false } }
        },
        { "size 192 where 224", Example with { Preprocessing = BackbonePreprocessing.Caffe with { Size = 192 } } },
        { "features as the backbone computes them", Example with { Transform = null } },
        { "1 principal components (", Example with { Transform = new FeatureTransform([1, 2], [3, 4], new(1, 2)) } },
        { "standardized features (", Example with { Transform = new FeatureTransform([1, 2], [3, 5]) } },
    };

    [Fact]
    public void What_is_written_reads_back_the_same()
    {
        PhotoPipeline read = PhotoPipeline.FromJson("here", Example.ToJson(), Example.Transform);
        Assert.Equal(Example, read);
        Assert.Equal(Example.BackboneFile, read.BackboneFile);
        Assert.Equal(Example.ToJson(), read.ToJson());
        Assert.Null(Example.DifferenceOf(read));
        Assert.DoesNotContain('\n', Example.ToJson());
        Assert.Equal("pooled of net \"é\".onnx (aaaaaaaaaaaa), standardized", $"{read}");
        Assert.Equal(
            "pooled of net \"é\".onnx (aaaaaaaaaaaa), region by region",
            $"{Example with { IsGrid = true, Transform = null }}");
        Assert.False(read.Equals(null));
    }

    [Theory]
    [MemberData(nameof(Others))]
    public void What_makes_other_features_is_another_pipeline(string difference, PhotoPipeline other)
    {
        Assert.NotEqual(Example, other);
        Assert.NotEqual(Example.Fingerprint(), other.Fingerprint());
        Assert.StartsWith(difference, Example.DifferenceOf(other), StringComparison.Ordinal);
        var expected = FeaturesSpec.Of(Example, 2);
        string message = Assert.Throws<IncompatibleException>(
            () => expected.RequireSame(FeaturesSpec.Of(other, 2), "data")).Message;
        Assert.Contains(difference, message, StringComparison.Ordinal);
    }

    /// <summary>Pipelines written before grid sides existed keep their fingerprints.</summary>
    [Fact]
    public void The_side_of_a_grid_is_written_where_it_was_chosen()
    {
        PhotoPipeline own = Example with { IsGrid = true }, chosen = own with { GridSide = 7 };
        Assert.DoesNotContain("gridSide", own.ToJson(), StringComparison.Ordinal);
        Assert.Contains("\"gridSide\":7", chosen.ToJson(), StringComparison.Ordinal);
        Assert.Equal(chosen, PhotoPipeline.FromJson("here", chosen.ToJson(), Example.Transform));
        Assert.StartsWith(
            "the tensor pooled, averaged to 6 x 6",
            chosen.DifferenceOf(chosen with { GridSide = 6 }),
            StringComparison.Ordinal);
        foreach (string json in (string[])
            [
                chosen.ToJson().Replace(":7", ":-7", StringComparison.Ordinal),
                chosen.ToJson().Replace("true", "false", StringComparison.Ordinal),
            ])
        {
            Assert.Throws<ModelFileException>(() => PhotoPipeline.FromJson("here", json, Example.Transform));
        }
    }

    [Fact]
    public void The_name_of_the_backbone_file_makes_no_difference()
    {
        PhotoPipeline renamed = Example with { BackboneFile = "other.onnx" };
        Assert.Equal(Example, renamed);
        FeaturesSpec.Of(Example, 2).RequireSame(FeaturesSpec.Of(renamed, 2), "data");
    }

    [Fact]
    public void Features_of_unknown_making_are_told_by_kind_and_size()
    {
        var recipe = new FeaturesSpec("one", 4);
        recipe.RequireSame(new FeaturesSpec("one", 4), "data");
        Assert.Throws<IncompatibleException>(() => recipe.RequireSame(new FeaturesSpec("two", 4), "data"));
        Assert.Throws<IncompatibleException>(() => recipe.RequireSame(new FeaturesSpec("one", 5), "data"));
        Assert.Throws<IncompatibleException>(() => recipe.RequireSame(FeaturesSpec.Of(Example, 4), "data"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"network":"n","sha256":"a","output":"o","grid":false,"preprocessing":{"size":"-1"}}""")]
    [InlineData("""{"network":null,"sha256":"a","output":"o","grid":false,"preprocessing":{}}""")]
    public void Damaged_text_is_refused(string json) =>
        Assert.StartsWith(
            "file.h5: ",
            Assert.Throws<ModelFileException>(() => PhotoPipeline.FromJson("file.h5", json, null)).Message,
            StringComparison.Ordinal);
}
