using Kanade.Models;
using static TorchSharp.torch;

namespace Kanade.Tests.Parity;

public class TextEncoderParity
{
    [Fact]
    public void Equals_the_original()
    {
        using var golden = Golden.Load("text_encoder");
        using var encoder = new TextEncoder(channels: 32, kernelSize: 5, depth: 3, symbols: 178);
        encoder.eval();
        golden.LoadState(encoder);
        using var scope = NewDisposeScope();
        var y = encoder.call(golden["in.tokens"], golden["in.lengths"], golden["in.mask"]);
        golden.AssertClose("out.y", y, 1e-5);
        var loss = y.square().mean();
        golden.AssertClose("loss", loss, 1e-5);
        loss.backward();
        golden.AssertGradients(encoder);
    }

    [Fact]
    public void The_mask_of_the_lengths_equals_the_original()
    {
        using var golden = Golden.Load("length_to_mask");
        using var scope = NewDisposeScope();
        Assert.True(SequenceMask.Padding(golden["in.lengths"]).Equals(golden["out.mask"]));
    }
}
