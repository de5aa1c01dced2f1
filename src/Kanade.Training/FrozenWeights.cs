using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>Until it is disposed no gradient is computed for the weights of some networks; gradients pass through them to what they are
/// given.</summary>
sealed class FrozenWeights : IDisposable
{
    readonly Parameter[] _frozen;

    public FrozenWeights(params IEnumerable<nn.Module> networks)
    {
        _frozen = [.. networks.SelectMany(n => n.parameters()).Where(p => p.requires_grad)];
        Set(false);
    }

    public void Dispose() => Set(true);

    void Set(bool learns)
    {
        foreach (var parameter in _frozen)
            parameter.requires_grad = learns;
    }
}
