using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Kanade.Models.Layers;

/// <summary>A linear layer that starts with Xavier-uniform weights (Glorot and Bengio 2010) and keeps them under the state name
/// <c>linear_layer</c>, as published checkpoints do.</summary>
internal sealed class XavierLinear : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "linear_layer")] readonly Linear _linear;

    public XavierLinear(int inputs, int outputs) : base(nameof(XavierLinear))
    {
        _linear = nn.Linear(inputs, outputs);
        using (no_grad())
            nn.init.xavier_uniform_(_linear.weight!);
        RegisterComponents();
    }

    /// <param name="x">(..., inputs).</param>
    /// <returns>(..., outputs).</returns>
    public override Tensor forward(Tensor x) => _linear.call(x);
}
