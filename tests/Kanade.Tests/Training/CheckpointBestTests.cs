using Kanade.Models;
using Kanade.Training;
using Serilog.Core;

namespace Kanade.Tests.Training;

/// <summary>The best checkpoint is saved, named, kept and taken; best and patience belong to a phase.</summary>
public sealed class CheckpointBestTests : IDisposable
{
    static readonly RunIdentity Identity = new("first", "config", "data", "table");
    static readonly PhaseSchedule Phases = new((Phase.Reconstruction, 0), (Phase.Adversarial, 10));

    readonly TemporaryFolder _folder = new();

    sealed class Nothing : IDisposable
    {
        public void Dispose() { }
    }

    [Fact]
    public void An_improvement_is_saved_named_and_kept_also_between_two_checkpoints()
    {
        double[] scores = [5, 3, 4, 2, 6, 6, 6, 6];
        Assert.Equal(8, Run(new RunConfig(8, SaveEvery: 3, Keep: 1), PhaseSchedule.OfOnePhase, scores));
        // Saved were 1, 2 and 4, the improvements; 3 and 6, by their number; and 8, the last.
        Assert.Equal(["step-00000004", "step-00000008"], Directory.GetDirectories(_folder.Path, "step-*").Select(Path.GetFileName).Order());
        Assert.Equal("step-00000004", File.ReadAllText(_folder.File("best")).Trim());
        Assert.Equal(4, Checkpoint.OpenBest(_folder.Path).State.Step);
        Assert.Equal(2, Checkpoint.OpenBest(_folder.Path).State.BestScore);
        Assert.Equal(8, Checkpoint.Open(_folder.Path).State.Step);
        Assert.Equal(8, Checkpoint.OpenBest(_folder.File("latest")).State.Step);
        Assert.Equal(4, Checkpoint.Open(_folder.File("best")).State.Step);
        Assert.Equal(8, Checkpoint.OpenBest(_folder.File("step-00000008")).State.Step);
    }

    [Fact]
    public void Without_a_validation_the_last_is_taken()
    {
        Assert.Equal(4, Run(new RunConfig(4, SaveEvery: 2), PhaseSchedule.OfOnePhase, []));
        Assert.False(File.Exists(_folder.File("best")));
        Assert.Equal(4, Checkpoint.OpenBest(_folder.Path).State.Step);
    }

    [Fact]
    public void The_best_of_the_last_phase_is_the_best_even_where_an_earlier_phase_scored_lower()
    {
        double[] scores = [.. Enumerable.Repeat(0.1, 10), 7, 5, 6, 6];
        Run(new RunConfig(14, SaveEvery: 100), Phases, scores);
        Assert.Equal((12, 5), (Checkpoint.OpenBest(_folder.Path).State.Step, Checkpoint.OpenBest(_folder.Path).State.BestScore));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(10L)]
    [InlineData(7L)]
    [InlineData(12L)]
    public void Patience_ends_no_phase_but_the_last_and_counts_its_own_validations(long? stop)
    {
        // No better from the second step on; the adversarial phase's first validation, at 11, is its best.
        double[] scores = [.. Enumerable.Repeat(1.0, 10), .. Enumerable.Repeat(9.0, 30)];
        var config = new RunConfig(40, SaveEvery: 100, Patience: 3);
        if (stop is not null)
            Assert.Equal(stop, Run(config, Phases, scores, stop));
        Assert.Equal(14, Run(config, Phases, scores));
        var state = Checkpoint.Open(_folder.Path).State;
        Assert.Equal((14, true, 11), (state.Step, state.Finished, state.BestStep));
        Assert.Equal(14, Run(config, Phases, scores));
    }

    [Fact]
    public void A_score_that_is_not_finite_is_no_better_than_any_and_can_be_saved()
    {
        double[] scores = [double.NaN, 4, double.NaN, double.NegativeInfinity];
        Assert.Equal(4, Run(new RunConfig(4, SaveEvery: 1), PhaseSchedule.OfOnePhase, scores));
        Assert.Equal(2, Checkpoint.OpenBest(_folder.Path).State.Step);
        Assert.Equal(4, Checkpoint.Open(_folder.Path).State.Step);
    }

    /// <summary>A run that validates after every step.</summary>
    /// <returns>Steps done.</returns>
    long Run(RunConfig config, PhaseSchedule schedule, double[] scores, long? maxSteps = null)
    {
        using var run = new TrainingRun(_folder.Path, Identity, config, maxSteps, Logger.None, default);
        run.Follow(schedule);
        run.Resume();
        foreach (var _ in run.Steps(Endless))
        {
            if (run.Step < scores.Length)
                run.Report(run.Step + 1, scores[run.Step], new Dictionary<string, float>());
            if (run.SaveDue)
                StageTesting.SaveNothing(run);
        }
        run.Finish();
        return run.Step;
    }

    static IEnumerable<Nothing> Endless(long _)
    {
        while (true)
            yield return new Nothing();
    }

    public void Dispose() => _folder.Dispose();
}
