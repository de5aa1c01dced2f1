using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Models;

/// <summary>A tensor of a published checkpoint that has not been read yet.</summary>
/// <param name="Shape">Its sizes.</param>
/// <param name="Read">Copies it out of the file; it belongs to the current dispose scope.</param>
public sealed record UpstreamTensor(IReadOnlyList<long> Shape, Func<Tensor> Read);

/// <summary>
/// A checkpoint of StyleTTS 2 or Tsukasa, or one of the three networks that are published alone (aligner, pitch extractor, PL-BERT), as
/// PyTorch or safetensors file: its tensors by network and state name. Opening reads no tensor.
/// </summary>
public sealed class UpstreamCheckpoint : IDisposable
{
    static readonly string[] WeightKeys = ["net", "model", "state_dict"];

    readonly IDisposable _file;
    readonly Dictionary<string, IReadOnlyDictionary<string, UpstreamTensor>> _networks = [];

    UpstreamCheckpoint(string path, IDisposable file) => (Path, _file) = (path, file);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Tensors by network and by the state name that they have here.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, UpstreamTensor>> Networks => _networks;

    /// <summary>Opens a checkpoint.</summary>
    /// <exception cref="CheckpointException">Unreadable, damaged, refused, or of no network that is known.</exception>
    public static UpstreamCheckpoint Open(string path)
    {
        try
        {
            return path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) ? OpenSafeTensors(path) : OpenPyTorch(path);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(e is FileNotFoundException or DirectoryNotFoundException ? $"{path}: no such file" : e.Message.ReplaceLineEndings(" "), e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    static UpstreamCheckpoint OpenSafeTensors(string path)
    {
        var file = SafeTensorsFile.Open(path);
        var checkpoint = new UpstreamCheckpoint(path, file);
        return checkpoint.Filled(() => checkpoint.AddFlat(
            file.Names.ToDictionary(n => n, n => new UpstreamTensor(file.Shape(n), () => file.Read(n)))));
    }

    static UpstreamCheckpoint OpenPyTorch(string path)
    {
        var file = PyTorchCheckpoint.Open(path);
        var checkpoint = new UpstreamCheckpoint(path, file);
        return checkpoint.Filled(() => checkpoint.AddTree(file));
    }

    UpstreamCheckpoint Filled(Action fill)
    {
        try
        {
            fill();
            return this;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    void AddTree(PyTorchCheckpoint file)
    {
        if (file.Root is not IReadOnlyDictionary<object, object?> root)
            throw new InvalidDataException($"{Path}: holds no dictionary of weights");
        // What the training scripts call the weights; a state that was saved alone is the dictionary itself.
        var state = WeightKeys.Select(k => root.GetValueOrDefault(k)).OfType<IReadOnlyDictionary<object, object?>>().FirstOrDefault() ?? root;
        var alone = Tensors(file, state);
        if (alone.Count > 0)
        {
            AddFlat(alone);
            return;
        }
        foreach (var (key, value) in state)
        {
            if (key is string network && value is IReadOnlyDictionary<object, object?> tensors && (ReferenceEquals(state, root) ? IsKnown(network) : true))
                AddNetwork(network, Tensors(file, tensors));
        }
        if (_networks.Count == 0)
            throw new InvalidDataException($"{Path}: holds none of the networks {string.Join(", ", UpstreamNames.Voice)}");
    }

    static Dictionary<string, UpstreamTensor> Tensors(PyTorchCheckpoint file, IReadOnlyDictionary<object, object?> state) => state
        .Where(s => s is { Key: string, Value: PyTorchTensor })
        .ToDictionary(s => (string)s.Key, s => new UpstreamTensor(((PyTorchTensor)s.Value!).Shape, () => file.Read((PyTorchTensor)s.Value!)));

    /// <summary>Tensors in one level: of one network, or of many with the network's name in front.</summary>
    void AddFlat(Dictionary<string, UpstreamTensor> tensors)
    {
        var bare = tensors.Keys.Select(UpstreamNames.Bare).ToHashSet();
        if (UpstreamNames.NetworkOf(bare) is { } network)
        {
            AddNetwork(network, tensors);
            return;
        }
        foreach (var group in tensors.Select(t => (Name: UpstreamNames.Bare(t.Key), t.Value)).Where(t => t.Name.Contains('.', StringComparison.Ordinal))
            .GroupBy(t => t.Name[..t.Name.IndexOf('.', StringComparison.Ordinal)]))
        {
            var states = new Dictionary<string, UpstreamTensor>();
            foreach (var (name, tensor) in group)
                if (!states.TryAdd(name[(group.Key.Length + 1)..], tensor))
                    throw new InvalidDataException($"{Path}: holds {name} twice");
            AddNetwork(group.Key, states);
        }
        if (!_networks.Keys.Any(IsKnown))
            throw new InvalidDataException($"{Path}: holds no network that is known (its first names: {string.Join(", ", tensors.Keys.Take(3))})");
    }

    void AddNetwork(string network, Dictionary<string, UpstreamTensor> tensors)
    {
        var pretraining = network == "bert" && tensors.Keys.Any(n => UpstreamNames.Bare(n).StartsWith("encoder.embeddings.", StringComparison.Ordinal));
        var states = new Dictionary<string, UpstreamTensor>();
        foreach (var (stored, tensor) in tensors)
        {
            var name = UpstreamNames.State(network, stored);
            if (name is not null && pretraining)
                name = UpstreamNames.WithinPhonemeBert(name);
            if (name is not null && !states.TryAdd(name, tensor))
                throw new InvalidDataException($"{Path}: holds {network}.{name} twice");
        }
        if (!_networks.TryAdd(network, states))
            throw new InvalidDataException($"{Path}: holds the network {network} twice");
    }

    static bool IsKnown(string network) => UpstreamNames.Voice.Contains(network) || UpstreamNames.Training.Contains(network);
}
