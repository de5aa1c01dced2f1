using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Models;

/// <summary>Loads weights by name and shape, or not at all.</summary>
public static class StrictState
{
    const int Listed = 6;

    /// <summary>Copies every tensor of a safetensors file into the one of its name.</summary>
    /// <param name="path">The file.</param>
    /// <param name="target">Every tensor that must be in it.</param>
    /// <param name="prefix">What stands before the names in the file; tensors without it are not this state's.</param>
    /// <exception cref="CheckpointException">Lists what is missing, left over or of another shape; nothing was changed.</exception>
    public static void Load(string path, IReadOnlyDictionary<string, Tensor> target, string prefix = "")
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        SafeTensorsFile file;
        try
        {
            file = SafeTensorsFile.Open(path);
        }
        catch (InvalidDataException e)
        {
            throw new CheckpointException(e.Message, e);
        }
        using (file)
        {
            var differences = Differences(file, target, prefix).ToArray();
            if (differences.Length > 0)
            {
                var rest = differences.Length > Listed ? $"; and {differences.Length - Listed} more" : "";
                throw new CheckpointException($"{path} does not fit: {string.Join("; ", differences.Take(Listed))}{rest}");
            }
            foreach (var (name, tensor) in target)
                tensor.copy_(file.Read(prefix + name));
        }
    }

    static IEnumerable<string> Differences(SafeTensorsFile file, IReadOnlyDictionary<string, Tensor> target, string prefix)
    {
        foreach (var (name, tensor) in target)
        {
            if (!file.Contains(prefix + name))
                yield return $"{name} is missing";
            else if (!file.Shape(prefix + name).SequenceEqual(tensor.shape))
                yield return $"{name} is [{string.Join(", ", file.Shape(prefix + name))}], [{string.Join(", ", tensor.shape)}] is needed";
        }
        foreach (var name in file.Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal) && !target.ContainsKey(n[prefix.Length..])))
            yield return $"{name[prefix.Length..]} is left over";
    }
}
