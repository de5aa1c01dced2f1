using System.Text.Json;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Kanade.Models;

/// <summary>The networks of a stage by their state names, each with the sizes it was built from: what a checkpoint holds.</summary>
public sealed class NetworkSet : IDisposable
{
    sealed record Member(nn.Module Module, JsonElement Sizes);

    readonly Dictionary<string, Member> _members = [];

    /// <summary>The sizes of every network, for the checkpoint.</summary>
    public IReadOnlyDictionary<string, JsonElement> Sizes => _members.ToDictionary(m => m.Key, m => m.Value.Sizes);

    /// <summary>Every network's weights and buffers by name.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, Tensor>> Parts =>
        _members.ToDictionary(m => m.Key, m => (IReadOnlyDictionary<string, Tensor>)m.Value.Module.state_dict());

    /// <summary>Every network's weights and buffers by <c>network.parameter</c>: what a voice holds.</summary>
    public IReadOnlyDictionary<string, Tensor> Flat =>
        Parts.SelectMany(p => p.Value.Select(t => ($"{p.Key}.{t.Key}", t.Value))).ToDictionary(t => t.Item1, t => t.Value);

    /// <summary>A network by its state name.</summary>
    public nn.Module this[string name] => _members[name].Module;

    /// <summary>Whether it has a network of that name.</summary>
    public bool Contains(string name) => _members.ContainsKey(name);

    /// <summary>Adds a network and owns it from now on.</summary>
    /// <param name="name">Its state name, for example <c>text_encoder</c>.</param>
    /// <param name="module">The network.</param>
    /// <param name="sizes">The record that it was built from.</param>
    public T Add<T, TSizes>(string name, T module, TSizes sizes)
        where T : nn.Module
    {
        _members.Add(name, new Member(module, CheckpointState.Describe(sizes)));
        return module;
    }

    /// <summary>The parameters of some networks, by <c>network.parameter</c>.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> Parameters(params IEnumerable<string> networks) =>
        networks.SelectMany(n => _members[n].Module.named_parameters().Select(p => ($"{n}.{p.name}", p.parameter)));

    /// <summary>Copies the weights of every network in.</summary>
    /// <exception cref="CheckpointException">A network is missing or does not fit.</exception>
    public void Load(Checkpoint checkpoint)
    {
        foreach (var (name, member) in _members)
            checkpoint.Load(name, member.Module);
    }

    /// <summary>Training mode for the networks named, evaluation mode for all others.</summary>
    public void Train(params IReadOnlyList<string> networks)
    {
        foreach (var (name, member) in _members)
            member.Module.train(networks.Contains(name));
    }

    /// <summary>Evaluation mode for all.</summary>
    public void Evaluate() => Train();

    /// <summary>Takes networks out of training: no gradients are computed for their weights.</summary>
    public void Freeze(params IReadOnlyList<string> networks)
    {
        foreach (var parameter in networks.SelectMany(n => _members[n].Module.parameters()))
            parameter.requires_grad = false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var member in _members.Values)
            member.Module.Dispose();
    }
}
