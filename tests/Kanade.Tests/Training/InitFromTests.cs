using Kanade.Cli;
using Kanade.Models;
using Kanade.Synthesis;
using Kanade.Torch;
using Kanade.Training;
using Serilog.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Training;

/// <summary>What a training begins with, and what it leaves as it was.</summary>
public sealed class InitFromTests(TinyStages stages) : IClassFixture<TinyStages>
{
    [Fact]
    public void A_frozen_decoder_stays_bit_for_bit_what_it_was_loaded_as()
    {
        var config = TinyStages.FirstConfig(TinyStages.Steps(3) with { AverageDecay = 0.5, ValidateEvery = 1 }) with
        {
            AdversarialFrom = 1,
            Networks = new Dictionary<string, NetworkTraining> { ["decoder"] = new(Frozen: true) },
        };
        var folder = stages.File("frozen");
        stages.TrainFirst(folder, config, sources: new FirstStageSources(InitFrom: TrainedWeights.Of(Checkpoint.Open(stages.First))));
        Assert.True(IsAsBegun(folder, "decoder"));
        Assert.False(IsAsBegun(folder, "text_encoder"));
        Assert.False(IsAsBegun(folder, "mpd"));
        Assert.DoesNotContain("optimiser.decoder", Checkpoint.Open(folder).Parts);
        using var averages = SafeTensorsFile.Open(Path.Combine(Checkpoint.Open(folder).Folder, Checkpoint.AverageFile + ".safetensors"));
        using var begun = SafeTensorsFile.Open(Path.Combine(Checkpoint.Open(stages.First).Folder, "decoder.safetensors"));
        using var scope = NewDisposeScope();
        Assert.All(begun.Names, name => Assert.True(StageTesting.IsSame(begun.Read(name), averages.Read("decoder." + name)), name));
    }

    [Fact]
    public void The_prosody_stage_leaves_frozen_networks_alone_and_moves_the_text_encoder_only_where_it_is_named()
    {
        var config = TinyStages.SecondConfig(TinyStages.Steps(2)) with
        {
            Slm = new SlmConfig(Random: true, DiscriminatorChannels: 8),
            Networks = new Dictionary<string, NetworkTraining>
            {
                ["decoder"] = new(Frozen: true),
                ["predictor"] = new(Frozen: true),
                ["text_encoder"] = new(LearningRate: 1e-3),
            },
        };
        var folder = stages.File("frozen-second");
        stages.TrainSecond(folder, config);
        Assert.True(IsAsBegun(folder, "decoder"));
        Assert.False(IsAsBegun(folder, "text_encoder"));
        Assert.False(IsAsBegun(folder, "style_encoder"));
    }

    [Fact]
    public void The_prosodic_style_begins_as_the_acoustic_one()
    {
        var config = TinyStages.SecondConfig(new RunConfig(1));
        using var data = stages.Open(config.Run);
        using var networks = new ProsodyStageNetworks(config, data.Mel, stages.SecondSources, Logger.None);
        networks.Begin();
        var prosodic = networks.Speech.ProsodicStyleEncoder.state_dict();
        Assert.All(networks.Speech.StyleEncoder.state_dict(), t => Assert.True(StageTesting.IsSame(t.Value, prosodic[t.Key]), t.Key));
    }

    [Fact]
    public void A_training_begins_with_the_weights_of_a_run_or_a_voice_and_keeps_the_spread_of_its_styles()
    {
        var config = TinyStages.SecondConfig(TinyStages.Steps(2));
        var (run, voice) = (stages.File("second"), stages.File("voice"));
        stages.TrainSecond(run, config);
        using var data = stages.Open(config.Run);
        VoiceFolder.Export(Checkpoint.OpenBest(run), data, voice, Logger.None);
        var checkpoint = Checkpoint.OpenBest(run);
        foreach (var weights in new[] { VoiceFolder.WeightsOf(run), VoiceFolder.WeightsOf(voice) })
        {
            // Other sizes in the configuration: those of the weights count.
            using var networks = new ProsodyStageNetworks(
                config with { Prosody = config.Prosody with { Layers = 2 } }, data.Mel, new SecondStageSources(InitFrom: weights),
                Logger.None);
            networks.Begin();
            foreach (var name in new[]
            {
                "bert", "bert_encoder", "predictor", "predictor_encoder", "diffusion", "text_encoder", "style_encoder", "decoder",
            })
            {
                using var file = SafeTensorsFile.Open(Path.Combine(checkpoint.Folder, name + ".safetensors"));
                using var scope = NewDisposeScope();
                foreach (var (key, value) in networks.Set[name].state_dict())
                    Assert.True(StageTesting.IsSame(file.Read(key), value), $"{name}.{key}");
            }
            using var first = new AcousticStageNetworks(
                TinyStages.FirstConfig(config.Run), data.Mel, new FirstStageSources(InitFrom: weights), Logger.None);
            first.Begin();
            var decoder = networks.Speech.Decoder.state_dict();
            Assert.All(first.Acoustic.Decoder.state_dict(), t => Assert.True(StageTesting.IsSame(decoder[t.Key], t.Value), t.Key));

            // A run in which the diffusion does not train any more speaks with the spread that it was trained on.
            var later = stages.File("later-" + (weights.Place == checkpoint.Folder ? "run" : "voice"));
            stages.TrainSecond(
                later,
                config with { Run = config.Run with { Steps = 1 }, DiffusionFrom = 1, SlmFrom = 1, DecodesAlways = false, JointFrom = 1 },
                sources: new SecondStageSources(InitFrom: weights));
            Assert.Equal(Spread(checkpoint), Spread(Checkpoint.Open(later)), 1e-9);
        }
    }

    static double Spread(Checkpoint checkpoint) => checkpoint.State.Measures[CheckpointState.SigmaData];

    bool IsAsBegun(string folder, string network) =>
        StageTesting.Part(folder, Checkpoint.Open(folder).State.Step, network).AsSpan()
            .SequenceEqual(StageTesting.Part(stages.First, 1, network));
}
