using ShowTell.Backbones;
using Xunit;

namespace ShowTell.Tests.Backbones;

/// <summary>Files of the forms that transformers' image processors write.</summary>
public sealed class HuggingFacePreprocessingTests
{
    private const string Half = """ "image_mean":[0.5,0.5,0.5],"image_std":[0.5,0.5,0.5] """;

    private static readonly BackbonePreprocessing s_clip = BackbonePreset.Get("clip");
    private static readonly BackbonePreprocessing s_vit = BackbonePreset.Get("vit");
    private static readonly BackbonePreprocessing s_imageNet = BackbonePreset.Get("torchvision");

    public static TheoryData<string, string, BackbonePreprocessing> Files => new()
    {
        {
            "CLIP",
            """
            {"crop_size":{"height":224,"width":224},"do_center_crop":true,"do_convert_rgb":true,"do_normalize":true,
             "do_rescale":true,"do_resize":true,"image_mean":[0.48145466,0.4578275,0.40821073],
             "image_processor_type":"CLIPImageProcessor","image_std":[0.26862954,0.26130258,0.27577711],"resample":3,
             "rescale_factor":0.00392156862745098,"size":{"shortest_edge":224}}
            """,
            s_clip
        },
        {
            "CLIP of 2021",
            """
            {"crop_size":224,"do_center_crop":true,"do_normalize":true,"do_resize":true,
             "feature_extractor_type":"CLIPFeatureExtractor","image_mean":[0.48145466,0.4578275,0.40821073],
             "image_std":[0.26862954,0.26130258,0.27577711],"resample":3,"size":224}
            """,
            s_clip
        },
        {
            "ViT",
            $$"""
            {"do_normalize":true,"do_rescale":true,"do_resize":true,{{Half}},"image_processor_type":"ViTImageProcessor",
             "resample":2,"rescale_factor":0.00392156862745098,"size":{"height":384,"width":384} }
            """,
            s_vit with { Size = 384 }
        },
        {
            "ViT of 2021",
            $$"""{"do_normalize":true,"do_resize":true,{{Half}},"resample":2,"size":224}""",
            s_vit
        },
        {
            "SigLIP",
            $$"""
            {"do_normalize":true,"do_rescale":true,"do_resize":true,{{Half}},"resample":3,
             "image_processor_type":"SiglipImageProcessor","size":{"height":224,"width":224} }
            """,
            s_vit
        },
        {
            "ConvNeXt of 224",
            """
            {"crop_pct":0.875,"do_normalize":true,"do_rescale":true,"do_resize":true,
             "image_mean":[0.485,0.456,0.406],"image_processor_type":"ConvNextImageProcessor",
             "image_std":[0.229,0.224,0.225],"resample":3,"size":{"shortest_edge":224}}
            """,
            s_imageNet
        },
        {
            "ConvNeXt of 384, or a ResNet",
            """
            {"crop_pct":null,"do_normalize":true,"do_resize":true,"image_mean":[0.485,0.456,0.406],
             "feature_extractor_type":"ConvNextFeatureExtractor","image_std":[0.229,0.224,0.225],"size":384}
            """,
            s_imageNet with { Size = 384, ShorterSide = 0 }
        },
        {
            "DeiT: stretched to 256 x 256, then cropped",
            """
            {"crop_size":224,"do_center_crop":true,"do_normalize":true,"do_resize":true,
             "feature_extractor_type":"DeiTFeatureExtractor","image_mean":[0.485,0.456,0.406],
             "image_std":[0.229,0.224,0.225],"resample":3,"size":256}
            """,
            s_imageNet with { ShorterSide = 0, StretchedSide = 256 }
        },
        {
            "BiT of DINOv2",
            """
            {"crop_size":{"height":224,"width":224},"do_center_crop":true,"do_normalize":true,"do_rescale":true,
             "do_resize":true,"image_mean":[0.485,0.456,0.406],"image_processor_type":"BitImageProcessor",
             "image_std":[0.229,0.224,0.225],"resample":3,"size":{"shortest_edge":256}}
            """,
            s_imageNet
        },
        {
            "EfficientNet divides by the deviation twice",
            """
            {"crop_size":{"height":289,"width":289},"do_center_crop":false,"do_normalize":true,"do_rescale":true,
             "do_resize":true,"image_mean":[0.485,0.456,0.406],"image_processor_type":"EfficientNetImageProcessor",
             "image_std":[0.5,0.25,2],"include_top":true,"resample":0,"rescale_offset":false,
             "size":{"height":224,"width":224}}
            """,
            s_imageNet with { ShorterSide = 0, Deviation = new(0.25f, 0.0625f, 4) }
        },
        {
            "from -1 to 1 by an offset",
            """
            {"do_normalize":false,"do_rescale":true,"do_resize":true,"rescale_factor":0.00784313725490196,
             "rescale_offset":true,"size":{"height":224,"width":224},"image_processor_type":"VivitImageProcessor"}
            """,
            s_vit
        },
        {
            "MobileViT takes blue first and normalizes nothing",
            """
            {"crop_size":{"height":256,"width":256},"do_center_crop":true,"do_flip_channel_order":true,
             "do_rescale":true,"do_resize":true,"image_processor_type":"MobileViTImageProcessor",
             "size":{"shortest_edge":288}}
            """,
            new BackbonePreprocessing { BlueFirst = true, Size = 256, ShorterSide = 288 }
        },
        {
            "pixels as they are",
            """{"do_normalize":false,"do_rescale":false,"do_resize":true,"size":{"height":64,"width":64}}""",
            BackbonePreset.Get("raw", 64) with { ShorterSide = 0 }
        },
        {
            "PoolFormer resizes to more than it crops",
            """
            {"crop_pct":0.9,"crop_size":224,"do_center_crop":true,"image_mean":[0.485,0.456,0.406],
             "image_std":[0.229,0.224,0.225],"image_processor_type":"PoolFormerImageProcessor","size":224}
            """,
            s_imageNet with { ShorterSide = 248 }
        },
        {
            "PoolFormer without a share",
            """
            {"crop_size":{"height":200,"width":200},"image_mean":[0.485,0.456,0.406],"image_std":[0.229,0.224,0.225],
             "feature_extractor_type":"PoolFormerFeatureExtractor","size":{"shortest_edge":224}}
            """,
            s_imageNet with { Size = 200, ShorterSide = 248 }
        },
        {
            "ConvNeXt of a square",
            """
            {"crop_pct":0.875,"image_mean":[0.485,0.456,0.406],"image_processor_type":"ConvNextImageProcessor",
             "image_std":[0.229,0.224,0.225],"size":{"height":224,"width":224}}
            """,
            s_imageNet with { ShorterSide = 0 }
        },
        {
            "LeViT",
            """
            {"crop_size":224,"do_center_crop":true,"image_mean":[0.485,0.456,0.406],"image_std":[0.229,0.224,0.225],
             "image_processor_type":"LevitImageProcessor","size":{"shortest_edge":224}}
            """,
            s_imageNet
        },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_of_transformers_is_read(string name, string json, BackbonePreprocessing expected)
    {
        using TemporaryFolder folder = TestData.Temporary();
        File.WriteAllText(folder.File("preprocessor_config.json"), json);
        BackbonePreprocessing read = BackbonePreprocessing.Load(folder.File("preprocessor_config.json"));
        Assert.True(
            expected with { Mean = read.Mean, Deviation = read.Deviation } == read, $"{name}: {expected} but {read}");
        for (int channel = 0; channel < 3; channel++)
        {
            Assert.Equal(expected.Value(0, channel), read.Value(0, channel), 1e-5f);
            Assert.Equal(expected.Value(255, channel), read.Value(255, channel), 1e-4f);
        }
    }

    [Theory]
    [InlineData("""{"do_resize":false,"size":224}""", "do_resize is false")]
    [InlineData("""{"do_resize":true,"do_pad":true,"size":224}""", "do_pad is not supported")]
    [InlineData("""{"do_resize":true}""", "it has no size")]
    [InlineData("""{"do_resize":true,"size":224}""", "image_mean must be three numbers")]
    [InlineData("""{"do_normalize":false,"size":{"longest_edge":800,"shortest_edge":600}}""", "only squares")]
    [InlineData("""{"do_normalize":false,"size":{"height":224,"width":448}}""", "only squares")]
    [InlineData("""{"do_normalize":false,"size":{"shortest_edge":224}}""", "no common size")]
    [InlineData(
        """{"do_normalize":false,"do_center_crop":true,"size":224}""", "image_processor_type, which is missing")]
    [InlineData("""{"do_normalize":false,"size":1e9}""", "a whole number from 1 to 4096")]
    [InlineData("""{"do_normalize":false,"size":1e999}""", "a whole number from 1 to 4096")]
    [InlineData("""{"do_normalize":false,"size":"224"}""", "a whole number from 1 to 4096")]
    [InlineData(
        """{"do_resize":true,"size":224,"rescale_factor":1e999}""",
        "rescale_factor is 1e999, but must be a number above 0")]
    [InlineData(
        """{"do_normalize":false,"image_processor_type":"DeiTImageProcessor","size":224,"crop_size":256}""",
        "crop_size is 256, more than the resized photo's 224")]
    [InlineData("""{"do_normalize":"yes","size":224}""", "must be true or false")]
    [InlineData(
        """{"do_normalize":false,"image_processor_type":"CLIPImageProcessor","size":224,"crop_size":256}""",
        "crop_size is 256, more than the resized photo's 224")]
    public void What_cannot_be_done_the_same_way_is_refused(string json, string problem)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("preprocessor_config.json");
        File.WriteAllText(path, json);
        string message = Assert.Throws<ModelFileException>(() => BackbonePreprocessing.Load(path)).Message;
        Assert.StartsWith($"{path}: ", message);
        Assert.Contains(problem, message);
        Assert.Contains("--preprocessing", message);
    }

