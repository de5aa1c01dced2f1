using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models.Layers;

/// <summary>Layer normalisation without offset whose weight is stored as the difference from one: y = (1 + w) * norm(x).</summary>
internal sealed class ResidualLayerNorm : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "weight")] readonly Parameter _weight;
    readonly int _groups;
    readonly int _width;

    /// <param name="width">E.</param>
    /// <param name="groups">Number of equal parts of E that are normalised each on its own (the heads of an mLSTM).</param>
    public ResidualLayerNorm(int width, int groups = 1) : base(nameof(ResidualLayerNorm))
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(width % groups, 0);
        _weight = nn.Parameter(zeros(width));
        _width = width;
        _groups = groups;
        RegisterComponents();
    }

    /// <param name="x">(B, S, E).</param>
    /// <returns>(B, S, E), in float32.</returns>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var (input, gain) = (x.to(float32), 1 + _weight);
        if (_groups == 1)
            return F.layer_norm(input, [_width], gain, eps: 1e-5).MoveToOuterDisposeScope();

        // The same as a group norm, whose backward on the CPU takes fifteen times as long.
        var parts = F.layer_norm(input.reshape([.. x.shape[..^1], _groups, _width / _groups]), [_width / _groups], eps: 1e-5);
        return (parts.reshape(x.shape) * gain).MoveToOuterDisposeScope();
    }
}
