using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models.Layers;

/// <summary>A linear layer whose state stands under the name <c>dense</c>, as in BERT's family.</summary>
internal sealed class NamedDense : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "dense")] readonly Linear _dense;

    public NamedDense(int inputs, int outputs) : base(nameof(NamedDense))
    {
        _dense = nn.Linear(inputs, outputs);
        RegisterComponents();
    }

    /// <param name="x">(..., inputs).</param>
    /// <returns>(..., outputs).</returns>
    public override Tensor forward(Tensor x) => _dense.call(x);
}

/// <summary>The end of a post-norm sublayer: norm(dropout(dense(x)) + residual).</summary>
internal sealed class ResidualDense : nn.Module<Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "dense")] readonly Linear _dense;
    [ComponentName(Name = "LayerNorm")] readonly LayerNorm _norm;
    readonly double _dropout;

    public ResidualDense(int inputs, int outputs, double epsilon, double dropout) : base(nameof(ResidualDense))
    {
        _dense = nn.Linear(inputs, outputs);
        _norm = nn.LayerNorm(outputs, epsilon);
        _dropout = dropout;
        RegisterComponents();
    }

    /// <param name="x">(B, T, inputs).</param>
    /// <param name="residual">(B, T, outputs).</param>
    /// <returns>(B, T, outputs), in float32.</returns>
    public override Tensor forward(Tensor x, Tensor residual)
    {
        using var scope = NewDisposeScope();
        return _norm.call(F.dropout(_dense.call(x), _dropout, training) + residual.to(float32)).MoveToOuterDisposeScope();
    }
}
