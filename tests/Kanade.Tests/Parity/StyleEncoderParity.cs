using Kanade.Models;
using static TorchSharp.torch;

namespace Kanade.Tests.Parity;

public class StyleEncoderParity
{
    [Fact]
    public void Equals_the_original_with_an_even_and_an_odd_number_of_frames()
    {
        using var golden = Golden.Load("style_encoder");
        using var encoder = Load(golden);
        encoder.eval();
        using var scope = NewDisposeScope();
        var mel = golden["in.x1"].requires_grad_();
        var even = encoder.call(mel);
        var odd = encoder.call(golden["in.x2_odd"]);
        golden.AssertClose("out.y1", even, 1e-5);
        golden.AssertClose("out.y2_odd", odd, 1e-5);
        var loss = even.square().mean();
        golden.AssertClose("loss", loss, 1e-5);
        loss.backward();
        golden.AssertGradients(encoder);
        golden.AssertGradient("grad.in.x1", mel.grad!);
    }

    [Fact]
    public void A_training_step_moves_the_spectral_norm_as_the_original_does()
    {
        using var golden = Golden.Load("style_encoder");
        using var encoder = Load(golden);
        encoder.train();
        using var scope = NewDisposeScope();
        golden.AssertClose("out.y1_train", encoder.call(golden["in.x1"]), 1e-5);
        var state = encoder.state_dict();
        var moved = golden.WithPrefix("mid.").ToArray();
        Assert.NotEmpty(moved);
        foreach (var name in moved)
            golden.AssertClose(name, state[name["mid.".Length..]], 1e-5);
    }

    static StyleEncoder Load(Golden golden)
    {
        var encoder = new StyleEncoder(inputChannels: 8, styleSize: 12, maxChannels: 24);
        golden.LoadState(encoder);
        return encoder;
    }
}
