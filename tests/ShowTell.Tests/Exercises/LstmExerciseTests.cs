using ShowTell.Exercises;
using Xunit;
using static ShowTell.Tests.Exercises.Spoiled;

namespace ShowTell.Tests.Exercises;

public sealed class LstmExerciseTests
{
    private static readonly Lazy<ExerciseCheck[]> s_checks = new(() => [.. new LstmExercise().Run()]);

    /// <summary>The checks of the document, each with the error that it asks for.</summary>
    public static TheoryData<string, double> Checks { get; } = new()
    {
        { "lstm_step_forward next_h", 1e-8 },
        { "lstm_step_forward next_c", 1e-8 },
        { "lstm_step_backward dx", 1e-7 },
        { "lstm_step_backward dh", 1e-7 },
        { "lstm_step_backward dc", 1e-7 },
        { "lstm_step_backward dWx", 1e-7 },
        { "lstm_step_backward dWh", 1e-7 },
        { "lstm_step_backward db", 1e-7 },
        { "lstm_forward h", 1e-7 },
        { "lstm_backward dx", 1e-7 },
        { "lstm_backward dh0", 1e-7 },
        { "lstm_backward dWx", 1e-7 },
        { "lstm_backward dWh", 1e-6 },
        { "lstm_backward db", 1e-7 },
        { "lstm_captioning_loss loss", 1e-10 },
        { "lstm_captioning_loss W_proj", 5e-6 },
        { "lstm_captioning_loss b_proj", 5e-6 },
        { "lstm_captioning_loss W_embed", 5e-6 },
        { "lstm_captioning_loss Wx", 5e-6 },
        { "lstm_captioning_loss Wh", 5e-6 },
        { "lstm_captioning_loss b", 5e-6 },
        { "lstm_captioning_loss W_vocab", 5e-6 },
        { "lstm_captioning_loss b_vocab", 5e-6 },
        { "lstm_sample words that differ", 0 },
    };

    private static readonly Dictionary<string, (LstmExercise Wrong, LstmExercise Unwritten)> s_spoiled = new()
    {
        ["lstm_step_forward"] = (
            new()
            {
                StepForward = (x, h, c, wx, wh, b) =>
                {
                    LstmState right = LibraryFunctions.LstmStepForward(x, h, c, wx, wh, b);
                    return right with { C = Off(right.C) };
                },
            },
            new() { StepForward = (_, _, _, _, _, _) => throw new NotImplementedException() }),
        ["lstm_step_backward"] = (
            new()
            {
                StepBackward = (dH, dC, x, h, c, wx, wh, b) =>
                {
                    LstmStepGradients right = LibraryFunctions.LstmStepBackward(dH, dC, x, h, c, wx, wh, b);
                    return right with { DPrevC = Off(right.DPrevC) };
                },
            },
            new() { StepBackward = (_, _, _, _, _, _, _, _) => throw new NotImplementedException() }),
        ["lstm_forward"] = (
            new() { Forward = (x, h0, wx, wh, b) => [.. LibraryFunctions.LstmForward(x, h0, wx, wh, b).Select(Off)] },
            new() { Forward = (_, _, _, _, _) => throw new NotImplementedException() }),
        ["lstm_backward"] = (
            new()
            {
                Backward = (d, x, h0, wx, wh, b) =>
                {
                    RnnGradients right = LibraryFunctions.LstmBackward(d, x, h0, wx, wh, b);
                    return right with { DX = [.. right.DX.Select(Off)] };
                },
            },
            new() { Backward = (_, _, _, _, _, _) => throw new NotImplementedException() }),
        ["lstm_captioning_loss"] = (
            new() { Loss = (features, captions, p) => Off(new LstmExercise().Loss(features, captions, p)) },
            new() { Loss = (_, _, _) => throw new NotImplementedException() }),
        ["lstm_sample"] = (
            new() { Sample = (features, p, length) => Off(new LstmExercise().Sample(features, p, length)) },
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
    public void Every_function_has_a_hint() =>
        Assert.Equal(
            LstmExercise.Hints.Select(hint => hint.Function),
            s_checks.Value.Select(check => check.Function).Distinct());

    [Theory, MemberData(nameof(Functions))]
    public void A_wrong_function_fails_its_own_checks_alone(string function) =>
        AssertFailsAlone(function, s_spoiled[function].Wrong.Run(), expectedFailure: null);

    [Theory, MemberData(nameof(Functions))]
    public void An_unwritten_function_fails_its_own_checks_alone(string function) =>
        AssertFailsAlone(function, s_spoiled[function].Unwritten.Run(), expectedFailure: "not written yet");
}
