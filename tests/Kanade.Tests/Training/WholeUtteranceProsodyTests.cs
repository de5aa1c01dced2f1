using Kanade.Corpus;
using Kanade.Models;
using Kanade.Models.Layers;
using Kanade.Torch;
using Kanade.Training;
using Serilog.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Training;

/// <summary>Durations, pitch and energy are predicted over whole utterances, and an utterance's own do not depend on its
/// neighbours.</summary>
public sealed class WholeUtteranceProsodyTests(TinyStages stages) : IClassFixture<TinyStages>
{
    [Fact]
    public void A_style_conditioned_norm_takes_its_statistics_inside_the_sequence()
    {
        manual_seed(2);
        using var norm = new AdaptiveInstanceNorm(4, 3);
        using var scope = NewDisposeScope();
        var (x, style) = (randn(2, 3, 20), randn(2, 4));
        x[0].narrow(1, 12, 8).fill_(1e4);
        var together = norm.forward(x, style, Inside(20, 12, 20));
        var alone = norm.forward(x.narrow(0, 0, 1).narrow(2, 0, 12), style.narrow(0, 0, 1));
        StageTesting.AssertClose(alone[0], together[0].narrow(1, 0, 12), 1e-5);
        StageTesting.AssertClose(norm.forward(x.narrow(0, 1, 1), style.narrow(0, 1, 1))[0], together[1], 1e-5);
    }

    [Fact]
    public void A_residual_block_reads_nothing_after_the_end_of_a_sequence()
    {
        manual_seed(2);
        using var block = new AdaptiveResidualBlock1d(3, 5, 4, upsample: true);
        block.eval();
        using var scope = NewDisposeScope();
        var (x, style) = (randn(2, 3, 20), randn(2, 4));
        x[0].narrow(1, 12, 8).fill_(1e4);
        var together = block.forward(x, style, Inside(20, 12, 20));
        var alone = block.forward(x.narrow(0, 0, 1).narrow(2, 0, 12), style.narrow(0, 0, 1));
        StageTesting.AssertClose(alone[0], together[0].narrow(1, 0, 24), 1e-4);
    }

    [Theory]
    [InlineData(ContextKind.MLstm, PitchScale.Hz)]
    [InlineData(ContextKind.Lstm, PitchScale.Log)]
    public void A_batch_predicts_for_each_utterance_what_it_would_have_alone(ContextKind context, PitchScale pitch)
    {
        var config = TinyStages.SecondConfig(new RunConfig(1, BatchSize: 4));
        config = config with { Prosody = config.Prosody with { Context = context, Pitch = pitch } };
        using var together = stages.Open(config.Run);
        using var alone = stages.Open(config.Run with { BatchSize = 1 });
        using var networks = new ProsodyStageNetworks(config, together.Mel, stages.SecondSources, Logger.None);
        networks.Begin();
        networks.Set.Evaluate();
        using var pass = new ProsodyPass(config, networks, together.Mel, SingleProcess.Instance);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var of = new Dictionary<string, (Spoken Spoken, SpeechBatch Batch)>();
        foreach (var one in alone.ValidationBatches())
            of.Add(one.UtteranceIds[0], (pass.Predict(one), one));
        using var batch = together.ValidationBatches().First();
        var all = pass.Predict(batch);
        Assert.Equal(4, batch.Count);
        Assert.True(all.Recorded.Frames.Distinct().Count() > 1);
        for (var row = 0; row < batch.Count; row++)
        {
            var (own, frames) = (of[batch.UtteranceIds[row]].Spoken, 2 * all.Recorded.Frames[row]);
            var symbols = batch.Utterances[row].Ids.Length;
            StageTesting.AssertClose(own.Styles[0], all.Styles[row], 1e-5, "style");
            StageTesting.AssertClose(own.DurationLogits[0], all.DurationLogits[row].narrow(0, 0, symbols), 1e-5, "durations");
            StageTesting.AssertClose(own.Predicted.Energy[0], all.Predicted.Energy[row].narrow(0, 0, frames), 1e-5, "energy");
            var (expected, actual) = pitch == PitchScale.Hz
                ? (own.Predicted.F0, all.Predicted.F0) : (own.Predicted.LogPitch!, all.Predicted.LogPitch!);
            StageTesting.AssertClose(expected[0], actual[row].narrow(0, 0, frames), 1e-5, "pitch");
        }
        foreach (var (_, one) in of.Values)
            one.Dispose();
    }

