using static TorchSharp.torch;

namespace Kanade.Tests.Parity;

/// <summary>Keeps what chosen parts of a network returned, by their state names, to compare with a golden file's intermediates.</summary>
sealed class ModuleRecorder : IDisposable
{
    readonly Dictionary<string, Tensor> _outputs = [];

    public ModuleRecorder(nn.Module network, params string[] parts)
    {
        var modules = network.named_modules().ToDictionary(m => m.name, m => m.module);
        foreach (var part in parts)
            switch (modules[part])
            {
                case nn.Module<Tensor, Tensor> one:
                    one.register_forward_hook((_, _, output) => Keep(part, output));
                    break;
                case nn.Module<Tensor, Tensor, Tensor, Tensor> three:
                    three.register_forward_hook((_, _, _, _, output) => Keep(part, output));
                    break;
                default:
                    throw new ArgumentException($"{part}: a module of this shape is not recorded", nameof(parts));
            }
    }

    public Tensor this[string part] => _outputs[part];

    public void Dispose()
    {
        foreach (var output in _outputs.Values)
            output.Dispose();
    }

    Tensor Keep(string part, Tensor output)
    {
        _outputs[part] = output.detach().clone().DetachFromDisposeScope();
        return output;
    }
}
