using Kanade.Models;
using static TorchSharp.torch;

namespace Kanade.Tests.Parity;

public sealed class PhonemeBertParity
{
    [Fact]
    public void Output_and_gradients_equal_the_original()
    {
        using var golden = Golden.Load("albert");
        using var network = new PhonemeBert(new PhonemeBertConfig(Symbols: 178, Hidden: 48, Heads: 4, FeedForward: 64, Layers: 3, Positions: 64));
        golden.LoadState(network);
        using var scope = NewDisposeScope();

        var hidden = network.forward(golden["in.tokens"], golden["in.attention_mask"].to(int64));

        golden.AssertClose("out.last_hidden_state", hidden, 1e-5);
        var loss = hidden.square().mean();
        golden.AssertClose("loss", loss, 1e-6);
        loss.backward();
        golden.AssertGradients(network);
    }
}
