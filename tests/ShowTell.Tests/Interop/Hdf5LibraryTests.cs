using ShowTell.Interop;
using Xunit;

namespace ShowTell.Tests.Interop;

public sealed class Hdf5LibraryTests
{
    [Theory]
    [InlineData(1, 8, 23)]
    [InlineData(0, 99, 0)]
    public void Versions_with_32_bit_identifiers_are_refused(uint major, uint minor, uint release)
    {
        var error = Assert.Throws<NativeLibraryMissingException>(() => Hdf5Library.RequireVersion(major, minor, release));
        Assert.StartsWith($"libhdf5 {major}.{minor}.{release} was found", error.Message);
    }

    [Theory]
    [InlineData(1, 10, 0)]
    [InlineData(1, 14, 6)]
    [InlineData(2, 0, 0)]
    public void Newer_versions_are_taken(uint major, uint minor, uint release) =>
        Hdf5Library.RequireVersion(major, minor, release);

    [Fact]
    public void Predefined_types_are_valid_and_differ()
    {
        using var scope = Hdf5Library.Enter();
        nint[] types =
        [
            Hdf5Library.NativeInt32, Hdf5Library.NativeInt64, Hdf5Library.NativeSingle, Hdf5Library.NativeDouble,
            Hdf5Library.StoredInt32, Hdf5Library.StoredSingle, Hdf5Library.CString,
        ];
        Assert.All(types, type => Assert.True(type > 0));
        Assert.Equal(types.Length, types.Distinct().Count());
    }
}
