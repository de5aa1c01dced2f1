using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Models;

/// <summary>How a network of a published checkpoint compares with the one built here.</summary>
/// <param name="Network">Its name.</param>
/// <param name="Loaded">Tensors that fit.</param>
/// <param name="Parameters">Numbers in them.</param>
/// <param name="Missing">Name and shape of what is needed and not there.</param>
/// <param name="LeftOver">Name and shape of what is there and has no place.</param>
/// <param name="Misshapen">Name, shape there and shape needed.</param>
public sealed record ImportedNetwork(
    string Network, int Loaded, long Parameters, IReadOnlyList<string> Missing, IReadOnlyList<string> LeftOver, IReadOnlyList<string> Misshapen)
{
    /// <summary>Whether every tensor has its place and every place its tensor.</summary>
    public bool Fits => Missing.Count + LeftOver.Count + Misshapen.Count == 0;
}

/// <summary>Compares a published checkpoint with networks built here, and fills them.</summary>
public static class UpstreamImport
{
    /// <summary>Compares by name and shape; reads no tensor and changes nothing.</summary>
    public static IReadOnlyList<ImportedNetwork> Compare(UpstreamCheckpoint checkpoint, NetworkSet networks)
    {
        var none = new Dictionary<string, UpstreamTensor>();
        return [.. networks.Parts.Select(p => Compare(p.Key, checkpoint.Networks.GetValueOrDefault(p.Key) ?? none, p.Value))];
    }

    /// <summary>Copies the tensors in, one after another; half precision is widened.</summary>
    public static void Fill(UpstreamCheckpoint checkpoint, NetworkSet networks)
    {
        using var noGradient = no_grad();
        foreach (var (network, state) in networks.Parts)
        {
            foreach (var (name, target) in state)
            {
                using var scope = NewDisposeScope();
                if (checkpoint.Networks[network].TryGetValue(name, out var tensor))
                    target.copy_(tensor.Read());
            }
        }
    }

    static ImportedNetwork Compare(string network, IReadOnlyDictionary<string, UpstreamTensor> stored, IReadOnlyDictionary<string, Tensor> state)
    {
        var (missing, misshapen, loaded, parameters) = (new List<string>(), new List<string>(), 0, 0L);
        foreach (var (name, target) in state)
        {
            if (!stored.TryGetValue(name, out var tensor))
            {
                if (!UpstreamNames.Constants.Contains($"{network}.{name}"))
                    missing.Add($"{name} {Shape(target.shape)}");
            }
            else if (!tensor.Shape.SequenceEqual(target.shape))
            {
                misshapen.Add($"{name} {Shape(tensor.Shape)}, {Shape(target.shape)} is needed");
            }
            else
            {
                loaded++;
                parameters += target.numel();
            }
        }
        var leftOver = stored.Where(s => !state.ContainsKey(s.Key)).Select(s => $"{s.Key} {Shape(s.Value.Shape)}").ToArray();
        return new ImportedNetwork(network, loaded, parameters, missing, leftOver, misshapen);
    }

    static string Shape(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
