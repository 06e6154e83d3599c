using ShowTell.Reporting;
using Xunit;

namespace ShowTell.Tests.Reporting;

public sealed class PhotoChoiceTests
{
    [Fact]
    public void The_best_the_worst_and_some_others_are_chosen()
    {
        double[] scores = [.. Enumerable.Range(0, 50).Select(i => (double)(i * 7 % 50))];
        PhotoChoice choice = PhotoChoice.Of(scores, 4, seed: 1);
        Assert.Equal([49, 48, 47, 46], choice.Best.Select(photo => scores[photo]));
        Assert.Equal([0, 1, 2, 3], choice.Worst.Select(photo => scores[photo]));
        Assert.Equal(4, choice.Random.Count);
        Assert.Equal(12, choice.Best.Concat(choice.Worst).Concat(choice.Random).Distinct().Count());
        Assert.Equal(choice.Random, PhotoChoice.Of(scores, 4, seed: 1).Random);
        Assert.NotEqual(choice.Random, PhotoChoice.Of(scores, 4, seed: 2).Random);
    }

    [Theory]
    [InlineData(0, 0, 0, 0)]
    [InlineData(1, 1, 0, 0)]
    [InlineData(2, 1, 1, 0)]
    [InlineData(3, 1, 1, 1)]
    [InlineData(8, 3, 3, 2)]
    public void Few_photos_are_shared_out(int photos, int best, int worst, int random)
    {
        PhotoChoice choice = PhotoChoice.Of(new double[photos], 6, seed: 1);
        Assert.Equal((best, worst, random), (choice.Best.Count, choice.Worst.Count, choice.Random.Count));
        Assert.Equal(photos, choice.Best.Concat(choice.Worst).Concat(choice.Random).Distinct().Count());
    }
}
