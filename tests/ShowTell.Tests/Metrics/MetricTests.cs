using System.IO.Compression;
using ShowTell.Metrics;
using Xunit;

namespace ShowTell.Tests.Metrics;

public sealed class MetricTests
{
    private readonly WordIds _words = new();

    [Fact]
    public void Bleu_of_a_caption_by_hand()
    {
        BleuCounts counts = Bleu.Count(
            Ids("a dog runs on a mat"), [Ids("a dog runs on grass"), Ids("the dog is on a mat today ok")]);
        Assert.Equal([6, 5, 4, 3], Enumerable.Range(1, 4).Select(n => (int)counts.NGrams(n)));

        // "a" stands twice, and once in either reference.
        Assert.Equal([5, 5, 3, 1], Enumerable.Range(1, 4).Select(n => (int)counts.Matches(n)));
        Assert.Equal((6, 5), (counts.CandidateLength, counts.ReferenceLength));
        double[] scores = Bleu.Score(counts);
        Assert.Equal(5.0 / 6, scores[0], 1e-8);
        Assert.Equal(Math.Sqrt(5.0 / 6), scores[1], 1e-8);
        Assert.Equal(Math.Pow(5.0 / 6 * 3 / 4 / 3, 0.25), scores[3], 1e-8);
    }

    [Fact]
    public void Bleu_punishes_short_captions_and_takes_the_shorter_of_equally_close_references()
    {
        BleuCounts counts = Bleu.Count(Ids("a dog"), [Ids("a dog runs"), Ids("a")]);
        Assert.Equal(1, counts.ReferenceLength);
        counts = Bleu.Count(Ids("a dog"), [Ids("a dog runs now")]);
        Assert.Equal(Math.Exp(1 - (4.0 / 2)), Bleu.Score(counts)[0], 1e-8);
        Assert.Equal(0, Bleu.Score(Bleu.Count([], [Ids("a dog")]))[0], 1e-8);
    }

    [Fact]
    public void Bleu_of_captions_together_is_that_of_their_summed_counts()
    {
        BleuCounts one = Bleu.Count(Ids("a b c d e"), [Ids("a b c d x")]);
        BleuCounts two = Bleu.Count(Ids("f g h i"), [Ids("f g z i j")]);
        Assert.Equal(7.0 / 9 * Math.Exp(1 - (10.0 / 9)), Bleu.Score(one + two)[0], 1e-8);
    }

    [Fact]
    public void RougeL_takes_the_best_precision_and_the_best_recall()
    {
        // Subsequences: "a dog on" of 5 (P = 3/4), "dog" of 1 (R = 1).
        double score = RougeL.Score(Ids("a dog sits on"), [Ids("a big dog lies on"), Ids("dog")]);
        const double Precision = 0.75, Recall = 1, Squared = 1.44;
        Assert.Equal((1 + Squared) * Precision * Recall / (Recall + (Squared * Precision)), score, 1e-12);
        Assert.Equal(1, RougeL.Score(Ids("a b"), [Ids("a b")]), 1e-12);
        Assert.Equal(0, RougeL.Score(Ids("a b"), [Ids("c d")]));
        Assert.Equal(0, RougeL.Score([], [Ids("c d")]));
    }

    [Fact]
    public void Cider_by_hand()
    {
        // Two images; "a" in both weighs log 2 - log 2 = 0, everything else log 2.
        int[][] first = [Ids("a cat sat")], second = [Ids("a dog")];
        DocumentFrequencies frequencies = DocumentFrequencies.Of(_words, [first, second]);
        Assert.Equal((2, 1, 2), (frequencies.Of(Ids("a")), frequencies.Of(Ids("cat")), frequencies.Images));

        // n = 1: cat, cat against cat, sat: clipped 1 / (2 sqrt 2); n = 2: "a cat" of {a cat, cat cat} and {a cat, cat
        // sat}; n = 3 and 4: nothing in common. Lengths are equal.
        var cider = new Cider(frequencies);
        double score = cider.Score(Ids("a cat cat"), [cider.Vector(first[0])]);
        Assert.Equal(10 * ((1 / (2 * Math.Sqrt(2))) + 0.5) / 4, score, 1e-12);
        var cosine = new Cider(frequencies, CiderVariant.Cider);
        Assert.Equal(
            10 * ((2 / (2 * Math.Sqrt(2))) + 0.5) / 4, cosine.Score(Ids("a cat cat"), [cosine.Vector(first[0])]),
            1e-12);
    }

    [Fact]
    public void CiderD_punishes_another_length()
    {
        DocumentFrequencies frequencies = DocumentFrequencies.Of(_words, [[Ids("p q r s")], [Ids("x")]]);
        var d = new Cider(frequencies);
        var cosine = new Cider(frequencies, CiderVariant.Cider);
        int[] candidate = Ids("p q r s t u v");
        double ratio = d.Score(candidate, [d.Vector(Ids("p q r s"))]) / cosine.Score(
            candidate, [cosine.Vector(Ids("p q r s"))]);
        Assert.Equal(Math.Exp(-9.0 / 72), ratio, 1e-12);
        Assert.Equal(10, d.Score(Ids("p q r s"), [d.Vector(Ids("p q r s"))]), 1e-12);
        Assert.Equal(0, d.Score([], [d.Vector(Ids("p q r s"))]));
    }

