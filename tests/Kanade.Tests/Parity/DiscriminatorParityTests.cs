using Kanade.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Parity;

public sealed class DiscriminatorParityTests
{
    [Fact]
    public void The_multi_period_discriminator_equals_the_original()
    {
        using var golden = Golden.Load("mpd");
        using var network = new MultiPeriodDiscriminator([2, 3, 5, 7, 11], [4, 6, 8, 10, 10]);
        using var scope = NewDisposeScope();
        golden.LoadState(network);
        var generatedWave = golden["in.y_hat"].requires_grad_(true);
        var recorded = network.forward(golden["in.y"]);
        var generated = network.forward(generatedWave);
        for (var part = 0; part < 5; part++)
        {
            golden.AssertClose($"out.r{part}", recorded.Scores[part], 1e-5);
            golden.AssertClose($"out.g{part}", generated.Scores[part], 1e-5);
            Assert.Equal(6, generated.Features[part].Count);
            for (var layer = 0; layer < 6; layer++)
                golden.AssertClose($"out.fg{part}.{layer}", generated.Features[part][layer], 1e-5);
        }
        var loss = Squares(generated.Scores) + Squares(generated.Features.SelectMany(part => part));
        golden.AssertClose("loss", loss, 1e-5);
        loss.backward();
        golden.AssertGradients(network);
        golden.AssertGradient("grad.in.y_hat", generatedWave.grad!);
    }

    [Fact]
    public void The_multi_resolution_discriminator_equals_the_original_at_full_size()
    {
        using var golden = Golden.Load("msd");
        using var network = new MultiResolutionDiscriminator([new(1024, 120, 600), new(2048, 240, 1200), new(512, 50, 240)], 32);
        using var scope = NewDisposeScope();
        golden.LoadState(network);
        var generatedWave = golden["in.y_hat"].requires_grad_(true);
        var recorded = network.forward(golden["in.y"]);
        var generated = network.forward(generatedWave);
        for (var part = 0; part < 3; part++)
        {
            golden.AssertClose($"out.r{part}", recorded.Scores[part], 1e-5);
            golden.AssertClose($"out.g{part}", generated.Scores[part], 1e-5);
            for (var layer = 0; layer < 6; layer++)
            {
                Assert.Equal(golden[$"out.fg{part}.{layer}.shape"].data<long>().ToArray(), generated.Features[part][layer].shape);
                golden.AssertClose($"out.fg{part}.{layer}.absmean", generated.Features[part][layer].abs().mean(), 1e-5);
            }
        }
        var loss = Squares(generated.Scores);
        golden.AssertClose("loss", loss, 1e-6);
        loss.backward();
        golden.AssertGradients(network);
        golden.AssertGradient("grad.in.y_hat", generatedWave.grad!);
    }

    [Fact]
    public void The_slm_discriminator_equals_the_original()
    {
        using var golden = Golden.Load("wd");
        using var network = new SlmDiscriminator(hidden: 8, layers: 3, channels: 6);
        using var scope = NewDisposeScope();
        golden.LoadState(network);
        var states = golden["in.x"].requires_grad_(true);
        var scores = network.forward(states);
        golden.AssertClose("out.y", scores, 1e-5);
        var loss = scores.square().mean();
        golden.AssertClose("loss", loss, 1e-5);
        loss.backward();
        golden.AssertGradients(network);
        golden.AssertGradient("grad.in.x", states.grad!);
    }

    static Tensor Squares(IEnumerable<Tensor> tensors) => tensors.Select(t => t.square().mean()).Aggregate((sum, next) => sum + next);
}
