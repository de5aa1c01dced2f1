using Kanade.Tests.Torch;
using Kanade.Torch;
using Kanade.Training;
using Serilog.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Training;

/// <summary>The book of a run that several processes share.</summary>
[Collection(nameof(Alone))]
public sealed class SharedRunTests : IDisposable
{
    static readonly RunIdentity Identity = new("aligner", "config", "data", "table");

    readonly TemporaryFolder _folder = new();

    sealed class Nothing : IDisposable
    {
        public void Dispose() { }
    }

    [Fact]
    public void All_stop_after_the_step_in_which_one_was_interrupted_and_only_the_first_writes()
    {
        using var interrupt = new CancellationTokenSource();
        var steps = ThreadGroup.Run(3, group =>
        {
            using var run = Run(group, new RunConfig(100, LogEvery: 1), group.Rank == 2 ? interrupt.Token : default);
            Assert.Null(run.Resume());
            foreach (var step in run.Steps(Endless))
            {
                using var scope = NewDisposeScope();
                if (run.Step == 3 && group.Rank == 2)
                    interrupt.Cancel();
                step.Keep(new LossTerms { { "loss", 1, tensor(1f + group.Rank) } }, []);
                run.Log(step);
            }
            Assert.ThrowsAny<OperationCanceledException>(run.Finish);
            Assert.True(run.Finished);
            return run.Step;
        });
        Assert.Equal([5, 5, 5], steps);   // the step after, which saves
        Assert.Equal("""{"step":5,"train/loss":2}""", File.ReadLines(_folder.File("metrics.jsonl")).Last());
        Assert.Single(Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories), file => file.EndsWith("metrics.jsonl", StringComparison.Ordinal));
    }

    [Fact]
    public void All_run_out_of_patience_together()
    {
        var steps = ThreadGroup.Run(2, group =>
        {
            using var run = Run(group, new RunConfig(100, Patience: 2));
            foreach (var _ in run.Steps(Endless))
                run.Report(run.Step + 1, 1, new Dictionary<string, float>());
            run.Finish();
            return run.Step;
        });
        Assert.Equal(steps[0], steps[1]);
        Assert.InRange(steps[0], 2, 4);
    }

    [Fact]
    public void A_step_is_skipped_by_all_and_the_same_reason_given()
    {
        var reasons = ThreadGroup.Run(3, group =>
        {
            using var scope = NewDisposeScope();
            var losses = new LossTerms { { "a", 1, tensor(group.Rank == 1 ? float.NaN : 1) }, { "b", 1, tensor(1f) } }.Values();
            return SkipReason.Of(group, losses, [$"u{group.Rank}", "v"], () => group.Rank != 1);
        });
        Assert.All(reasons, reason => Assert.Contains("in rank 1 a not finite; utterances u1, v", reason, StringComparison.Ordinal));
    }

    [Fact]
    public void A_process_that_has_something_else_before_it_is_refused_by_all()
    {
        var problems = ThreadGroup.Run(2, group => Assert.Throws<InvalidDataException>(() =>
        {
            using var run = new TrainingRun(_folder.Path, Identity with { DataHash = $"of rank {group.Rank}" }, new RunConfig(2), null, Logger.None, default, group);
            run.Resume();
        }).Message);
        Assert.All(problems, problem => Assert.Contains("rank 1 has another dataset", problem, StringComparison.Ordinal));
    }

    [Fact]
    public void A_validation_adds_up_over_processes_even_where_one_had_nothing_to_see()
    {
        var means = ThreadGroup.Run(2, group =>
        {
            using var scope = NewDisposeScope();
            var mean = new MeanLosses();
            if (group.Rank == 1)
                mean.Add(new LossTerms { { "loss", 2, tensor(3f) } }, 4);
            return mean.Over(group).Values;
        });
        Assert.All(means, mean => Assert.Equal([("loss", 3f), ("total", 6f)], mean.Select(m => (m.Key, m.Value))));
    }

    TrainingRun Run(IProcessGroup group, RunConfig config, CancellationToken interrupted = default) => new(_folder.Path, Identity, config, null, Logger.None, interrupted, group);

    static IEnumerable<Nothing> Endless(long _)
    {
        while (true)
            yield return new Nothing();
    }

    public void Dispose() => _folder.Dispose();
}
