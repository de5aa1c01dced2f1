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
    const double Epsilon = 1e-5;

    [ComponentName(Name = "fc")] readonly Linear _affine;

    /// <param name="styleSize">S.</param>
    /// <param name="channels">C.</param>
    public AdaptiveInstanceNorm(int styleSize, int channels) : base(nameof(AdaptiveInstanceNorm))
    {
        _affine = nn.Linear(styleSize, 2 * channels);
        RegisterComponents();
    }

    /// <summary>The same for sequences of different lengths: statistics over the frames inside alone, as each sequence would have them by
    /// itself.</summary>
    /// <param name="x">(B, C, F) activations.</param>
    /// <param name="style">(B, S) style vectors.</param>
    /// <param name="inside">(B, 1, F) float32, 1 inside a sequence and 0 after its end; null where all are F long.</param>
    /// <returns>(B, C, F), in float32; what lies after a sequence's end means nothing.</returns>
    public Tensor forward(Tensor x, Tensor style, Tensor? inside)
    {
        if (inside is null)
            return forward(x, style);
        using var scope = NewDisposeScope();
        var affine = _affine.call(style).to(float32).unsqueeze(2).chunk(2, dim: 1);     // 2 x (B, C, 1)
        var exact = x.to(float32);
        var frames = inside.sum(2, keepdim: true);                                      // (B, 1, 1)
        var centred = exact - (exact * inside).sum(2, keepdim: true) / frames;
        var variance = (centred.square() * inside).sum(2, keepdim: true) / frames;      // (B, C, 1)
        return addcmul(affine[1], (1 + affine[0]) * (variance + Epsilon).rsqrt(), centred, 1).MoveToOuterDisposeScope();
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
            eps: Epsilon);
        return normalised.reshape(batch, channels, frames).MoveToOuterDisposeScope();
    }
}
