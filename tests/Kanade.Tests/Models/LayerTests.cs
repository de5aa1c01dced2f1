using Kanade.Models;
using Kanade.Models.Layers;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Models;

public class LayerTests
{
    [Fact]
    public void A_mask_is_true_from_the_length_on()
    {
        using var scope = NewDisposeScope();
        var mask = SequenceMask.Padding(tensor(new long[] { 2, 3 }), 4);
        Assert.Equal([false, false, true, true, false, false, false, true], mask.data<bool>().ToArray());
        Assert.Equal([2, 3], SequenceMask.Padding(tensor(new long[] { 2, 3 })).shape);
    }

    [Fact]
    public void Adaptive_norms_give_each_channel_the_styles_offset_and_gain()
    {
        using var norm = new AdaptiveInstanceNorm(1, 2);
        using var scope = NewDisposeScope();
        using (no_grad())
        {
            var state = norm.state_dict();
            state["fc.weight"].zero_();
            state["fc.bias"].copy_(tensor(new[] { 1f, 0, 10, 20 }));    // gain 1 + 1 and 1 + 0, offset 10 and 20
        }
        // Each channel has mean 2 and deviation 1: normalised to -1 and 1.
        var y = norm.call(tensor(new[] { 1f, 3, 1, 3 }, 1, 2, 2), zeros(1, 1));
        Assert.Equal([8f, 12, 19, 21], y.data<float>().ToArray().Select(value => MathF.Round(value, 3)));
    }

    [Fact]
    public void A_single_frame_has_no_spread_and_becomes_the_offset()
    {
        using var block = new AdaptiveResidualBlock1d(4, 6, 3, upsample: true);
        using var scope = NewDisposeScope();
        var y = block.call(randn(1, 4, 1), randn(1, 3));
        Assert.Equal([1, 6, 2], y.shape);
        y.sum().backward();
        Assert.All(block.parameters(), parameter => Assert.True(parameter.grad!.isfinite().all().item<bool>()));
    }

    [Fact]
    public void A_causal_convolution_does_not_see_the_future()
    {
        using var conv = new CausalConv1d(3, 4);
        using var scope = NewDisposeScope();
        var x = randn(1, 9, 3);
        var changed = x.clone();
        changed.narrow(1, 5, 4).fill_(9);
        var (before, after) = (conv.call(x), conv.call(changed));
        Assert.Equal(x.shape, before.shape);
        Assert.Equal(0, (before - after).narrow(1, 0, 5).abs().max().item<float>());
        Assert.NotEqual(0, (before - after).narrow(1, 5, 1).abs().max().item<float>());
    }

    [Fact]
    public void A_headwise_layer_is_a_block_diagonal_matrix()
    {
        using var layer = new HeadwiseLinear(8, 4, 1);
        using var scope = NewDisposeScope();
        var x = randn(2, 3, 8);
        var matrix = block_diag(layer.state_dict()["weight"].unbind(0));
        MLstmTests.AssertAgrees(nn.functional.linear(x, matrix), layer.call(x), 1e-6);
    }

    [Fact]
    public void A_spectrogram_too_short_for_a_style_is_refused_and_the_shortest_is_not()
    {
        using var encoder = new StyleEncoder(4, 8, 8);
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentOutOfRangeException>(() => encoder.call(randn(1, 1, 80, StyleEncoder.FewestFrames - 1)));
        Assert.Equal([1, 8], encoder.call(randn(1, 1, 80, StyleEncoder.FewestFrames)).shape);
    }

    [Fact]
    public void A_fresh_style_encoder_is_usable_before_any_training_step()
    {
        using var encoder = new StyleEncoder(8, 8, 32);
        encoder.eval();
        using var scope = NewDisposeScope();
        Assert.InRange(encoder.call(randn(2, 1, 80, 90)).abs().max().item<float>(), 0, 100);
    }

    [Fact]
    public void Attention_in_bfloat16_is_the_attention_of_float32_but_for_its_rounding()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3, CPU);
        var inputs = Enumerable.Range(0, 3).Select(_ => randn([2, 4, 9, 8], generator: generator)).ToArray();
        var direction = randn([2, 4, 9, 8], generator: generator);
        var bias = zeros(2, 1, 1, 9);
        bias[1, .., .., 6..] = -1e9f;

        var (exact, exactGradients) = Attend(false);
        var (rounded, roundedGradients) = Attend(true);

        Assert.True((exact - rounded).abs().max().item<float>() is > 0 and < 0.03f);
        foreach (var (a, b) in exactGradients.Zip(roundedGradients))
            Assert.InRange((a - b).norm().item<float>() / a.norm().item<float>(), 0, 0.02f);
        Assert.Equal(0, roundedGradients[1][1, .., 6..].abs().max().item<float>());      // what is hidden has no gradient

        (Tensor Output, Tensor[] Gradients) Attend(bool bfloat16)
        {
            var own = inputs.Select(x => x.detach().clone().requires_grad_()).ToArray();
            Tensor output;
            using (Autocast.Set(DeviceType.CPU, bfloat16))
                output = DotProductAttention.Of(own[0], own[1], own[2], bias).to(ScalarType.Float32);
            (output * direction).sum().backward();
            return (output.detach(), [.. own.Select(x => x.grad!)]);
        }
    }
}
