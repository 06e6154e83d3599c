using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace ShowTell.Tests;

/// <summary>Every C# example of the README and the docs compiles as printed, in a console project.</summary>
public sealed class DocExampleTests
{
    private const string ImplicitUsings =
        """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly MetadataReference[] s_references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("ShowTell.Tests", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    public static TheoryData<string, int> Examples
    {
        get
        {
            var examples = new TheoryData<string, int>();
            foreach (string page in Pages())
            {
                for (int i = 1; i < Read(page).Split("```csharp\n").Length; i++)
                {
                    examples.Add(page, i);
                }
            }

            return examples;
        }
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void An_example_compiles(string page, int number)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        string code = Read(page).Split("```csharp\n")[number].Split("```")[0];
        var options = new CSharpParseOptions(LanguageVersion.Latest);
        var compilation = CSharpCompilation.Create(
            "example",
            [
                .. new[] { ImplicitUsings, code }.Select(source =>
                    CSharpSyntaxTree.ParseText(source, options, cancellationToken: cancellation)),
            ],
            s_references,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication));
        Assert.Empty(compilation.GetDiagnostics(cancellation)
            .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
    }

    private static IEnumerable<string> Pages() =>
        Directory.EnumerateFiles(Path.Combine(TestData.RepositoryRoot, "docs"), "*.md")
            .Select(path => $"docs/{Path.GetFileName(path)}")
            .Append("README.md")
            .Order(StringComparer.Ordinal);

    private static string Read(string page) => File.ReadAllText(Path.Combine(TestData.RepositoryRoot, page));
}
