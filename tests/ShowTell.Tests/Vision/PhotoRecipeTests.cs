using ShowTell.Vision;
using Xunit;

namespace ShowTell.Tests.Vision;

public sealed class PhotoRecipeTests
{
    internal static PhotoRecipe Example { get; } = new()
    {
        Network = "net \"é\".onnx",
        Sha256 = new string('a', 64),
        Output = "pooled",
        IsGrid = false,
        Preprocessing = BackbonePreprocessing.Caffe,
        Transform = new FeatureTransform([1, 2], [3, 4]),
    };

    public static TheoryData<string, PhotoRecipe> Others => new()
    {
        { "the network net \"é\".onnx (bbbbbbbbbbbb)", Example with { Sha256 = new string('b', 64) } },
        { "the tensor fc7", Example with { Output = "fc7" } },
        { "the tensor pooled, place by place", Example with { IsGrid = true } },
        {
            "channel_order RGB where BGR",
            Example with { Preprocessing = BackbonePreprocessing.Caffe with { BlueFirst = false } }
        },
        { "size 192 where 224", Example with { Preprocessing = BackbonePreprocessing.Caffe with { Size = 192 } } },
        { "features as the network gives them", Example with { Transform = null } },
        { "standardised features (", Example with { Transform = new FeatureTransform([1, 2], [3, 5]) } },
    };

    [Fact]
    public void What_is_written_reads_back_the_same()
    {
        PhotoRecipe read = PhotoRecipe.FromJson("here", Example.ToJson(), Example.Transform);
        Assert.Equal(Example, read);
        Assert.Equal(Example.Network, read.Network);
        Assert.Equal(Example.ToJson(), read.ToJson());
        Assert.Null(Example.DifferenceOf(read));
        Assert.DoesNotContain('\n', Example.ToJson());
        Assert.Equal("pooled of net \"é\".onnx (aaaaaaaaaaaa), standardised", $"{read}");
    }

    [Theory]
    [MemberData(nameof(Others))]
    public void What_makes_other_features_is_another_recipe(string difference, PhotoRecipe other)
    {
        Assert.NotEqual(Example, other);
        Assert.NotEqual(Example.Fingerprint(), other.Fingerprint());
        Assert.StartsWith(difference, Example.DifferenceOf(other), StringComparison.Ordinal);
        var expected = FeatureRecipe.Of(Example, 2);
        string message = Assert.Throws<PairingException>(
            () => expected.RequireSame(FeatureRecipe.Of(other, 2), "data")).Message;
        Assert.Contains(difference, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_name_of_the_network_makes_no_difference()
    {
        PhotoRecipe renamed = Example with { Network = "other.onnx" };
        Assert.Equal(Example, renamed);
        FeatureRecipe.Of(Example, 2).RequireSame(FeatureRecipe.Of(renamed, 2), "data");
    }

    [Fact]
    public void Features_of_unknown_making_are_told_by_kind_and_size()
    {
        var recipe = new FeatureRecipe("one", 4);
        recipe.RequireSame(new FeatureRecipe("one", 4), "data");
        Assert.Throws<PairingException>(() => recipe.RequireSame(new FeatureRecipe("two", 4), "data"));
        Assert.Throws<PairingException>(() => recipe.RequireSame(new FeatureRecipe("one", 5), "data"));
        Assert.Throws<PairingException>(() => recipe.RequireSame(FeatureRecipe.Of(Example, 4), "data"));
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
            Assert.Throws<ModelFileException>(() => PhotoRecipe.FromJson("file.h5", json, null)).Message,
            StringComparison.Ordinal);
}
