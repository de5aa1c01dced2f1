using Kanade.Models;
using Kanade.Synthesis;
using Kanade.Torch;
using Kanade.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Training;

/// <summary>The average of the weights is what is validated and exported; the training never sees it.</summary>
public sealed class WeightAverageTests(TinyStages stages) : IClassFixture<TinyStages>
{
    [Fact]
    public void Weights_are_averaged_and_buffers_copied()
    {
        using var networks = new NetworkSet();
        var norm = networks.Add("norm", nn.BatchNorm1d(3), new AlignerConfig());
        using var average = new WeightAverage(networks, ["norm"], 0.9);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        norm.weight!.fill_(0);
        average.Restart();
        norm.weight!.fill_(1);
        norm.running_mean!.fill_(5);
        average.Add(0);
        // The first steps count for more: 1 / 10 of the average stays, not 9 / 10.
        Assert.Equal(0.9f, average.State["norm.weight"][0].item<float>(), 1e-6f);
        Assert.Equal(5, average.State["norm.running_mean"][0].item<float>());
        norm.weight!.fill_(2);
        average.Add(10_000);
        Assert.Equal(0.9f * 0.9f + 0.2f, average.State["norm.weight"][0].item<float>(), 1e-6f);
    }

    [Fact]
    public void A_validation_hears_the_average_and_training_goes_on_with_the_weights_bit_for_bit()
    {
        using var networks = new NetworkSet();
        var layer = networks.Add("layer", nn.Linear(3, 3), new AlignerConfig());
        using var average = new WeightAverage(networks, ["layer"], 0.5);
        using var scope = NewDisposeScope();
        using (no_grad())
            layer.weight!.add_(1);
        average.Add(1000);
        var (weight, averaged) = (layer.weight!.clone(), average.State["layer.weight"].clone());
        using (average.InPlace())
        {
            Assert.True(StageTesting.IsSame(averaged, layer.weight!));
            Assert.False(StageTesting.IsSame(weight, layer.weight!));
        }
        Assert.True(StageTesting.IsSame(weight, layer.weight!));
        Assert.True(StageTesting.IsSame(averaged, average.State["layer.weight"]));
    }

    [Fact]
    public void A_voice_and_a_later_training_have_the_averaged_weights()
    {
        var config = TinyStages.SecondConfig(TinyStages.Steps(3) with { AverageDecay = 0.9, ValidateEvery = 1 });
        var folder = stages.File("averaged");
        stages.TrainSecond(folder, config);
        var checkpoint = Checkpoint.OpenBest(folder, SecondStage.Name);
        using var data = stages.Open(config.Run);
        using var voice = new VoiceBuilder(checkpoint, data.Mel, "averaged");
        var sources = new SecondStageSources(InitFrom: TrainedWeights.Of(checkpoint));
        using var later = new ProsodyStageNetworks(config, data.Mel, sources, Serilog.Core.Logger.None);
        later.Begin();
        using var scope = NewDisposeScope();
        using var averages = SafeTensorsFile.Open(Path.Combine(checkpoint.Folder, Checkpoint.AverageFile + ".safetensors"));
        foreach (var (network, exported) in new (string, nn.Module)[]
        {
            ("decoder", voice.Networks.Decoder), ("predictor", voice.Networks.Predictor), ("diffusion", voice.Networks.Diffusion),
            ("bert", voice.Networks.Bert), ("decoder", later.Speech.Decoder), ("predictor", later.Speech.Predictor),
        })
        {
            using var weights = SafeTensorsFile.Open(Path.Combine(checkpoint.Folder, network + ".safetensors"));
            foreach (var (key, value) in exported.state_dict())
                Assert.True(StageTesting.IsSame(averages.Read($"{network}.{key}"), value), $"{network}.{key}");
            Assert.Contains(exported.named_parameters(), p => !StageTesting.IsSame(weights.Read(p.name), p.parameter));
        }
    }
}
