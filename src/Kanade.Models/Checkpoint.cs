using System.Security.Cryptography;
using System.Text.Json;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Models;

/// <summary>
/// A folder <c>step-00001234</c>: one safetensors file a network or optimiser, <c>state.json</c>, and <c>manifest.json</c> with
/// the SHA-256 of each. Written beside, flushed, renamed; <c>latest</c> in the run folder names the last complete one, <c>best</c> the one
/// with the lowest validation score of the last phase that had one.
/// </summary>
public sealed class Checkpoint
{
    const string StateFile = "state.json", ManifestFile = "manifest.json", LatestFile = "latest", BestFile = "best",
        Extension = ".safetensors";

    /// <summary>The part with the averaged weights of every network that has them, as <c>network.parameter</c>.</summary>
    public const string AverageFile = "average";

    const string Remedy = "if this folder is deleted, its run goes on from the checkpoint before it";

    Checkpoint(string folder, CheckpointState state) => (Folder, State) = (folder, state);

    /// <summary>Where it lies.</summary>
    public string Folder { get; }

    /// <summary>Where the run stood.</summary>
    public CheckpointState State { get; }

    /// <summary>SHA-256 of its manifest, which holds that of every other file: what names the checkpoint, wherever it lies.</summary>
    public string ManifestHash => Hash(Path.Combine(Folder, ManifestFile));

