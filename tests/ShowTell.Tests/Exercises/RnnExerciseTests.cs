using ShowTell.Exercises;
using ShowTell.Numerics;
using Xunit;
using static ShowTell.Tests.Exercises.Spoiled;

namespace ShowTell.Tests.Exercises;

public sealed class RnnExerciseTests
{
    private static readonly Lazy<ExerciseCheck[]> s_checks = new(() => [.. new RnnExercise().Run()]);

    /// <summary>The checks of the document, each with the error that it asks for.</summary>
    public static TheoryData<string, double> Checks { get; } = new()
    {
        { "rnn_step_forward next_h", 1e-8 },
        { "rnn_step_backward dx", 1e-8 },
        { "rnn_step_backward dprev_h", 1e-8 },
        { "rnn_step_backward dWx", 1e-8 },
        { "rnn_step_backward dWh", 1e-8 },
        { "rnn_step_backward db", 1e-8 },
        { "rnn_forward h", 1e-7 },
        { "rnn_backward dx", 1e-6 },
        { "rnn_backward dh0", 1e-6 },
        { "rnn_backward dWx", 1e-6 },
        { "rnn_backward dWh", 1e-6 },
        { "rnn_backward db", 1e-6 },
        { "word_embedding_forward out", 1.1e-8 },
        { "word_embedding_backward dW", 1e-11 },
        { "temporal_affine dx", 1e-9 },
        { "temporal_affine dw", 1e-9 },
        { "temporal_affine db", 1e-9 },
        { "temporal_softmax_loss loss of about 2.3", 0.01 },
        { "temporal_softmax_loss loss of about 23", 0.1 },
        { "temporal_softmax_loss loss of about 2.3 with a mask", 0.1 },
        { "temporal_softmax_loss dx", 1e-7 },
        { "rnn_captioning_loss loss", 1e-10 },
        { "rnn_captioning_loss W_proj", 5e-6 },
        { "rnn_captioning_loss b_proj", 5e-6 },
        { "rnn_captioning_loss W_embed", 5e-6 },
        { "rnn_captioning_loss Wx", 5e-6 },
        { "rnn_captioning_loss Wh", 5e-6 },
        { "rnn_captioning_loss b", 5e-6 },
        { "rnn_captioning_loss W_vocab", 5e-6 },
        { "rnn_captioning_loss b_vocab", 5e-6 },
        { "rnn_sample words that differ", 0 },
    };

    private static readonly Dictionary<string, (RnnExercise Wrong, RnnExercise Unwritten)> s_spoiled = new()
    {
        ["rnn_step_forward"] = (
            new() { StepForward = (x, h, wx, wh, b) => Off(LibraryFunctions.RnnStepForward(x, h, wx, wh, b)) },
            new() { StepForward = (_, _, _, _, _) => throw new NotImplementedException() }),
        ["rnn_step_backward"] = (
            new()
            {
                StepBackward = (d, x, h, next, wx, wh, b) =>
                    LibraryFunctions.RnnStepBackward(d, x, h, next, wx, wh, b) with
                    {
                        DWh = new Matrix<double>(wh.Rows, wh.Columns),
                    },
            },
            new() { StepBackward = (_, _, _, _, _, _, _) => throw new NotImplementedException() }),
        ["rnn_forward"] = (
            new() { Forward = (x, h0, wx, wh, b) => [.. LibraryFunctions.RnnForward(x, h0, wx, wh, b).Select(Off)] },
            new() { Forward = (_, _, _, _, _) => throw new NotImplementedException() }),
        ["rnn_backward"] = (
            new()
            {
                Backward = (d, x, h0, _, wx, wh, b) =>
                {
                    RnnGradients right = LibraryFunctions.RnnBackward(d, x, h0, [], wx, wh, b);
                    return right with { DB = Off(right.DB) };
                },
            },
            new() { Backward = (_, _, _, _, _, _, _) => throw new NotImplementedException() }),
        ["word_embedding_forward"] = (
            new() { WordEmbeddingForward = (words, w) => Off(GivenLayers.WordEmbeddingForward(words, w)) },
            new() { WordEmbeddingForward = (_, _) => throw new NotImplementedException() }),
        ["word_embedding_backward"] = (
            new() { WordEmbeddingBackward = (d, words, w) => Off(GivenLayers.WordEmbeddingBackward(d, words, w)) },
            new() { WordEmbeddingBackward = (_, _, _) => throw new NotImplementedException() }),
        ["rnn_captioning_loss"] = (
            new() { Loss = (features, captions, p) => Off(new RnnExercise().Loss(features, captions, p)) },
            new() { Loss = (_, _, _) => throw new NotImplementedException() }),
        ["rnn_sample"] = (
            new() { Sample = (features, p, length) => Off(new RnnExercise().Sample(features, p, length)) },
            new() { Sample = (_, _, _) => throw new NotImplementedException() }),
    };

    public static TheoryData<string> Functions => [.. s_spoiled.Keys];

    [Theory, MemberData(nameof(Checks))]
    public void The_library_passes(string name, double tolerance)
    {
        ExerciseCheck check = s_checks.Value.Single(check => check.Name == name);
        Assert.Equal((null, tolerance), (check.Failure, check.Tolerance));
        Assert.True(check.Passed, $"{name} is off by {check.Error}.");
    }

    [Fact]
    public void There_are_no_other_checks() =>
        Assert.Equal(Checks.Select(row => row.Data.Item1), s_checks.Value.Select(check => check.Name));

    [Fact]
    public void Every_function_but_the_given_ones_has_a_hint() => Assert.Equal(
        RnnExercise.Hints.Select(hint => hint.Function),
        s_checks.Value.Select(check => check.Function).Distinct().Except(["temporal_affine", "temporal_softmax_loss"]));

    [Theory, MemberData(nameof(Functions))]
    public void A_wrong_function_fails_its_own_checks_alone(string function) =>
        AssertFailsAlone(function, s_spoiled[function].Wrong.Run(), expectedFailure: null);

    [Theory, MemberData(nameof(Functions))]
    public void An_unwritten_function_fails_its_own_checks_alone(string function) =>
        AssertFailsAlone(function, s_spoiled[function].Unwritten.Run(), expectedFailure: "not written yet");

    [Fact]
    public void What_a_function_throws_is_told() => AssertFailsAlone(
        "rnn_forward",
        new RnnExercise { Forward = (_, _, _, _, _) => throw new InvalidOperationException("no h here") }.Run(),
        "stopped: no h here");

    [Fact]
    public void A_result_of_another_shape_fails() => Assert.Contains(
        "2 x 4",
        new RnnExercise { StepForward = (_, _, _, _, _) => new Matrix<double>(2, 4) }.Run().First().Failure);
}