    [Fact]
    public void A_file_that_is_too_large_is_not_read()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("preprocessor_config.json");
        File.WriteAllText(path, new string(' ', (1 << 20) + 1));
        string message = Assert.Throws<ModelFileException>(() => BackbonePreprocessing.Load(path)).Message;
        Assert.StartsWith($"{path}: has more than 1048576 bytes; ", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_beside_the_network_or_above_its_folder_onnx_is_found()
    {
        using TemporaryFolder folder = TestData.Temporary();
        Directory.CreateDirectory(folder.File("onnx"));
        byte[] network = new NetworkBuilder { Metadata = [] }
            .Input("pixel_values", NetworkBuilder.Float, "n", "c", "h", "w")
            .Node("GlobalAveragePool", ["pixel_values"], "pooled").Output("pooled", "n", 3, 1, 1).ToBytes();
        string path = folder.File("onnx/model.onnx");
        File.WriteAllBytes(path, network);
        string message = Assert.Throws<ModelFileException>(() => Backbone.Load(path)).Message;
        Assert.Contains("--preprocessing vit or clip or", message);
        foreach ((string place, int size) in new[] { ("", 32), ("onnx/", 48) })
        {
            File.WriteAllText(
                folder.File($"{place}preprocessor_config.json"), $$"""{{{Half}},"size":{{size}}}""");
            using Backbone backbone = Backbone.Load(path);
            Assert.Equal(s_vit with { Size = size }, backbone.Preprocessing);
        }

        File.WriteAllText(
            folder.File("onnx/model.json"),
            """{"channel_order":"BGR","value_range":"0..255","mean":[1,2,3],"std":[4,5,6],"size":32}""");
        using Backbone own = Backbone.Load(path);
        Assert.True(own.Preprocessing.BlueFirst);
    }
}