    /// <summary>The names of its files of tensors, without their extension.</summary>
    public IEnumerable<string> Parts => Directory.GetFiles(Folder, "*" + Extension).Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal);

    /// <summary>Writes a checkpoint, points <c>latest</c> at it and removes those no longer kept.</summary>
    /// <param name="runFolder">The run's folder.</param>
    /// <param name="state">Where the run stands.</param>
    /// <param name="parts">Tensors by file and name.</param>
    /// <param name="keep">How many of the last to keep; the best is kept besides.</param>
    /// <returns>The new folder.</returns>
    /// <exception cref="IOException">It could not be written whole; nothing of it is left and the earlier ones are untouched.</exception>
    public static string Write(string runFolder, CheckpointState state, IReadOnlyDictionary<string, IReadOnlyDictionary<string, Tensor>> parts, int keep)
    {
        Directory.CreateDirectory(runFolder);
        var name = $"step-{state.Step:D8}";
        var folder = Path.Combine(runFolder, name);
        var beside = Path.Combine(runFolder, $".{name}.{Environment.ProcessId}.tmp");
        try
        {
            Directory.CreateDirectory(beside);
            foreach (var (part, tensors) in parts)
                SafeTensors.Write(Path.Combine(beside, part + Extension), tensors);
            WriteFlushed(Path.Combine(beside, StateFile), JsonSerializer.SerializeToUtf8Bytes(state, CheckpointState.Json));
            var hashes = Directory.GetFiles(beside).Order(StringComparer.Ordinal).ToDictionary(f => Path.GetFileName(f), Hash);
            WriteFlushed(Path.Combine(beside, ManifestFile), JsonSerializer.SerializeToUtf8Bytes(hashes, CheckpointState.Json));
            if (Directory.Exists(folder))
                Directory.Delete(folder, true);
            Directory.Move(beside, folder);
        }
        finally
        {
            if (Directory.Exists(beside))
                Directory.Delete(beside, true);
        }
        Point(runFolder, LatestFile, name);
        if (state.BestStep == state.Step && state.BestScore is not null)
            Point(runFolder, BestFile, name);
        Prune(runFolder, state.BestStep, keep);
        return folder;
    }

    /// <summary>Whether a run folder holds a checkpoint.</summary>
    public static bool Exists(string runFolder) => File.Exists(Path.Combine(runFolder, LatestFile)) || Newest(runFolder) is not null;

    /// <summary>Opens the checkpoint of a run that scored best, or the last one where none is marked as the best; another by its own folder
    /// or as <c>run/latest</c>.</summary>
    /// <inheritdoc cref="Open"/>
    public static Checkpoint OpenBest(string path, string? stage = null) =>
        Open(File.Exists(Path.Combine(path, BestFile)) && Named(path, BestFile) is { } best ? best : path, stage);

    /// <summary>Opens a run's last checkpoint, or one by its own folder, and checks every file's SHA-256.</summary>
    /// <param name="path">A run folder, a checkpoint folder, or a run's <c>latest</c> or <c>best</c>.</param>
    /// <param name="stage">The stage that must have made it.</param>
    /// <exception cref="CheckpointException">There is none, it is incomplete or damaged, or another stage's.</exception>
    public static Checkpoint Open(string path, string? stage = null)
    {
        var folder = Locate(path);
        var manifest = Parse<Dictionary<string, string>>(folder, ManifestFile);
        foreach (var (file, hash) in manifest)
        {
            var full = Path.Combine(folder, file);
            if (!File.Exists(full))
                throw new CheckpointException($"{folder}: {file} is missing; {Remedy}");
            if (Hash(full) != hash)
                throw new CheckpointException($"{full}: damaged (its SHA-256 is not the manifest's); {Remedy}");
        }
        var state = Parse<CheckpointState>(folder, StateFile);
        if (stage is not null && state.Stage != stage)
            throw new CheckpointException($"{folder}: a checkpoint of the stage '{state.Stage}', but '{stage}' is needed here");
        return new Checkpoint(folder, state);
    }

    /// <summary>Where the run of a folder stood, by the checkpoint that <see cref="Open"/> would open, whose other files are not looked
    /// at.</summary>
    /// <exception cref="CheckpointException">There is none, or it does not say.</exception>
    public static CheckpointState StateOf(string path) => Parse<CheckpointState>(Locate(path), StateFile);

    /// <summary>The sizes that a network was built from.</summary>
    /// <exception cref="CheckpointException">The checkpoint has no such network.</exception>
    public T Sizes<T>(string network)
    {
        if (!State.Networks.TryGetValue(network, out var sizes))
            throw new CheckpointException($"{Folder}: holds no network '{network}'");
        return sizes.Deserialize<T>(CheckpointState.Json) ?? throw new CheckpointException($"{Folder}: {StateFile}: networks.{network} is null");
    }

    /// <summary>Copies a network's weights in, strictly by name and shape.</summary>
    /// <exception cref="CheckpointException">Lists every name that is missing, left over or of another shape; nothing was
    /// changed.</exception>
    public void Load(string part, nn.Module module) => Load(part, module.state_dict());

    /// <summary>Copies an optimiser's moments in, strictly by name and shape.</summary>
    /// <exception cref="CheckpointException">Lists every difference; nothing was changed.</exception>
    public void Load(string part, FusedAdamW optimiser) => Load(part, optimiser.State());

    /// <summary>Copies tensors in, strictly by name and shape.</summary>
    /// <exception cref="CheckpointException">Lists every difference; nothing was changed.</exception>
    public void Load(string part, IReadOnlyDictionary<string, Tensor> target)
    {
        var path = Path.Combine(Folder, part + Extension);
        if (!File.Exists(path))
            throw new CheckpointException($"{Folder}: holds no '{part}'");
        StrictState.Load(path, target);
    }

    /// <summary>Copies a network's weights in as a voice has them: averaged over the last steps where the run did so (EMA), otherwise as
    /// they are.</summary>
    /// <exception cref="CheckpointException">Lists every difference; nothing was changed.</exception>
    public void LoadAveraged(string network, nn.Module module)
    {
        var path = Path.Combine(Folder, AverageFile + Extension);
        if (File.Exists(path) && State.Averaged?.Contains(network) == true)
            StrictState.Load(path, module.state_dict(), network + ".");
        else
            Load(network, module);
    }

    /// <summary>Whether it holds a network's weights.</summary>
    public bool Has(string network) => State.Networks.ContainsKey(network) && File.Exists(Path.Combine(Folder, network + Extension));

    static void Point(string runFolder, string pointer, string name)
    {
        var beside = Path.Combine(runFolder, $".{pointer}.{Environment.ProcessId}.tmp");
        WriteFlushed(beside, System.Text.Encoding.UTF8.GetBytes(name + "\n"));
        File.Move(beside, Path.Combine(runFolder, pointer), overwrite: true);
    }

    /// <summary>The folder that a pointer names; null where it is not there.</summary>
    static string? Named(string runFolder, string pointer) =>
        Path.Combine(runFolder, File.ReadAllText(Path.Combine(runFolder, pointer)).Trim()) is var folder && Directory.Exists(folder)
            ? folder : null;

    static string Locate(string path)
    {
        if (File.Exists(path) && Path.GetFileName(path) is LatestFile or BestFile)
            path = Named(Path.GetDirectoryName(Path.GetFullPath(path))!, Path.GetFileName(path))
                ?? throw new CheckpointException($"{path}: names a checkpoint that is not there");
        if (!Directory.Exists(path))
            throw new CheckpointException($"{path}: no such folder; give a run folder or one of its checkpoints");
        var latest = Path.Combine(path, LatestFile);
        var named = File.Exists(latest) ? Path.Combine(path, File.ReadAllText(latest).Trim()) : path;
        var folder = named != path && Directory.Exists(named) ? named : Newest(path) ?? named;
        if (!File.Exists(Path.Combine(folder, ManifestFile)))
            throw new CheckpointException($"{folder}: no checkpoint here ({ManifestFile} is missing)");
        return folder;
    }

    static T Parse<T>(string folder, string file)
    {
        var path = Path.Combine(folder, file);
        if (!File.Exists(path))
            throw new CheckpointException($"{folder}: {file} is missing; {Remedy}");
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), CheckpointState.Json)
                ?? throw new CheckpointException($"{path}: empty");
        }
        catch (JsonException e)
        {
            throw new CheckpointException($"{path}: not what Kanade writes ({e.Message.ReplaceLineEndings(" ")})", e);
        }
    }

    static void Prune(string runFolder, long bestStep, int keep)
    {
        var best = $"step-{bestStep:D8}";
        foreach (var old in Steps(runFolder).Skip(keep).Where(folder => Path.GetFileName(folder) != best))
            Directory.Delete(old, true);
    }

    /// <summary>The last checkpoint by its number, each of which is whole: what a run goes on from that was killed before it wrote
    /// 'latest', that lost it, or whose 'latest' names one that was deleted.</summary>
    static string? Newest(string runFolder) => Directory.Exists(runFolder) ? Steps(runFolder).FirstOrDefault() : null;

    static IEnumerable<string> Steps(string runFolder) => Directory.GetDirectories(runFolder, "step-*").OrderDescending(StringComparer.Ordinal);

    static void WriteFlushed(string path, byte[] bytes)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write);
        file.Write(bytes);
        file.Flush(flushToDisk: true);
    }

    static string Hash(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
