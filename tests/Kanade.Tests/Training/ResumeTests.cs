using Kanade.Models;
using Kanade.Torch;
using Kanade.Training;
using Serilog.Core;

namespace Kanade.Tests.Training;

/// <summary>A run that was stopped goes on as if it had not been. Dropout is drawn by the generator of the whole process, which other tests
/// seed too.</summary>
[Collection(nameof(Alone))]
public sealed class ResumeTests(TinyStages stages) : IClassFixture<TinyStages>
{
    sealed class Nothing : IDisposable
    {
        public void Dispose() { }
    }

    [Fact]
    public void The_acoustic_stage_cut_in_two_equals_one_piece_with_clipping_by_quantile_and_averages()
    {
        // 26 steps, since a quantile is taken of twenty norms at least.
        var run = TinyStages.Steps(26) with { BatchSize = 1, ClipQuantile = 0.5, AverageDecay = 0.9 };
        var config = TinyStages.FirstConfig(run) with { CropFrames = 20 };
        AssertSame("first", 22, (folder, max) => stages.TrainFirst(folder, config, max));
    }

    [Fact]
    public void The_prosody_stage_cut_in_two_equals_one_piece_in_all_phases_with_accumulation_and_averages()
    {
        var run = TinyStages.Steps(6) with { ClipQuantile = 0.5, AverageDecay = 0.9, Accumulate = 2, ClipNorm = 5 };
        var config = TinyStages.SecondConfig(run) with
        {
            Slm = new SlmConfig(Random: true, DiscriminatorChannels: 8),
            DiffusionFrom = 1,
            JointFrom = 2,
            SlmFrom = 2,
            StyleFrames = 90,
        };
        AssertSame("second", 4, (folder, max) => stages.TrainSecond(folder, config, max));
    }

    [Fact]
    public void Skips_in_a_row_are_counted_across_a_stop()
    {
        using var folder = new TemporaryFolder();
        var config = new RunConfig(100, MaximumSkips: 5, SaveEvery: 1);
        Assert.Equal(3, Skip(3));
        Assert.Equal(4, Skip(4));
        Assert.Throws<DivergedException>(() => Skip(100));

        long Skip(long steps)
        {
            using var run = new TrainingRun(folder.Path, new RunIdentity("first", "c", "d", "t"), config, steps, Logger.None, default);
            run.Resume();
            foreach (var step in run.Steps(Endless))
            {
                var norms = new Dictionary<string, double> { ["optimiser"] = double.NaN };
                Assert.False(run.Accept(step, new GradientNorms(norms, () => false)));
                StageTesting.SaveNothing(run);
            }
            return run.Step;
        }

        static IEnumerable<Nothing> Endless(long _)
        {
            while (true)
                yield return new Nothing();
        }
    }

    [Fact]
    public void The_spread_of_styles_forgets_and_goes_on_where_it_stopped()
    {
        var spread = new RecentMean();
        Assert.Equal(3, spread.Add(3));
        Assert.Equal(2, spread.Add(1));
        for (var i = 0; i < 100; i++)
            spread.Add(10);
        for (var i = 0; i < 1500; i++)
            spread.Add(0.2);
        Assert.InRange(spread.Value, 0.2, 0.21);
        Assert.Equal(spread.Value, spread.Add(double.NaN));
        var resumed = new RecentMean();
        resumed.Restore(spread.Value, spread.Count);
        Assert.Equal(spread.Add(0.5), resumed.Add(0.5));
    }

    void AssertSame(string name, long cut, Action<string, long?> train)
    {
        var (whole, parts) = (stages.File(name + "-whole"), stages.File(name + "-cut"));
        train(whole, null);
        train(parts, cut);
        train(parts, null);
        Assert.Equal(Training(whole), Training(parts));
        var checkpoint = Checkpoint.Open(whole);
        Assert.Contains("clipping", checkpoint.Parts);
        Assert.Contains(Checkpoint.AverageFile, checkpoint.Parts);
        Assert.Equal(checkpoint.State.Measures, Checkpoint.Open(parts).State.Measures);
        foreach (var part in checkpoint.Parts)
        {
            var expected = StageTesting.Part(whole, checkpoint.State.Step, part);
            Assert.True(expected.AsSpan().SequenceEqual(StageTesting.Part(parts, checkpoint.State.Step, part)), part);
        }

        static IEnumerable<string> Training(string folder) =>
            TinyRuns.Losses(folder).Where(l => l.Contains("train/", StringComparison.Ordinal));
    }
}
