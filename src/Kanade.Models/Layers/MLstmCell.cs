using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Kanade.Models.Layers;

/// <summary>The matrix memory of an mLSTM layer with its gates and the norm of its output (Beck et al. 2024, "xLSTM", section 2.3).
/// Always float32: gates are exponentials, and a bfloat16 sum of log gates loses the recent past after a few dozen positions.</summary>
internal sealed class MLstmCell : nn.Module<Tensor, Tensor, Tensor, Tensor>
{
    /// <summary>Where the parallel form, whose cost is quadratic, starts to cost more than the chunkwise one.</summary>
    internal const int Crossover = 384;
    const int Chunk = 64;

    [ComponentName(Name = "igate")] readonly Linear _inputGate;
    [ComponentName(Name = "fgate")] readonly Linear _forgetGate;
    [ComponentName(Name = "outnorm")] readonly ResidualLayerNorm _norm;
    readonly int _heads;

    /// <param name="width">E, a multiple of <paramref name="heads"/>.</param>
    /// <param name="heads">H, each with a memory of its own.</param>
    public MLstmCell(int width, int heads) : base(nameof(MLstmCell))
    {
        _inputGate = nn.Linear(3 * width, heads);
        _forgetGate = nn.Linear(3 * width, heads);
        _norm = new ResidualLayerNorm(width, heads);
        _heads = heads;

        // Gates start independent of the input, and heads with memories of different length.
        using (no_grad())
        {
            nn.init.zeros_(_inputGate.weight!);
            nn.init.normal_(_inputGate.bias!, 0, 0.1);
            nn.init.zeros_(_forgetGate.weight!);
            using var spread = linspace(3, 6, heads);
            _forgetGate.bias!.copy_(spread);
        }
        RegisterComponents();
    }

    /// <summary>How the memory is computed; the numbers are the same.</summary>
    public MLstmForm Form { get; set; }

    /// <param name="queries">(B, S, E).</param>
    /// <param name="keys">(B, S, E).</param>
    /// <param name="values">(B, S, E).</param>
    /// <returns>(B, S, E) in float32, normalised head by head.</returns>
    public override Tensor forward(Tensor queries, Tensor keys, Tensor values)
    {
        using var scope = NewDisposeScope();
        using var precise = Autocast.Disable(queries.device_type);
        var (batch, length, width) = (queries.shape[0], queries.shape[1], queries.shape[2]);
        (queries, keys, values) = (queries.to(float32), keys.to(float32), values.to(float32));

        var gateInput = cat([queries, keys, values], dim: -1);                              // (B, S, 3E)
        var inputGates = _inputGate.call(gateInput).transpose(1, 2).flatten(0, 1);          // (BH, S)
        var forgetGates = _forgetGate.call(gateInput).transpose(1, 2).flatten(0, 1);

        Tensor Heads(Tensor x) => x.reshape(batch, length, _heads, -1).transpose(1, 2).reshape(batch * _heads, length, -1);
        var (q, k, v) = (Heads(queries), Heads(keys), Heads(values));                       // (BH, S, E / H)
        var read = Form switch
        {
            MLstmForm.Recurrent => MLstmRecurrence.Recurrent(q, k, v, inputGates, forgetGates),
            MLstmForm.Chunkwise => MLstmRecurrence.Chunkwise(q, k, v, inputGates, forgetGates, Chunk),
            MLstmForm.Automatic when length > Crossover => MLstmRecurrence.Chunkwise(q, k, v, inputGates, forgetGates, Chunk),
            _ => MLstmRecurrence.Parallel(q, k, v, inputGates, forgetGates),
        };
        var joined = read.reshape(batch, _heads, length, -1).transpose(1, 2).reshape(batch, length, width);
        return _norm.call(joined).MoveToOuterDisposeScope();
    }
}
