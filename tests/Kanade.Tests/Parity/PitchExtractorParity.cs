using Kanade.Models;
using static TorchSharp.torch;

namespace Kanade.Tests.Parity;

public sealed class PitchExtractorParity
{
    [Fact]
    public void Outputs_and_gradients_equal_the_original()
    {
        using var golden = Golden.Load("jdcnet");
        using var network = new JdcPitchExtractor(mels: 80, channels: 8, gated: false);
        golden.LoadState(network);
        network.eval();
        using var scope = NewDisposeScope();
        var mel = golden["in.x"].requires_grad_(true);

        var features = network.Features(mel);

        golden.AssertClose("out.F0", features.F0, 1e-6);
        golden.AssertClose("out.GAN_feature", features.Convolutional, 1e-5);
        golden.AssertClose("out.pool", features.Pooled, 1e-5);
        var loss = features.F0.square().mean() + features.Convolutional.square().mean() + features.Pooled.square().mean();
        golden.AssertClose("loss", loss, 1e-6);
        loss.backward();
        golden.AssertGradients(network);
        golden.AssertGradient("grad.in.x", mel.grad!);
    }

    [Fact]
    public void A_batch_of_one_keeps_its_batch_axis()
    {
        using var golden = Golden.Load("jdcnet");
        using var network = new JdcPitchExtractor(mels: 80, channels: 8, gated: false);
        golden.LoadState(network);
        network.eval();
        using var scope = NewDisposeScope();

        var f0 = network.forward(golden["in.x"][..1]);

        Assert.Equal([1, 33], f0.shape);
        golden.AssertClose("out.F0_batch1", f0.squeeze(0), 1e-6);
    }
}
