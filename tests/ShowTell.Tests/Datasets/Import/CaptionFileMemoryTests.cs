using ShowTell.Datasets.Import;
using ShowTell.Tests.Numerics;
using Xunit;

namespace ShowTell.Tests.Datasets.Import;

/// <summary>Runs alone: what other tests hold in memory would be counted too.</summary>
[Collection(WorkersCollection.Name)]
public sealed class CaptionFileMemoryTests
{
    private const int Photos = 82_783;
    private const int Captions = 414_113;
    private const long MaxBytes = 40L << 20;

    /// <summary>As many photos and captions as <c>captions_train2014.json</c> has, and as many bytes.</summary>
    [Fact]
    public void A_file_of_the_size_of_COCO_is_streamed()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("captions_train2014.json");
        Write(path);
        Assert.InRange(new FileInfo(path).Length, 60L << 20, 80L << 20);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        (int count, long most) = (0, 0);
        foreach (PhotoCaption caption in CaptionFile.Read(path))
        {
            Assert.Equal(NameOf(count % Photos), caption.Photo);
            if (count++ % 100_000 == 0)
            {
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
            }
        }

        Assert.Equal(Captions, count);
        Assert.InRange(most, 0, MaxBytes);
    }

    private static string NameOf(int photo) => $"COCO_train2014_{photo:D12}.jpg";

    private static void Write(string path)
    {
        using var file = new StreamWriter(path);
        file.Write("{\"info\": {}, \"images\": [");
        for (int i = 0; i < Photos; i++)
        {
            file.Write($"{(i == 0 ? "" : ", ")}{{\"license\": 5, \"file_name\": \"{NameOf(i)}\", "
                + $"\"coco_url\": \"http://images.cocodataset.org/train2014/{NameOf(i)}\", "
                + "\"height\": 480, \"width\": 640, \"date_captured\": \"2013-11-14 16:28:13\", "
                + $"\"flickr_url\": \"http://farm4.staticflickr.com/3153/2970773875_164f0c0b83_z.jpg\", \"id\": {i}}}");
        }

        file.Write("], \"licenses\": [], \"annotations\": [");
        for (int i = 0; i < Captions; i++)
        {
            file.Write($"{(i == 0 ? "" : ", ")}{{\"image_id\": {i % Photos},\"id\": {i},\"caption\": "
                + "\"A restaurant has modern wooden tables and chairs.\"}");
        }

        file.Write("]}");
    }
}
