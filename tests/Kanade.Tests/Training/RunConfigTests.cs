using Kanade.Training;

namespace Kanade.Tests.Training;

public sealed class RunConfigTests
{
    [Fact]
    public void The_rate_rises_then_falls_to_its_end()
    {
        var run = new RunConfig(Steps: 110, LearningRate: 1, WarmupSteps: 10, FinalRate: 0.2);
        Assert.Equal(0.1, run.RateAt(0, 1), 1e-12);
        Assert.Equal(1, run.RateAt(9, 1), 1e-12);
        Assert.Equal(1, run.RateAt(10, 1), 1e-12);
        Assert.Equal(0.2, run.RateAt(109, 1), 1e-12);
        Assert.Equal(0.02, run.RateAt(109, 0.1), 1e-12);
        Assert.All(Enumerable.Range(10, 99), step => Assert.True(run.RateAt(step + 1, 1) <= run.RateAt(step, 1)));
    }

    [Fact]
    public void A_constant_rate_is_the_default() => Assert.Equal(1e-4, new RunConfig(100).RateAt(57, 1e-4));

    [Fact]
    public void What_makes_no_sense_is_named()
    {
        var wrong = new RunConfig(Steps: 0, BatchSize: 0, LearningRate: double.NaN, WarmupSteps: 5, FinalRate: 2, Keep: 0, Balance: 2);
        Assert.Equal(["Steps", "BatchSize", "LearningRate", "WarmupSteps", "FinalRate", "Balance", "Keep"],
            wrong.Check().Select(p => p.Key));
        Assert.Empty(new RunConfig(10).Check());
    }
}
