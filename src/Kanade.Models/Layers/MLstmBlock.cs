using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models.Layers;

/// <summary>A residual block around an mLSTM layer: y = x + layer(norm(x)).</summary>
internal sealed class MLstmBlock : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "xlstm_norm")] readonly ResidualLayerNorm _norm;
    [ComponentName(Name = "xlstm")] readonly MLstmLayer _layer;

    public MLstmBlock(ResidualLayerNorm norm, MLstmLayer layer) : base(nameof(MLstmBlock))
    {
        _norm = norm;
        _layer = layer;
        RegisterComponents();
    }

    /// <summary>The memory inside the layer.</summary>
    public MLstmCell Cell => _layer.Cell;

    /// <param name="x">(B, S, E).</param>
    /// <returns>(B, S, E).</returns>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return (x + _layer.call(_norm.call(x))).MoveToOuterDisposeScope();
    }
}

/// <summary>The mLSTM layer with up-projection before the memory (Beck et al. 2024, "xLSTM", figure 11): a causal convolution feeds queries and keys,
/// values come from the unconvolved input, and half of the up-projection gates the result.</summary>
internal sealed class MLstmLayer : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "proj_up")] readonly Linear _up;
    [ComponentName(Name = "conv1d")] readonly CausalConv1d _conv;
    [ComponentName(Name = "q_proj")] readonly HeadwiseLinear _query;
    [ComponentName(Name = "k_proj")] readonly HeadwiseLinear _key;
    [ComponentName(Name = "v_proj")] readonly HeadwiseLinear _value;
    [ComponentName(Name = "mlstm_cell")] readonly MLstmCell _cell;
    [ComponentName(Name = "learnable_skip")] readonly Parameter _skip;
    [ComponentName(Name = "proj_down")] readonly Linear _down;

    /// <param name="width">E.</param>
    /// <param name="inner">E', the width between the two projections.</param>
    /// <param name="heads">H.</param>
    /// <param name="convKernel">Positions that the convolution sees.</param>
    /// <param name="qkvBlock">Side of the diagonal blocks that make queries, keys and values.</param>
    /// <param name="blocks">Number of blocks of the stack; the deeper it is, the smaller each output projection starts.</param>
    public MLstmLayer(int width, int inner, int heads, int convKernel, int qkvBlock, int blocks) : base(nameof(MLstmLayer))
    {
        var small = Math.Sqrt(2.0 / (5 * width));       // Nguyen and Salazar 2019
        _up = nn.Linear(width, 2 * inner, hasBias: false);
        _conv = new CausalConv1d(inner, convKernel);
        _query = new HeadwiseLinear(inner, qkvBlock, small);
        _key = new HeadwiseLinear(inner, qkvBlock, small);
        _value = new HeadwiseLinear(inner, qkvBlock, small);
        _cell = new MLstmCell(inner, heads);
        _skip = nn.Parameter(ones(inner));
        _down = nn.Linear(inner, width, hasBias: false);
        using (no_grad())
        {
            nn.init.normal_(_up.weight!, 0, small);
            nn.init.normal_(_down.weight!, 0, 2 / (blocks * Math.Sqrt(width)));
        }
        RegisterComponents();
    }

    /// <summary>The memory.</summary>
    public MLstmCell Cell => _cell;

    /// <param name="x">(B, S, E).</param>
    /// <returns>(B, S, E).</returns>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var halves = _up.call(x).chunk(2, dim: -1);                                         // 2 x (B, S, E')
        var (inner, gate) = (halves[0], halves[1]);
        var convolved = F.silu(_conv.call(inner));
        var memory = _cell.call(_query.call(convolved), _key.call(convolved), _value.call(inner));
        var gated = addcmul(memory, _skip, convolved.to(float32), 1) * F.silu(gate);
        return _down.call(gated).MoveToOuterDisposeScope();                                 // (B, S, E)
    }
}
