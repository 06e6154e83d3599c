namespace ShowTell.Fuzz;

/// <summary>Valid inputs that are text.</summary>
internal static class FuzzTexts
{
    public const string Log = """
        {"iteration":1,"epoch":1,"loss":9.2}
        {"iteration":5,"epoch":2,"validationLoss":3,"seconds":9}

        """;

    public const string Coco = """
        {"images":[{"id":42,"file_name":"COCO_val2014_000000000042.jpg"},{"id":1,"file_name":"a.jpg"}],
         "annotations":[{"id":7,"image_id":42,"caption":"a dog runs"},{"id":8,"image_id":1,"caption":"a cat"}]}
        """;

    public const string Karpathy = """
        {"dataset":"x","images":[
          {"filename":"a.jpg","split":"train","sentences":[{"raw":"a dog","tokens":["a","dog"]}]},
          {"filename":"b.png","split":"val","sentences":[{"raw":"a cat"}]}]}
        """;

    /// <summary>Lists of objects, and captions by their photos.</summary>
    public static readonly string[] Json =
    [
        """[{"image":"a.jpg","caption":"a dog"},{"image":"b.png","captions":["a cat","cats"]}]""",
        """{"a.jpg":["a dog","dogs"],"b.png":"a cat"}""",
        """{"train":[{"image":"a.jpg","caption":"a dog"}],"val":[{"image":"b.png","caption":"a cat"}]}""",
    ];

    /// <summary>Hugging Face's, and our own.</summary>
    public static readonly string[] Preprocessing =
    [
        """
        {"image_processor_type":"CLIPImageProcessor","size":{"shortest_edge":224},"do_center_crop":true,
         "crop_size":{"height":224,"width":224},"image_mean":[0.5,0.5,0.5],"image_std":[0.5,0.5,0.5],
         "rescale_factor":0.00392156862745098}
        """,
        """
        {"feature_extractor_type":"ConvNextFeatureExtractor","size":224,"crop_pct":0.875,
         "image_mean":[0.5,0.5,0.5],"image_std":[0.5,0.5,0.5]}
        """,
        """
        {"channel_order":"RGB","value_range":"0..1","mean":"0,0,0","std":"1,1,1","size":"224","resize":"256"}
        """,
    ];
}
