using Kanade.Models.Layers;
using static TorchSharp.torch;

namespace Kanade.Tests.Parity;

public class AdaptiveResidualBlock1dParity
{
    [Theory]
    [InlineData("adain_resblk1d_same", 6, false)]
    [InlineData("adain_resblk1d_proj", 8, false)]
    [InlineData("adain_resblk1d_up", 4, true)]
    public void Equals_the_original(string name, int outputChannels, bool upsample)
    {
        using var golden = Golden.Load(name);
        using var block = new AdaptiveResidualBlock1d(6, outputChannels, 5, upsample, dropout: 0.2);
        block.eval();
        golden.LoadState(block);
        using var scope = NewDisposeScope();
        var x = golden["in.x"].requires_grad_();
        var style = golden["in.s"].requires_grad_();
        var y = block.call(x, style);
        golden.AssertClose("out.y", y, 1e-5);
        var loss = y.square().mean();
        golden.AssertClose("loss", loss, 1e-5);
        loss.backward();
        golden.AssertGradients(block);
        golden.AssertGradient("grad.in.x", x.grad!);
        golden.AssertGradient("grad.in.s", style.grad!);
    }
}
