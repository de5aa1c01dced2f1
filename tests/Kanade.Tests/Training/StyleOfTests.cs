using Kanade.Audio;
using Kanade.Corpus;
using Kanade.Models;
using Kanade.Torch;
using Kanade.Training;
using Serilog.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Training;

/// <summary>A style of a recording has one definition in training, a voice's named styles and synthesis.</summary>
public sealed class StyleOfTests(TinyStages stages) : IClassFixture<TinyStages>
{
    [Fact]
    public void A_recording_has_the_style_in_a_padded_batch_that_it_has_alone()
    {
        manual_seed(1);
        using var encoder = new StyleEncoder(4, 8, 8);
        encoder.eval();
        using var scope = NewDisposeScope();
        long[] frames = [50, 97, 160, 200];
        var mel = full(frames.Length, 80, frames[^1], MelSpectrogram.Silence);
        for (var row = 0; row < frames.Length; row++)
            mel[row].narrow(1, 0, frames[row]).copy_(randn(80, frames[row]));
        var together = encoder.StyleOf(mel, tensor(frames));
        for (var row = 0; row < frames.Length; row++)
        {
            var alone = encoder.StyleOf(mel.narrow(0, row, 1).narrow(2, 0, frames[row]), tensor(frames).narrow(0, row, 1));
            StageTesting.AssertClose(alone[0], together[row], 1e-5, $"{frames[row]} frames");
        }
    }

    [Fact]
    public void A_gradient_of_a_style_stays_inside_its_recording()
    {
        manual_seed(1);
        using var encoder = new StyleEncoder(4, 8, 8);
        encoder.eval();
        using var scope = NewDisposeScope();
        var mel = randn(2, 80, 160).requires_grad_(true);
        encoder.StyleOf(mel, tensor(new long[] { 96, 160 }))[0].square().sum().backward();
        Assert.Equal(0, mel.grad![0].narrow(1, 96, 64).abs().max().item<float>());
        Assert.Equal(0, mel.grad[1].abs().max().item<float>());
        Assert.True(mel.grad[0].narrow(1, 0, 96).abs().max().item<float>() > 0);
    }

    [Fact]
    public void Training_and_named_styles_hear_a_recording_alike()
    {
        var config = TinyStages.SecondConfig(new RunConfig(1, BatchSize: 8));
        using var data = stages.Open(config.Run);
        using var networks = new ProsodyStageNetworks(config, data.Mel, stages.SecondSources, Logger.None);
        networks.Begin();
        networks.Set.Evaluate();
        using var pass = new ProsodyPass(config, networks, data.Mel, SingleProcess.Instance);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var named = StyleCentroids.Measure(networks.Speech, data);
        using var batch = data.TrainingBatches(0).First();
        var styles = pass.Predict(batch).Styles;
        foreach (var (name, style) in named)
        {
            var rows = batch.Utterances.Index().Where(u => u.Item.StyleName == name).Select(u => styles[u.Index]).ToArray();
            Assert.NotEmpty(rows);
            StageTesting.AssertClose(style, stack(rows).mean([0]), 1e-4, name);
        }
    }
}
