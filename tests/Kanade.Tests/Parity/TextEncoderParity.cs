using Kanade.Models;
using static TorchSharp.torch;

namespace Kanade.Tests.Parity;

public class TextEncoderParity
{
    [Fact]
    public void Equals_the_original()
    {
        using var encoder = new TextEncoder(channels: 32, kernelSize: 5, depth: 3, symbols: 178);
        AssertEquals("text_encoder", encoder);
    }

    [Fact]
    public void With_an_LSTM_it_equals_that_of_StyleTTS_2()
    {
        using var encoder = new TextEncoder(channels: 16, kernelSize: 5, depth: 2, symbols: 178, context: ContextKind.Lstm);
        AssertEquals("text_encoder_lstm", encoder);
    }

    static void AssertEquals(string name, TextEncoder encoder)
    {
        using var golden = Golden.Load(name);
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
