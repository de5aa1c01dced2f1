using Kanade.Corpus;
using Kanade.Models;
using Kanade.Torch;
using Kanade.Training;
using Serilog.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Training;

/// <summary>What the diffusion is told of a voice: the style of another recording of the speaker, at times nothing; never that of the
/// target itself.</summary>
public sealed class ReferenceTests(TinyStages stages) : IClassFixture<TinyStages>
{
    [Fact]
    public void A_reference_is_the_style_of_the_batchs_other_recordings_and_one_in_ten_is_nothing()
    {
        var config = TinyStages.SecondConfig(new RunConfig(1, BatchSize: 8));
        using var data = stages.Open(config.Run);
        using var networks = new ProsodyStageNetworks(config, data.Mel, stages.SecondSources, Logger.None);
        networks.Begin();
        networks.Set.Evaluate();
        using var pass = new ProsodyPass(config, networks, data.Mel, SingleProcess.Instance);
        using var spectrogram = new Kanade.Audio.MelSpectrogram(data.Mel);
        using var batch = data.TrainingBatches(0).First();
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var sound = batch.References!;
        Assert.True(sound.Present.all().item<bool>());
        var expected = networks.Speech.StyleOf(spectrogram.Compute(sound.Samples), sound.FrameLengths);
        var own = pass.Predict(batch).Styles;
        var (silent, rows) = (0, 0);
        for (var number = 0L; number < 40; number++)
        {
            using var inner = NewDisposeScope();
            var references = pass.References(batch, new StepDraws(1, number, 0, SingleProcess.Instance));
            Assert.False(references.requires_grad);
            for (var row = 0; row < batch.Count; row++, rows++)
            {
                if (references[row].abs().max().item<float>() == 0)
                {
                    silent++;
                    continue;
                }
                StageTesting.AssertClose(expected[row], references[row], 1e-6);
                Assert.False(StageTesting.IsSame(own[row], references[row]));
            }
        }
        Assert.InRange(silent / (double)rows, 0.05, 0.16);
    }

    [Fact]
    public void A_speaker_with_one_recording_has_no_reference()
    {
        using var speech = new ToneSpeech(training: 3, validation: 1);
        var config = TinyStages.SecondConfig(new RunConfig(1, BatchSize: 3));
        using var data = speech.Open(config.Run, references: true);
        using var networks = new ProsodyStageNetworks(config, data.Mel, stages.SecondSources, Logger.None);
        networks.Begin();
        networks.Set.Evaluate();
        using var pass = new ProsodyPass(config, networks, data.Mel, SingleProcess.Instance);
        using var batch = data.TrainingBatches(0).First();
        using var scope = NewDisposeScope();
        for (var number = 0L; number < 5; number++)
        {
            var references = pass.References(batch, new StepDraws(1, number, 0, SingleProcess.Instance));
            Assert.Equal(0, references[batch.UtteranceIds.ToList().IndexOf("tone001")].abs().max().item<float>());
        }
    }

    [Fact]
    public void The_diffusion_learns_the_recordings_style_without_changing_it()
    {
        var config = TinyStages.SecondConfig(new RunConfig(1, BatchSize: 4));
        using var data = stages.Open(config.Run);
        using var networks = new ProsodyStageNetworks(config, data.Mel, stages.SecondSources, Logger.None);
        networks.Begin();
        using var pass = new ProsodyPass(config, networks, data.Mel, SingleProcess.Instance);
        var diffusion = new DiffusionPass(config, networks, data.Mel, SingleProcess.Instance);
        var step = StageTesting.Step(data.TrainingBatches(0), config.Schedule);
        using var scope = NewDisposeScope();
        var batch = step.Batches.First();
        var losses = new LossTerms();
        var spoken = pass.Predict(batch, step);
        diffusion.AddLosses(losses, spoken, pass.References(batch, step.Draws), step.Draws);
        losses.Total().backward();
        Assert.All(networks.Set.Parameters("style_encoder", "predictor_encoder"), p => Assert.Null(p.Parameter.grad));
        Assert.Contains(networks.Set.Parameters("diffusion"), p => p.Parameter.grad is not null);
        Assert.Contains(networks.Set.Parameters("bert"), p => p.Parameter.grad is not null);
        Assert.Equal(spoken.Styles.std(1).mean().item<float>(), networks.Speech.Diffusion.SigmaData, 1e-5);
        step.End();
    }
}
