using System.Text.Json;
using Kanade.Models;
using Kanade.Torch;
using Kanade.Training;
using Serilog.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Training;

/// <summary>What trains, and against what, in each phase of the prosody stage.</summary>
public sealed class PhaseTests(TinyStages stages) : IClassFixture<TinyStages>
{
    [Fact]
    public void Speech_is_compared_with_the_frozen_decoders_own_before_the_joint_phase_and_with_recordings_after()
    {
        var config = TinyStages.SecondConfig(new RunConfig(10, BatchSize: 2)) with { JointFrom = 5 };
        using var data = stages.Open(config.Run);
        using var networks = new ProsodyStageNetworks(config, data.Mel, stages.SecondSources, Logger.None);
        networks.Begin();
        networks.Set.Evaluate();
        using var pass = new ProsodyPass(config, networks, data.Mel, SingleProcess.Instance);
        using var scope = NewDisposeScope();
        foreach (var number in new[] { 4L, 5 })
        {
            var step = StageTesting.Step(data.TrainingBatches(0), config.Schedule, number);
            var batch = step.Batches.First();
            var spoken = pass.Predict(batch, step);
            var piece = pass.Decode(spoken, batch, step);
            Assert.False(piece.Target.requires_grad);
            Assert.True(piece.Generated.requires_grad);
            if (number < 5)
            {
                Assert.Same(piece.Rebuilt, piece.Target);
                // A predictor that predicts what was recorded has nothing left to mend.
                var perfect = spoken with { Predicted = new PitchAndEnergy(spoken.Recorded.F0, spoken.Recorded.Energy) };
                var spokenPerfectly = pass.Decode(perfect, batch, step);
                StageTesting.AssertClose(spokenPerfectly.Target, spokenPerfectly.Generated, 1e-6);
            }
            else
            {
                Assert.Null(piece.Rebuilt);
                Assert.Same(piece.Recorded, piece.Target);
            }
            step.End();
        }
    }

    [Fact]
    public void Networks_move_and_are_judged_from_their_phase_on()
    {
        var folder = stages.File("phases");
        var config = InPhases(TinyStages.Steps(3) with { SaveEvery = 1 });
        stages.TrainSecond(folder, config);
        Assert.Equal((false, false), (Moved("diffusion", 1), Moved("mpd", 1)));
        Assert.Equal((true, true), (Moved("diffusion", 2), Moved("mpd", 2)));
        foreach (var tuned in new[] { "decoder", "style_encoder" })
            Assert.Equal((false, false, true), (Moved(tuned, 1), Moved(tuned, 2), Moved(tuned, 3)));
        foreach (var always in new[] { "bert", "bert_encoder", "predictor", "predictor_encoder" })
            Assert.True(Moved(always, 2) && Moved(always, 3), always);
        Assert.False(Moved("text_encoder", 3));
        var losses = Losses(folder);
        Assert.Equal([false, true, true], losses.Select(l => l.Contains("train/adversarial")));
        Assert.Equal([false, true, true], losses.Select(l => l.Contains("train/discriminator")));
        Assert.Equal([false, true, true], losses.Select(l => l.Contains("train/diffusion")));
        Assert.All(losses, l => Assert.Contains("train/mel", l));

        // Nothing has moved a network in a step before its phase: it is still what the run began with.
        bool Moved(string network, long step) => step == 1
            ? network is "diffusion" ? Moments(network, 1) : !SameAsBegun(network, 1)
            : !StageTesting.Part(folder, step, network).AsSpan().SequenceEqual(StageTesting.Part(folder, step - 1, network));

        // The diffusion begins with random weights, of which no file tells; an optimiser that has not moved has no moments.
        bool Moments(string network, long step)
        {
            using var file = SafeTensorsFile.Open(Path.Combine(folder, $"step-{step:D8}", $"optimiser.{network}.safetensors"));
            using var scope = NewDisposeScope();
            return file.Names.Any(n => n.EndsWith(".step", StringComparison.Ordinal) && file.Read(n).item<float>() != 0);
        }

        bool SameAsBegun(string network, long step) =>
            StageTesting.Part(folder, step, network).AsSpan().SequenceEqual(StageTesting.Part(stages.First, 1, network));
    }

    [Fact]
    public void Prosody_alone_is_learnt_in_a_fraction_of_the_time_where_nothing_is_decoded()
    {
        var folder = stages.File("prosody");
        var config = InPhases(TinyStages.Steps(3)) with { DecodesAlways = false };
        stages.TrainSecond(folder, config);
        var losses = Losses(folder);
        Assert.Equal([false, false, true], losses.Select(l => l.Contains("train/mel")));
        Assert.Equal([false, false, true], losses.Select(l => l.Contains("train/adversarial")));
    }

    [Fact]
    public void No_gradient_is_computed_for_what_does_not_move()
    {
        var config = InPhases(TinyStages.Steps(3));
        using var data = stages.Open(config.Run);
        using var networks = new ProsodyStageNetworks(config, data.Mel, stages.SecondSources, Logger.None);
        networks.Begin();
        using var run = StageTesting.Book(stages.File("open"), config.Run);
        using var state = new StageState(networks.Set, run, config.Run, networks.Optimisers());
        (string Name, long From)[] opened =
            [("predictor", 0), ("bert", 0), ("predictor_encoder", 0), ("diffusion", 1), ("mpd", 1), ("decoder", 2), ("style_encoder", 2)];
        for (var number = 0; number < 3; number++)
        {
            state.Begin(StageTesting.Step([], config.Schedule, number));
            Assert.All(opened, o =>
            {
                Assert.All(networks.Set.Parameters(o.Name), p => Assert.Equal(number >= o.From, p.Parameter.requires_grad));
                Assert.Equal(number >= o.From, networks.Set[o.Name].training);
            });
            Assert.All(networks.Set.Parameters("text_encoder"), p => Assert.False(p.Parameter.requires_grad));
        }
    }

    /// <summary>The diffusion begins in the second step, the joint phase in the third.</summary>
    static SecondStageConfig InPhases(RunConfig run) =>
        TinyStages.SecondConfig(run) with { DiffusionFrom = 1, JointFrom = 2, SlmFrom = 1000 };

    static HashSet<string>[] Losses(string folder) =>
    [
        .. TinyRuns.Losses(folder).Where(l => l.Contains("train/", StringComparison.Ordinal)).Select(l =>
        {
            using var line = JsonDocument.Parse(l);
            return line.RootElement.EnumerateObject().Select(p => p.Name).ToHashSet();
        }),
    ];
}