    [Fact]
    public void Meteor_by_hand()
    {
        int[] candidate = Ids("the cat sat on the mat"), reference = Ids("on the mat sat the cat");
        var meteor = new Meteor(_words);
        MeteorCounts counts = meteor.Count(candidate, [reference]);

        // the cat | sat | on the mat: three chunks of six matches.
        Assert.Equal((6, 3), (counts.Matches, counts.Chunks));
        Assert.Equal(1 - (0.6 * Math.Pow(0.5, 0.2)), Meteor.Score(counts), 1e-12);
        Assert.Equal(1, Meteor.Score(meteor.Count(candidate, [candidate])), 1e-12);
        Assert.Equal(0, Meteor.Score(meteor.Count([], [candidate])));
    }

    [Fact]
    public void Meteor_weighs_stems_and_function_words_less()
    {
        int[] candidate = Ids("a dog nation"), reference = Ids("a dog national fast");
        var meteor = new Meteor(_words);
        MeteorCounts counts = meteor.Count(candidate, [reference]);
        Assert.Equal(0.25 + 0.75 + 0.75, counts.CandidateWeight, 1e-12);
        Assert.Equal(0.25 + 0.75 + (0.6 * 0.75), counts.CandidateMatched, 1e-12);
        Assert.Equal((3, 1), (counts.Matches, counts.Chunks));
        double precision = 1.45 / 1.75, recall = 1.45 / 2.5;
        double mean = precision * recall / ((0.85 * precision) + (0.15 * recall));
        Assert.Equal((1 - (0.6 * Math.Pow(1.0 / 3, 0.2))) * mean, Meteor.Score(counts), 1e-12);
        Assert.Equal(1.45 / 1.75, Meteor.Score(meteor.Count(candidate, [reference[..3]])), 1e-12);
    }

    [Fact]
    public void Meteor_finds_synonyms_in_WordNet()
    {
        int[] candidate = Ids("sofas"), reference = Ids("couch");
        var meteor = new Meteor(_words);
        Assert.Equal(1, meteor.Count(candidate, [reference]).Matches);
        Assert.Equal(0.8 * 0.75, meteor.Count(candidate, [reference]).CandidateMatched, 1e-12);
    }

    [Theory]
    [InlineData("sofa", "couch", true)]
    [InlineData("geese", "goose", true)]
    [InlineData("ate", "eating", true)]
    [InlineData("bigger", "large", true)]
    [InlineData("rapidly", "quickly", true)]
    [InlineData("women", "woman", true)]
    [InlineData("dog", "cat", false)]
    [InlineData("nation", "national", false)]
    [InlineData("qwertyzx", "qwertyzx", false)]
    public void Words_are_synonyms_by_a_synset_of_their_base_forms(string left, string right, bool expected) =>
        Assert.Equal(expected, WordNet.SynsetsOf(left).Intersect(WordNet.SynsetsOf(right)).Any());

    /// <summary>WordNet may be handed on only with its license.</summary>
    [Fact]
    public void The_table_of_synonyms_begins_with_its_license()
    {
        using Stream table = typeof(Meteor).Assembly.GetManifestResourceStream("wordnet")!;
        using var text = new StreamReader(new ZLibStream(table, CompressionMode.Decompress));
        string license = text.ReadToEnd().Split("\n\n")[0];
        Assert.Contains("WordNet 3.0 Copyright 2006 by Princeton University.", license, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("running", "run")]
    [InlineData("runs", "run")]
    [InlineData("skis", "ski")]
    [InlineData("standing", "stand")]
    [InlineData("hopping", "hop")]
    [InlineData("hoping", "hope")]
    [InlineData("luxuriated", "luxuri")]
    [InlineData("flies", "fli")]
    [InlineData("ties", "tie")]
    [InlineData("generously", "generous")]
    [InlineData("consolations", "consol")]
    [InlineData("knightly", "knight")]
    [InlineData("sensational", "sensat")]
    [InlineData("national", "nation")]
    [InlineData("toy", "toy")]
    [InlineData("cry", "cri")]
    [InlineData("by", "by")]
    [InlineData("'s", "'s")]
    [InlineData("electricity", "electr")]
    [InlineData("communication", "communic")]
    public void Words_have_the_stems_of_Snowballs_english_stemmer(string word, string stem) =>
        Assert.Equal(stem, EnglishStemmer.Stem(word));

    [Fact]
    public void No_reference_is_a_mistake_of_the_caller()
    {
        var cider = new Cider(DocumentFrequencies.Of(_words, [[Ids("a")]]));
        Assert.Throws<ArgumentException>(() => Bleu.Count(Ids("a"), []));
        Assert.Throws<ArgumentException>(() => RougeL.Score(Ids("a"), []));
        Assert.Throws<ArgumentException>(() => cider.Score(Ids("a"), []));
        Assert.Throws<ArgumentException>(() => new Meteor(_words).Count(Ids("a"), []));
    }

    [Fact]
    public void Variety_by_hand()
    {
        string[][] captions = [["a", "dog", "runs"], ["a", "dog", "runs"], ["a", "man", "with", "a"], []];
        CaptionVariety variety = CaptionVariety.Of(captions, new HashSet<string> { "a dog runs", "x" });
        Assert.Equal((3, 5), (variety.DistinctCaptions, variety.Vocabulary));
        Assert.Equal(5.0 / 10, variety.Distinct1, 1e-12);
        Assert.Equal(5.0 / 7, variety.Distinct2, 1e-12);
        Assert.Equal(
            (2.5, 0.25, 0.25, 0.5), (variety.MeanLength, variety.Empty, variety.OpenEndings, variety.InTraining));
        Assert.Null(CaptionVariety.Of(captions).InTraining);
    }

    private int[] Ids(string caption) => _words.AddAll(caption.Split(' '));
}
