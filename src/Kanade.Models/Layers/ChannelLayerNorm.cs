using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models.Layers;

/// <summary>Layer normalisation over the channels of each position of a channels-first sequence.</summary>
internal sealed class ChannelLayerNorm : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "gamma")] readonly Parameter _gain;
    [ComponentName(Name = "beta")] readonly Parameter _offset;
    readonly int _channels;

    /// <param name="channels">C.</param>
    public ChannelLayerNorm(int channels) : base(nameof(ChannelLayerNorm))
    {
        _gain = nn.Parameter(ones(channels));
        _offset = nn.Parameter(zeros(channels));
        _channels = channels;
        RegisterComponents();
    }

    /// <param name="x">(B, C, T).</param>
    /// <returns>(B, C, T), in float32.</returns>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var normalised = F.layer_norm(x.to(float32).transpose(1, 2), [_channels], _gain, _offset, 1e-5);    // (B, T, C)
        return normalised.transpose(1, 2).MoveToOuterDisposeScope();
    }
}
