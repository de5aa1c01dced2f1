using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Kanade.Models.Layers;

/// <summary>A linear layer with a block-diagonal matrix and no bias: each run of <c>blockSize</c> features is mapped on its own.</summary>
internal sealed class HeadwiseLinear : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "weight")] readonly Parameter _weight;

    /// <param name="width">E.</param>
    /// <param name="blockSize">Side of each diagonal block; divides E.</param>
    /// <param name="deviation">Standard deviation of the initial weights.</param>
    public HeadwiseLinear(int width, int blockSize, double deviation) : base(nameof(HeadwiseLinear))
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(width % blockSize, 0);
        _weight = nn.Parameter(empty(width / blockSize, blockSize, blockSize));
        using (no_grad())
            nn.init.normal_(_weight, 0, deviation);
        RegisterComponents();
    }

    /// <param name="x">(B, S, E).</param>
    /// <returns>(B, S, E).</returns>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var (blocks, size) = (_weight.shape[0], _weight.shape[1]);
        var parts = x.reshape(-1, blocks, size).transpose(0, 1);                    // (E / size, B * S, size)
        var y = parts.bmm(_weight.transpose(1, 2)).transpose(0, 1);                 // (B * S, E / size, size)
        return y.reshape(x.shape).MoveToOuterDisposeScope();
    }
}
