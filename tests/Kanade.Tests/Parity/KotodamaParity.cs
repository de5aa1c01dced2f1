using Kanade.Models;
using static TorchSharp.torch;

namespace Kanade.Tests.Parity;

public class KotodamaParity
{
    [Fact]
    public void Style_from_a_description_equals_the_original()
    {
        using var golden = Golden.Load("kotodama_prompt");
        using var network = new KotodamaPrompt(new KotodamaPromptConfig(Tokens: 100, Hidden: 24, Heads: 2, FeedForward: 32, Layers: 2, Style: 16));
        Check(golden, network);
    }

    [Fact]
    public void Style_from_the_text_equals_the_original()
    {
        using var golden = Golden.Load("kotodama_text");
        using var network = new KotodamaText(new KotodamaTextConfig(Tokens: 100, Hidden: 24, Heads: 2, FeedForward: 32, Layers: 2, Style: 16));
        Check(golden, network);
    }

    static void Check(Golden golden, nn.Module<Tensor, Tensor, Tensor> network)
    {
        network.eval();
        golden.LoadState(network);
        using var scope = NewDisposeScope();
        var style = network.call(golden["in.input_ids"], golden["in.attention_mask"]);
        golden.AssertClose("out.logits", style, 1e-5);
        var loss = style.square().mean();
        golden.AssertClose("loss", loss, 1e-5);
        loss.backward();
        golden.AssertGradients(network);
    }
}
