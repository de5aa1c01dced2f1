using Kanade.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Kanade.Models;

/// <summary>How an mLSTM computes its memory. All forms give the same numbers.</summary>
public enum MLstmForm
{
    /// <summary>Parallel up to the length where it starts to cost more than chunkwise, which is used beyond.</summary>
    Automatic,

    /// <summary>All pairs of positions at once; time and memory grow with the square of the length.</summary>
    Parallel,

    /// <summary>Pairs within chunks and a memory between them; time and memory grow with the length.</summary>
    Chunkwise,

    /// <summary>Position by position. Slow; it is what the other forms are tested against.</summary>
    Recurrent,
}

/// <summary>Residual mLSTM blocks and a final norm (Beck et al. 2024, "xLSTM: Extended Long Short-Term Memory").
/// Causal: a position depends on itself and the past, so padding after the end changes nothing. Sequences of any length.</summary>
public sealed class MLstmStack : nn.Module<Tensor, Tensor>
{
    // The inner width is rounded up to a multiple of this, as the published checkpoints have it.
    const int WidthMultiple = 64;

    [ComponentName(Name = "blocks")] readonly ModuleList<MLstmBlock> _blocks;
    [ComponentName(Name = "post_blocks_norm")] readonly ResidualLayerNorm _norm;

    /// <param name="width">E, features in and out.</param>
    /// <param name="blocks">Number of residual blocks.</param>
    /// <param name="heads">H, memories per block.</param>
    /// <param name="convKernel">Positions seen by the causal convolution before queries and keys.</param>
    /// <param name="qkvBlock">Side of the diagonal blocks of the query, key and value projections.</param>
    /// <param name="projectionFactor">Width of the inside of a block relative to E, before rounding up to a multiple of 64.</param>
    public MLstmStack(int width, int blocks, int heads = 4, int convKernel = 4, int qkvBlock = 4, double projectionFactor = 2)
        : base(nameof(MLstmStack))
    {
        var inner = (int)Math.Ceiling(projectionFactor * width / WidthMultiple) * WidthMultiple;
        _blocks = new ModuleList<MLstmBlock>([.. Enumerable.Range(0, blocks).Select(_ =>
            new MLstmBlock(new ResidualLayerNorm(width), new MLstmLayer(width, inner, heads, convKernel, qkvBlock, blocks)))]);
        _norm = new ResidualLayerNorm(width);
        RegisterComponents();
    }

    /// <summary>How the memories are computed.</summary>
    public MLstmForm Form
    {
        get => _blocks.Count == 0 ? MLstmForm.Automatic : _blocks[0].Cell.Form;
        set
        {
            foreach (var block in _blocks)
                block.Cell.Form = value;
        }
    }

    /// <param name="x">(B, S, E).</param>
    /// <returns>(B, S, E).</returns>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        foreach (var block in _blocks)
            x = block.call(x);
        return _norm.call(x).MoveToOuterDisposeScope();
    }
}
