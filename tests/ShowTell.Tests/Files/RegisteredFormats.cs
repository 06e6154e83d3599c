using System.Runtime.CompilerServices;
using ShowTell.Hdf5;
using ShowTell.Parquet;

namespace ShowTell.Tests.Files;

/// <summary>The formats that the command has, for all tests.</summary>
internal static class RegisteredFormats
{
#pragma warning disable CA2255 // An assembly of tests is an application.
    [ModuleInitializer]
    internal static void Register()
    {
        Hdf5Format.Register();
        ParquetCaptions.Register();
    }
#pragma warning restore CA2255
}
