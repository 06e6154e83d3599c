namespace ShowTell.Tests.Reporting;

/// <summary>Pictures to test with.</summary>
internal static class TestPictures
{
    /// <summary>The smallest files that a browser shows: one pixel each.</summary>
    public static byte[] Gif { get; } = Convert.FromBase64String(
        "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7");

    public static byte[] Png { get; } = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");
}
