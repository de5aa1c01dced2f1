using Kanade.Models;
using static TorchSharp.torch;

namespace Kanade.Tests.Parity;

public sealed class TextAlignerParity
{
    [Fact]
    public void Outputs_and_gradients_equal_the_original()
    {
        using var golden = Golden.Load("asrcnn");
        using var network = Network(golden);
        using var scope = NewDisposeScope();
        var mel = golden["in.mel"].requires_grad_(true);
        var ids = TextAligner.MaskTokens(golden["in.tokens"], golden["rng.0.rand"], 0.1);

        var alignment = network.forward(mel, ids, golden["in.mask"]);

        golden.AssertClose("out.feature", network.Features(mel), 1e-5);
        golden.AssertClose("out.ctc_logit", alignment.CtcLogits, 1e-5);
        golden.AssertClose("out.s2s_logit", alignment.TokenLogits, 1e-5);
        golden.AssertClose("out.s2s_attn", alignment.Attention, 1e-6);
        var loss = alignment.CtcLogits.square().mean() + alignment.TokenLogits.square().mean() + alignment.Attention.square().mean();
        golden.AssertClose("loss", loss, 1e-6);
        loss.backward();
        golden.AssertGradients(network);
        golden.AssertGradient("grad.in.mel", mel.grad!);
    }

    // The original computes the cosines in float32, ours in float64.
    [Fact]
    public void The_cosine_basis_is_that_of_the_original()
    {
        using var golden = Golden.Load("asrcnn");
        using var network = new TextAligner(mels: 80, hidden: 32, symbols: 40, embedding: 24, layers: 2);
        golden.AssertClose("sd.to_mfcc.dct_mat", network.state_dict()["to_mfcc.dct_mat"], 5e-6);
    }

    static TextAligner Network(Golden golden)
    {
        var network = new TextAligner(mels: 80, hidden: 32, symbols: 40, embedding: 24, layers: 2);
        golden.LoadState(network);
        network.eval();
        return network;
    }
}
