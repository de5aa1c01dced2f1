using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Kanade.Torch;

/// <summary>What AdamW is set to, but for the learning rate, which the schedule gives at every step.</summary>
/// <param name="Beta1">Decay of the mean of the gradient.</param>
/// <param name="Beta2">Decay of the mean of its square.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="WeightDecay">Decoupled, per unit of learning rate.</param>
public sealed record AdamWConfig(double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8, double WeightDecay = 1e-4);

/// <summary>
/// AdamW (Loshchilov and Hutter 2019) in one native call a step. Its moments are kept by the parameters' names, so that a
/// checkpoint stores them like weights and loads them strictly. Parameters without a gradient are left as they are.
/// </summary>
public sealed class FusedAdamW : IDisposable
{
    sealed record Slot(string Name, Parameter Parameter, Tensor Mean, Tensor Square, Tensor Step);

    readonly Slot[] _slots;
    readonly AdamWConfig _config;

    /// <param name="parameters">By the name that the state will have.</param>
    /// <param name="config">Constants.</param>
    public FusedAdamW(IEnumerable<(string Name, Parameter Parameter)> parameters, AdamWConfig config)
    {
        _config = config;
        _slots =
        [
            .. parameters.Where(p => p.Parameter.requires_grad).Select(p => new Slot(
                p.Name, p.Parameter,
                zeros_like(p.Parameter, dtype: ScalarType.Float32).requires_grad_(false).DetachFromDisposeScope(),
                zeros_like(p.Parameter, dtype: ScalarType.Float32).requires_grad_(false).DetachFromDisposeScope(),
                zeros([], dtype: ScalarType.Float32, device: p.Parameter.device).DetachFromDisposeScope())),
        ];
        var repeated = _slots.GroupBy(s => s.Name).FirstOrDefault(g => g.Count() > 1)?.Key;
        if (repeated is not null)
            throw new ArgumentException($"two parameters are called {repeated}", nameof(parameters));
    }

    /// <summary>The parameters it moves.</summary>
    public IEnumerable<Parameter> Parameters => _slots.Select(s => s.Parameter);

    /// <summary>The state by name: <c>name.mean</c>, <c>name.square</c>, <c>name.step</c>. The tensors stay the optimiser's.</summary>
    public IReadOnlyDictionary<string, Tensor> State() => _slots
        .SelectMany(s => new[] { (s.Name + ".mean", s.Mean), (s.Name + ".square", s.Square), (s.Name + ".step", s.Step) })
        .ToDictionary(t => t.Item1, t => t.Item2);

    /// <summary>Frees the gradients.</summary>
    public void ZeroGradients()
    {
        foreach (var slot in _slots)
            slot.Parameter.grad = null;
    }

    /// <summary>Moves every parameter that has a gradient.</summary>
    /// <param name="learningRate">For this step.</param>
    public void Step(double learningRate)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        List<Tensor> parameters = [], gradients = [], means = [], squares = [], steps = [];
        foreach (var slot in _slots)
        {
            if (slot.Parameter.grad is not { } gradient)
                continue;
            parameters.Add(slot.Parameter);
            gradients.Add(gradient);
            means.Add(slot.Mean);
            squares.Add(slot.Square);
            steps.Add(slot.Step.add_(1));
        }
        if (parameters.Count == 0)
            return;
        Aten.Call(
            "aten::_fused_adamw_", "", 0, parameters, gradients, means, squares, new List<Tensor>(), steps,
            learningRate, _config.Beta1, _config.Beta2, _config.WeightDecay, _config.Epsilon,
            false /* amsgrad */, false /* maximize */, Aten.Optional.None, Aten.Optional.None);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var slot in _slots)
        {
            slot.Mean.Dispose();
            slot.Square.Dispose();
            slot.Step.Dispose();
        }
    }
}
