using ShowTell.Decoding;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Models;
using ShowTell.Tests.Numerics;
using Xunit;

namespace ShowTell.Tests.Decoding;

[Collection(WorkersCollection.Name)]
public sealed class CaptionGeneratorThreadsTests
{
    [Fact]
    public void Captions_do_not_depend_on_the_number_of_threads()
    {
        var model = new InferenceModel<float>(
            SmallModel.Normal<float>(SmallModel.Options(CellKind.Lstm, h: 33, v: 50), seed: 8));
        Matrix<float> features = Matrix.Normal<float>(new SeededRandom(9), 100, 4);
        foreach (DecodingOptions options in new DecodingOptions[]
        {
            new(), new() { Beam = 4, Captions = 4 }, new() { Temperature = 1.3 },
        })
        {
            List<string> captions = [];
            foreach (int threads in new[] { 1, 2, 5 })
            {
                DecodedCaption[][] decoded = WorkersCollection.InThreads(
                    threads, () => CaptionGenerator.Generate(model, features, options with { MaxLength = 12 }));
                captions.Add(string.Join('\n', decoded.SelectMany(best => best)
                    .Select(caption => $"{string.Join(' ', caption.Ids)} {caption.LogProbability:r}")));
            }

            Assert.Single(captions.Distinct());
        }
    }
}
