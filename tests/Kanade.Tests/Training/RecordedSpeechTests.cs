using Kanade.Audio;
using Kanade.Models;
using Kanade.Torch;
using Kanade.Training;
using Serilog.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Training;

/// <summary>What is measured on recordings, and how a validation of the prosody stage judges.</summary>
public sealed class RecordedSpeechTests(TinyStages stages) : IClassFixture<TinyStages>
{
    [Fact]
    public void The_energy_of_digital_silence_is_floored_and_that_of_speech_is_not()
    {
        using var data = stages.Open(new RunConfig(1, BatchSize: 4));
        using var spectrogram = new MelSpectrogram(data.Mel);
        using var scope = NewDisposeScope();
        using var batch = data.ValidationBatches().First();
        var recorded = RecordedSpeech.Of(batch, spectrogram, pitch: null);
        Assert.Equal(Energy.Quiet, recorded.Energy.min().item<float>(), 1e-5);
        var exact = Energy.FromMel(recorded.Mel);
        Assert.True(exact.min().item<float>() < Energy.Quiet - 3);
        var loud = exact > Energy.Quiet;
        Assert.True(loud.any().item<bool>());
        Assert.True(StageTesting.IsSame(exact[loud], recorded.Energy[loud]));
    }

    [Fact]
    public void The_pitch_of_a_whole_recording_is_the_datasets()
    {
        using var data = stages.Open(new RunConfig(1, BatchSize: 4));
        using var spectrogram = new MelSpectrogram(data.Mel);
        using var scope = NewDisposeScope();
        using var batch = data.ValidationBatches().First();
        Assert.True(StageTesting.IsSame(batch.F0, RecordedSpeech.Of(batch, spectrogram, pitch: null).F0));
    }

    [Fact]
    public void A_validation_is_scored_by_sound_durations_voicing_and_correlations_of_every_utterance()
    {
        var config = TinyStages.SecondConfig(new RunConfig(1, BatchSize: 2));
        using var data = stages.Open(config.Run);
        manual_seed(1);
        using var networks = new ProsodyStageNetworks(config, data.Mel, stages.SecondSources, Logger.None);
        networks.Begin();
        networks.Set.Evaluate();
        using var pass = new ProsodyPass(config, networks, data.Mel, SingleProcess.Instance);
        using var score = new ProsodyScore(pass, data, aligner: null);
        using var run = StageTesting.Book(stages.File("score"), config.Run);
        var (total, values) = score.Measure(run, 0);
        Assert.Equal(
            ["duration", "duration_correlation", "energy_correlation", "f0_correlation", "mel", "total", "voicing_error"],
            values.Keys.Order());
        Assert.All(values.Values, v => Assert.True(float.IsFinite(v)));
        Assert.Equal(
            values["mel"] + values["duration"] / 4 + values["voicing_error"] - values["f0_correlation"] - values["energy_correlation"],
            total, 1e-3);
        var (again, _) = score.Measure(run, 0);
        Assert.Equal(total, again);
    }
}
