using System.Globalization;
using Kanade.Models;
using static TorchSharp.torch;

namespace Kanade.Tests.Parity;

public class StyleDiffusionParity
{
    static StyleDenoiser MultiSpeaker(Golden weights)
    {
        var network = new StyleDenoiser(layers: 3, channels: 16, heads: 2, headSize: 8, multiplier: 2, contextSize: 24, featureSize: 16);
        weights.LoadState(network);
        return network;
    }

    [Fact]
    public void The_network_equals_the_original_with_and_without_guidance_and_with_dropped_context()
    {
        using var golden = Golden.Load("style_transformer");
        using var network = MultiSpeaker(golden);
        using var scope = NewDisposeScope();
        var x = golden["in.x"].requires_grad_();
        var context = golden["in.embedding"].requires_grad_();
        var features = golden["in.features"].requires_grad_();
        var time = golden["in.time"];
        golden.AssertClose("out.y_scale2", network.Guided(x, time, context, features, 2), 1e-5);
        golden.AssertClose("out.y_mask", network.forward(x, time, context, features, golden["rng.0.bernoulli"].to(@bool)), 1e-5);
        var y = network.forward(x, time, context, features);
        golden.AssertClose("out.y", y, 1e-5);
        var loss = y.square().mean();
        golden.AssertClose("loss", loss, 1e-5);
        loss.backward();
        golden.AssertGradients(network);
        golden.AssertGradient("grad.in.x", x.grad!);
        golden.AssertGradient("grad.in.embedding", context.grad!);
        golden.AssertGradient("grad.in.features", features.grad!);
    }

    [Fact]
    public void The_single_speaker_network_equals_the_original()
    {
        using var golden = Golden.Load("transformer1d");
        using var network = new StyleDenoiser(layers: 2, channels: 16, heads: 2, headSize: 8, multiplier: 2, contextSize: 24, featureSize: null);
        golden.LoadState(network);
        using var scope = NewDisposeScope();
        golden.AssertClose("out.y", network.forward(golden["in.x"], golden["in.time"], golden["in.embedding"]), 1e-5);
    }

    [Fact]
    public void The_denoiser_and_its_loss_equal_the_original()
    {
        using var weights = Golden.Load("style_transformer");
        using var golden = Golden.Load("kdiffusion");
        using var diffusion = new StyleDiffusion(MultiSpeaker(weights), sigmaData: 0.2, logSigmaMean: -3, logSigmaDeviation: 1);
        using var scope = NewDisposeScope();
        var context = golden["in.embedding"].requires_grad_();
        var features = golden["in.features"].requires_grad_();
        golden.AssertClose("out.denoised", diffusion.Denoise(golden["in.x_noisy"], golden["in.sigmas"], context, features), 1e-5);
        var loss = diffusion.Loss(golden["in.x"], diffusion.Sigmas(golden["rng.0.randn"]), golden["rng.1.randn_like"], context, features);
        golden.AssertClose("loss", loss, 1e-5);
        loss.backward();
        golden.AssertGradients(diffusion.Network);
        golden.AssertGradient("grad.in.embedding", context.grad!);
        golden.AssertGradient("grad.in.features", features.grad!);
    }

    [Theory]
    [InlineData(3, 1.0)]
    [InlineData(3, 1.5)]
    [InlineData(5, 1.0)]
    [InlineData(5, 1.5)]
    [InlineData(10, 1.0)]
    [InlineData(10, 1.5)]
    public void The_sampler_equals_the_original(int steps, double scale)
    {
        using var weights = Golden.Load("style_transformer");
        using var golden = Golden.Load("sampler_adpm2");
        using var diffusion = new StyleDiffusion(MultiSpeaker(weights));
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var sampler = new DiffusionSampler();
        var run = string.Create(CultureInfo.InvariantCulture, $"s{steps}_scale{scale:F1}");
        var stepNoise = stack(Enumerable.Range(0, steps - 1).Select(i => golden[$"rng.{run}.{i}.randn_like"]));
        var styles = sampler.Sample(diffusion, golden["in.noise"], stepNoise, golden["in.embedding"], golden["in.features"], scale);
        golden.AssertClose($"out.{run}", styles, 1e-5);
        golden.AssertClose($"out.sigmas{steps}", tensor([.. sampler.Levels(steps), 0.0]), 1e-6);
    }

    [Fact]
    public void The_levels_of_an_ancestral_step_equal_the_original()
    {
        using var golden = Golden.Load("sampler_adpm2");
        using var scope = NewDisposeScope();
        var levels = AncestralLevels.Between(1, 0.5);
        golden.AssertClose("out.get_sigmas_1_0.5", tensor([levels.Up, levels.Down, levels.Middle]), 1e-6);
    }
}
