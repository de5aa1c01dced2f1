using Kanade.Models;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Parity;

public sealed class WavLmParity
{
    [Fact]
    public void States_and_gradients_equal_the_original()
    {
        using var golden = Golden.Load("wavlm");
        using var network = Network();
        golden.LoadState(network);
        using var scope = NewDisposeScope();
        var wave = golden["in.x"].requires_grad_(true);

        var states = network.forward(wave);

        Assert.Equal(4, states.Count);
        for (var i = 0; i < states.Count; i++)
            golden.AssertClose($"out.h{i}", states[i], 2e-5);
        var loss = states.Select(s => s.square().mean()).Aggregate((a, b) => a + b);
        golden.AssertClose("loss", loss, 1e-5);
        loss.backward();
        var parameters = network.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        foreach (var name in (string[])["encoder.layers.0.attention.rel_attn_embed.weight", "encoder.layers.1.attention.gru_rel_pos_linear.weight", "encoder.pos_conv_embed.conv.weight_v"])
            golden.AssertGradient("grad." + name, parameters[name].grad!);
    }

    /// <summary>The gradients that the golden holds below the convolutions are not the slope of its loss, as in <see cref="WhisperParity"/>.</summary>
    [Fact]
    public void The_gradients_of_the_convolutions_are_the_slope_of_the_originals_loss()
    {
        using var golden = Golden.Load("wavlm");
        using var network = Network();
        golden.LoadState(network);
        network.to(float64);
        using var scope = NewDisposeScope();
        Slope.AssertEqual(golden, network, "feature_extractor.conv_layers.0.conv.weight", golden["in.x"]);
    }

    [Fact]
    public void Published_names_load_and_the_weights_are_frozen()
    {
        using var folder = new TemporaryFolder();
        using var network = Network();
        using var scope = NewDisposeScope();
        var state = network.state_dict().ToDictionary(
            s => "wavlm." + s.Key.Replace("conv.weight_g", "conv.parametrizations.weight.original0", StringComparison.Ordinal)
                .Replace("conv.weight_v", "conv.parametrizations.weight.original1", StringComparison.Ordinal),
            s => s.Value);
        state["wavlm.masked_spec_embed"] = zeros(24);
        state["lm_head.weight"] = zeros(32, 24);
        SafeTensors.Write(folder.File("model.safetensors"), state);

        using var opened = SpeechLanguageModel.Open(folder.Path);

        var wave = (randn(1, 2000) * 0.1).requires_grad_(true);
        var features = opened.Features(wave);
        Golden.AssertClose(network.Features(wave), features, 1e-6);
        Assert.Equal([1, opened.States * opened.Hidden, 6], features.shape);
        features.square().mean().backward();
        Assert.True(wave.grad!.abs().sum().item<float>() > 0);
        Assert.All(((WavLm)opened).parameters(), p => Assert.False(p.requires_grad));
    }

    [Fact]
    public void The_large_form_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        using var network = Network();
        using var scope = NewDisposeScope();
        var state = network.state_dict().ToDictionary(s => s.Key, s => s.Value);
        state["feature_extractor.conv_layers.1.layer_norm.weight"] = ones(12);
        SafeTensors.Write(folder.File("x.safetensors"), state);
        var error = Assert.Throws<InvalidDataException>(() => { SpeechLanguageModel.Open(folder.File("x.safetensors")); });
        Assert.Contains("large form", error.Message, StringComparison.Ordinal);
    }

    static WavLm Network() => new(new WavLmConfig(
        Hidden: 24, Layers: 3, Heads: 4, FeedForward: 48, ConvolutionChannels: 12, PositionKernel: 16, PositionGroups: 4));
}
