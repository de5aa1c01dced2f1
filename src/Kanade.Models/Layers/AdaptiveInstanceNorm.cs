using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models.Layers;

/// <summary>Instance normalisation whose gain and offset come from a style vector:
/// y = (1 + gamma(s)) * (x - mean) / sqrt(variance + 1e-5) + beta(s), statistics over time (Huang and Belongie 2017, eq. 8).</summary>
internal sealed class AdaptiveInstanceNorm : nn.Module<Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "fc")] readonly Linear _affine;

    /// <param name="styleSize">S.</param>
    /// <param name="channels">C.</param>
    public AdaptiveInstanceNorm(int styleSize, int channels) : base(nameof(AdaptiveInstanceNorm))
    {
        _affine = nn.Linear(styleSize, 2 * channels);
        RegisterComponents();
    }

    /// <param name="x">(B, C, F) activations.</param>
    /// <param name="style">(B, S) style vectors.</param>
    /// <returns>(B, C, F), in float32.</returns>
    public override Tensor forward(Tensor x, Tensor style)
    {
        using var scope = NewDisposeScope();
        var (batch, channels, frames) = (x.shape[0], x.shape[1], x.shape[2]);
        var affine = _affine.call(style).to(float32).chunk(2, dim: 1);      // 2 x (B, C)

        // Every (item, channel) pair is a group of its own, so that one kernel normalises and applies the affine map.
        var normalised = F.group_norm(
            x.to(float32).reshape(1, batch * channels, frames),
            batch * channels,
            (1 + affine[0]).reshape(-1),
            affine[1].reshape(-1),
            eps: 1e-5);
        return normalised.reshape(batch, channels, frames).MoveToOuterDisposeScope();
    }
}
