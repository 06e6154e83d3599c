using ShowTell.Photos;
using Xunit;

namespace ShowTell.Tests.Photos;

public sealed class PhotoTests
{
    [Fact]
    public void A_mirror_swaps_left_and_right_pixel_by_pixel()
    {
        var photo = new Photo(3, 2, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]);
        Assert.Equal(
            [7, 8, 9, 4, 5, 6, 1, 2, 3, 16, 17, 18, 13, 14, 15, 10, 11, 12], photo.Mirrored().Pixels.ToArray());
        Assert.Equal(photo.Pixels.ToArray(), photo.Mirrored().Mirrored().Pixels.ToArray());
    }
}
