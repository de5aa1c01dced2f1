using Kanade.Models;
using Kanade.Tests.Parity;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Models;

public sealed class TextAlignerTests
{
    [Fact]
    public void A_token_is_masked_where_its_draw_is_below_the_probability()
    {
        using var scope = NewDisposeScope();
        var masked = TextAligner.MaskTokens(tensor(new long[] { 7, 8, 9 }), tensor(new[] { 0.09f, 0.1f, 0.5f }), 0.1);
        Assert.Equal([TextAligner.UnknownSymbol, 8, 9], masked.data<long>().ToArray());
    }

    [Fact]
    public void Evaluation_draws_nothing()
    {
        using var network = Network();
        network.eval();
        using var scope = NewDisposeScope();
        var (mel, ids) = (rand(1, 80, 20), tensor(new long[,] { { 4, 5, 6 } }));

        var first = network.forward(mel, ids, null);
        var second = network.forward(mel, ids, null);

        Assert.True(first.TokenLogits.equal(second.TokenLogits).all().item<bool>());
        Assert.True(first.Attention.equal(second.Attention).all().item<bool>());
    }

    [Fact]
    public void Evaluation_mode_has_a_gradient()
    {
        using var network = Network();
        network.eval();
        using var scope = NewDisposeScope();
        network.Recognize(rand(1, 80, 20)).square().mean().backward();
        Assert.True(network.named_parameters().First(p => p.name == "cnns.0.0.blocks.0.0.conv.weight").parameter.grad!.abs().sum().item<float>() > 0);
    }

    [Fact]
    public void Padding_gets_no_attention_and_a_row_of_padding_alone_has_finite_gradients()
    {
        using var network = Network();
        using var scope = NewDisposeScope();
        var mask = tensor(new bool[,] { { false, false, false, true, true }, { true, true, true, true, true } });

        var alignment = network.forward(rand(2, 80, 10), ones(2, 3, ScalarType.Int64), mask);

        Assert.Equal(0, alignment.Attention.masked_select(mask.unsqueeze(1)).abs().sum().item<float>());
        Golden.AssertClose(ones(4), alignment.Attention[0].sum(-1), 1e-5);
        alignment.TokenLogits.square().mean().backward();
        Assert.All(network.parameters(), p => Assert.True(p.grad is null || p.grad.isfinite().all().item<bool>()));
    }

    [Fact]
    public void A_row_of_a_batch_equals_a_batch_of_one()
    {
        using var network = Network();
        network.eval();
        using var scope = NewDisposeScope();
        var (mel, ids) = (rand(3, 80, 24), randint(0, 12, [3, 5], ScalarType.Int64));

        var batch = network.forward(mel, ids, null);
        var alone = network.forward(mel[1..2], ids[1..2], null);

        Golden.AssertClose(batch.Attention[1..2], alone.Attention, 1e-6);
        Golden.AssertClose(batch.CtcLogits[1..2], alone.CtcLogits, 1e-5);
    }

    [Fact]
    public void Under_autocast_the_attention_stays_in_float32()
    {
        using var network = Network();
        network.eval();
        using var scope = NewDisposeScope();
        using var precision = Kanade.Torch.Autocast.Enable(DeviceType.CPU);
        var alignment = network.forward(rand(1, 80, 24), ones(1, 3, ScalarType.Int64), null);
        Assert.Equal(ScalarType.Float32, alignment.Attention.dtype);
        Assert.Equal(ScalarType.Float32, alignment.TokenLogits.dtype);
    }

    [Fact]
    public void Fifty_forward_and_backward_passes_leave_no_tensor()
    {
        using var network = Network();
        void Step()
        {
            using var scope = NewDisposeScope();
            network.forward(rand(1, 80, 12), ones(1, 3, ScalarType.Int64), null).TokenLogits.mean().backward();
        }
        Step();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount; // other tests run on other threads
        for (var i = 0; i < 50; i++)
            Step();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    static TextAligner Network() => new(mels: 80, hidden: 16, symbols: 12, embedding: 8, layers: 1);
}