    [Fact]
    public void Losses_count_each_utterance_alike_and_nothing_after_its_end()
    {
        using var scope = NewDisposeScope();
        var frames = tensor(new long[] { 2, 4 });
        var recorded = tensor(new float[,] { { 200, 0, 9, 9 }, { 200, 200, 0, 0 } });
        var predicted = tensor(new float[,] { { 203, 0, -1e6f, 1e6f }, { 200, 200, 0, 0 } });
        // Smooth L1 of 3 Hz is 2.5: over two frames 1.25, over two utterances 0.625, over ten 0.0625.
        Assert.Equal(0.0625, ProsodyLoss.Pitch(predicted, recorded, frames).item<float>(), 1e-6);
        Assert.Equal(0.625, ProsodyLoss.Energy(predicted, recorded, frames).item<float>(), 1e-5);
    }

    [Fact]
    public void A_log_pitch_is_judged_where_the_recording_is_voiced_and_its_voicing_everywhere()
    {
        using var scope = NewDisposeScope();
        var frames = tensor(new long[] { 3, 4 });
        var recorded = tensor(new float[,] { { 400, 0, 100, 100 }, { 200, 0, 0, 0 } });
        // 400 Hz is an octave over 200, which counts 2; the first is half an octave off in one of two voiced frames, 1 - 1/72.
        var predicted = tensor(new float[,] { { 3, 99, -2, 99 }, { 0, 99, 99, 99 } });
        Assert.Equal((1 - 1 / 72.0) / 2 / 2, ProsodyLoss.LogPitch(predicted, recorded, frames).item<float>(), 1e-5);
        var certain = where(recorded > 0, tensor(50f), tensor(-50f));
        certain[0, 3] = -50;
        Assert.Equal(0, ProsodyLoss.Voicing(certain, recorded, frames).item<float>(), 1e-6);
        certain[0, 1] = 50;
        Assert.Equal(50 / 3.0 / 2, ProsodyLoss.Voicing(certain, recorded, frames).item<float>(), 1e-3);
    }

    [Fact]
    public void The_dataset_says_how_long_symbols_last_and_no_aligner_is_asked()
    {
        var config = TinyStages.SecondConfig(new RunConfig(1, BatchSize: 4));
        using var data = stages.Open(config.Run);
        using var networks = new ProsodyStageNetworks(config, data.Mel, stages.SecondSources, Logger.None);
        networks.Begin();
        using var pass = new ProsodyPass(config, networks, data.Mel, SingleProcess.Instance);
        using var scope = NewDisposeScope();
        using var batch = data.ValidationBatches().First();
        Assert.False(networks.Set.Contains(AlignerStage.Network));
        Assert.True(StageTesting.IsSame(batch.Durations!.to(float32), pass.Predict(batch).Durations));
    }

    [Fact]
    public void Only_the_decoder_sees_pieces()
    {
        var config = TinyStages.SecondConfig(new RunConfig(1, BatchSize: 4)) with { CropFrames = 40 };
        using var data = stages.Open(config.Run);
        using var networks = new ProsodyStageNetworks(config, data.Mel, stages.SecondSources, Logger.None);
        networks.Begin();
        using var pass = new ProsodyPass(config, networks, data.Mel, SingleProcess.Instance);
        using var scope = NewDisposeScope();
        var step = StageTesting.Step(data.TrainingBatches(0), config.Schedule);
        var batch = step.Batches.First();
        var spoken = pass.Predict(batch, step);
        Assert.Equal(batch.F0.shape[1], spoken.Predicted.F0.shape[1]);
        Assert.Equal(batch.F0.shape[1], spoken.Predicted.Energy.shape[1]);
        Assert.Equal([4, 1, 40 * data.Mel.HopLength], pass.Decode(spoken, batch, step).Generated.shape);
        step.End();
    }

    /// <returns>(B, 1, frames) 1 inside.</returns>
    static Tensor Inside(long frames, params long[] lengths) =>
        SequenceMask.Padding(tensor(lengths), frames).logical_not().to(float32).unsqueeze(1);
}
