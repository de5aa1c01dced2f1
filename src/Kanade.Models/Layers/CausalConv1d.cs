using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models.Layers;

/// <summary>Depthwise convolution over time that sees the present and the past only.</summary>
internal sealed class CausalConv1d : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "conv")] readonly Conv1d _conv;
    readonly int _past;

    /// <param name="width">E.</param>
    /// <param name="kernelSize">How many positions an output sees, its own included.</param>
    public CausalConv1d(int width, int kernelSize) : base(nameof(CausalConv1d))
    {
        _conv = nn.Conv1d(width, width, kernelSize, groups: width);
        _past = kernelSize - 1;
        RegisterComponents();
    }

    /// <param name="x">(B, S, E).</param>
    /// <returns>(B, S, E).</returns>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var padded = F.pad(x.transpose(1, 2), (_past, 0));                          // (B, E, past + S)
        return _conv.call(padded).transpose(1, 2).MoveToOuterDisposeScope();
    }
}
