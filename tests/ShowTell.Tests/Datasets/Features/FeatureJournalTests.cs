using System.Security.Cryptography;
using ShowTell.Datasets.Features;
using Xunit;

namespace ShowTell.Tests.Datasets.Features;

public sealed class FeatureJournalTests
{
    private const int Rows = 5;
    private const int Length = 3;
    private const int Header = 64;
    private const int Record = (Length * sizeof(float)) + sizeof(uint);

    [Fact]
    public void What_was_written_is_there_again()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("a.work");
        using (FeatureJournal journal = Open(path))
        {
            Assert.Equal(0, journal.Count);
            journal.Write(4, 0, [1, 2, 3]);
            journal.Write(1, 0, [0, 0, 0]);
        }

        using FeatureJournal again = Open(path);
        Assert.Equal([false, true, false, false, true], Enumerable.Range(0, Rows).Select(again.Has));
        var features = new float[3 * Length];
        features.AsSpan().Fill(9);
        again.Read([4, 0, 1], 0, features);
        Assert.Equal([1, 2, 3, 0, 0, 0, 0, 0, 0], features);
        again.Delete();
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void A_photo_is_there_with_all_its_views_only()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("a.work");
        using (FeatureJournal journal = Open(path, views: 2))
        {
            journal.Write(0, 0, [1, 2, 3]);
            journal.Write(3, 1, [4, 5, 6]);
            journal.Write(3, 0, [7, 8, 9]);
        }

        using FeatureJournal again = Open(path, views: 2);
        Assert.Equal([false, false, false, true, false], Enumerable.Range(0, Rows).Select(again.Has));
        Assert.Equal(1, again.Count);
        var features = new float[2 * Length];
        again.Read([3, 0], 1, features);
        Assert.Equal([4, 5, 6, 0, 0, 0], features);
        again.Read([0, 3], 0, features);
        Assert.Equal([0, 0, 0, 7, 8, 9], features);
    }

    /// <summary>
    /// Whatever byte of a record a crash spoilt, or wherever it cut the file off, that record is not there.
    /// </summary>
    [Fact]
    public void A_torn_record_is_not_there()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("a.work");
        using (FeatureJournal journal = Open(path))
        {
            for (int row = 0; row < Rows; row++)
            {
                journal.Write(row, 0, [row, 0.5f, 7]);
            }
        }

        byte[] whole = File.ReadAllBytes(path);
        for (int i = Header; i < whole.Length; i++)
        {
            byte[] spoilt = [.. whole];
            spoilt[i] ^= 0x40;
            AssertWhole(path, spoilt, row => row != (i - Header) / Record);
            AssertWhole(path, whole[..i], row => row < (i - Header) / Record);
        }

        byte[] zeros = [.. whole];
        zeros.AsSpan(Header + Record, 2 * Record).Clear();
        AssertWhole(path, zeros, row => row is not (1 or 2));

        byte[] misplaced = [.. whole];
        whole.AsSpan(Header, Record).CopyTo(misplaced.AsSpan(Header + Record));
        AssertWhole(path, misplaced, row => row != 1);
    }

    [Fact]
    public void A_journal_of_something_else_begins_anew_and_other_files_are_left_alone()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("a.work");
        using (FeatureJournal journal = Open(path))
        {
            journal.Write(0, 0, [1, 2, 3]);
        }

        using (FeatureJournal other = Open(path, "other"))
        {
            Assert.Equal(0, other.Count);
        }

        File.WriteAllText(path, "letters to my aunt");
        string message = Assert.Throws<DataException>(() => Open(path)).Message;
        Assert.Equal($"{path}: is not a feature journal; move it away.", message);
        Assert.Equal("letters to my aunt", File.ReadAllText(path));
        Assert.Contains("cannot be written", Assert.Throws<ShowTellException>(() => Open(folder.Path)).Message);
    }

    [Fact]
    public void Only_one_has_a_journal_at_a_time()
    {
        using TemporaryFolder folder = TestData.Temporary();
        using FeatureJournal journal = Open(folder.File("a.work"));
        Assert.Throws<ShowTellException>(() => Open(folder.File("a.work")));
    }

    private static void AssertWhole(string path, byte[] bytes, Func<int, bool> expected)
    {
        File.WriteAllBytes(path, bytes);
        using FeatureJournal journal = Open(path);
        Assert.Equal(Enumerable.Range(0, Rows).Select(expected), Enumerable.Range(0, Rows).Select(journal.Has));
    }

    private static FeatureJournal Open(string path, string what = "this", int views = 1) =>
        FeatureJournal.Open(path, SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(what)), Rows, views, Length);
}
