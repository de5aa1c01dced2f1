using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models.Layers;

/// <summary>Layer normalisation over channels whose gain and offset come from a style vector: y = (1 + gamma(s)) * norm(x) + beta(s).</summary>
internal sealed class AdaptiveLayerNorm : nn.Module<Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "fc")] readonly Linear _affine;
    readonly int _channels;

    /// <param name="styleSize">S.</param>
    /// <param name="channels">C.</param>
    public AdaptiveLayerNorm(int styleSize, int channels) : base(nameof(AdaptiveLayerNorm))
    {
        _affine = nn.Linear(styleSize, 2 * channels);
        _channels = channels;
        RegisterComponents();
    }

    /// <param name="x">(B, T, C).</param>
    /// <param name="style">(B, S).</param>
    /// <returns>(B, T, C), in float32.</returns>
    public override Tensor forward(Tensor x, Tensor style)
    {
        using var scope = NewDisposeScope();
        var affine = _affine.call(style).to(float32).unsqueeze(1).chunk(2, dim: -1);    // 2 x (B, 1, C)
        var normalised = F.layer_norm(x.to(float32), [_channels], eps: 1e-5);
        return addcmul(affine[1], 1 + affine[0], normalised, 1).MoveToOuterDisposeScope();
    }
}
