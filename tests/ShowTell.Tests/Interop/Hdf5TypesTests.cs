using ShowTell.Interop;
using Xunit;

namespace ShowTell.Tests.Interop;

public sealed class Hdf5TypesTests
{
    [Fact]
    public void Types_are_made_once_and_differ()
    {
        using var scope = Hdf5Library.Enter();
        nint[] types = [Hdf5Types.StoredHalf, Hdf5Types.String, Hdf5Types.StringReference];
        Assert.All(types, type => Assert.True(type > 0));
        Assert.Equal(types.Length, types.Distinct().Count());
        nint[] again = [Hdf5Types.StoredHalf, Hdf5Types.String, Hdf5Types.StringReference];
        Assert.Equal(types, again);
        Assert.True(Hdf5Types.NativeHalf > 0);
    }
}
