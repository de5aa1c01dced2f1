using System.Text.Json;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Models;

/// <summary>Weights that others published as safetensors, with the Hugging Face configuration beside them if there is one.</summary>
sealed class PretrainedWeights : IDisposable
{
    readonly SafeTensorsFile _file;
    readonly Dictionary<string, int> _numbers = [];

    PretrainedWeights(string path, SafeTensorsFile file)
    {
        Path = path;
        _file = file;
        var configuration = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path) ?? ".", "config.json");
        if (!File.Exists(configuration))
            return;
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(configuration));
            foreach (var property in json.RootElement.EnumerateObject())
                if (property.Value.ValueKind == JsonValueKind.Number && property.Value.TryGetInt32(out var number))
                    _numbers[property.Name] = number;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{configuration}: not a JSON object: {e.Message}", e);
        }
    }

    /// <summary>The safetensors file.</summary>
    public string Path { get; }

    /// <summary>The tensors' names.</summary>
    public IReadOnlyCollection<string> Names => _file.Names;

    /// <param name="path">A safetensors file, or a folder that holds <c>model.safetensors</c>.</param>
    public static PretrainedWeights Open(string path)
    {
        if (Directory.Exists(path))
            path = System.IO.Path.Combine(path, "model.safetensors");
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path}: not found: give a safetensors file or the folder of a model.safetensors", path);
        var file = SafeTensorsFile.Open(path);
        try
        {
            return new PretrainedWeights(path, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A number of the configuration beside the file, or null.</summary>
    public int? Number(string key) => _numbers.TryGetValue(key, out var number) ? number : null;

    /// <summary>The sizes of a tensor.</summary>
    public IReadOnlyList<long> Shape(string name) => _file.Shape(name);

    /// <summary>Fills a network, strictly: every state must be there in its shape, and under the prefix no tensor may be left over.</summary>
    /// <param name="module">Whose state is replaced; half-precision weights are widened.</param>
    /// <param name="name">From the name of a tensor in the file to that of a state, or null for a tensor that the network does not need.</param>
    public void CopyTo(nn.Module module, Func<string, string?> name)
    {
        using var noGradient = no_grad();
        var state = module.state_dict();
        var found = new HashSet<string>();
        var problems = new List<string>();
        foreach (var stored in _file.Names)
        {
            using var scope = NewDisposeScope();
            if (name(stored) is not { } target)
                continue;
            if (!state.TryGetValue(target, out var tensor))
                problems.Add($"{stored} has no place");
            else if (!_file.Shape(stored).SequenceEqual(tensor.shape))
                problems.Add($"{stored} is [{string.Join(", ", _file.Shape(stored))}], not [{string.Join(", ", tensor.shape)}]");
            else
                tensor.copy_(_file.Read(stored));
            found.Add(target);
        }
        problems.AddRange(state.Keys.Where(k => !found.Contains(k)).Select(k => $"{k} is missing"));
        if (problems.Count > 0)
            throw new InvalidDataException(
                $"{Path}: does not fit {module.GetName()}: {string.Join("; ", problems.Take(5))}{(problems.Count > 5 ? $"; and {problems.Count - 5} more" : "")}");
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
