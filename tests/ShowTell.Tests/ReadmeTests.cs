using Xunit;

namespace ShowTell.Tests;

/// <summary>The links of the README and the docs lead somewhere.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void Files_that_the_README_and_the_docs_link_to_are_there()
    {
        string[] pages =
            ["README.md", .. Directory.EnumerateFiles(Path.Combine(TestData.RepositoryRoot, "docs"), "*.md")];
        foreach (string page in pages.Select(page => Path.Combine(TestData.RepositoryRoot, page)))
        {
            foreach (string link in LocalLinks(File.ReadAllText(page)))
            {
                string target = Path.Combine(Path.GetDirectoryName(page)!, link);
                Assert.True(Path.Exists(target), $"{page} links to {link}, which is not there.");
            }
        }
    }

    private static IEnumerable<string> LocalLinks(string markdown) =>
        markdown.Split("](").Skip(1)
            .Select(part => part.Split(')')[0].Split('#')[0])
            .Where(link => link.Length > 0 && !link.Contains("://", StringComparison.Ordinal));
}
