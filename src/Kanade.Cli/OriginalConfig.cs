using System.Globalization;
using Kanade.Models;

namespace Kanade.Cli;

/// <summary>
/// A configuration as StyleTTS 2 and Tsukasa write it, keys as they are there. What is read of it is remembered, so that the rest can be listed.
/// </summary>
sealed class OriginalConfig
{
    // Nothing published comes near; a size beyond would only fill the memory.
    const int LargestNumber = 1 << 16;

    /// <summary>What the original's code never reads, or overwrites: changing it changes nothing there.</summary>
    static readonly string[] WithoutEffectThere =
    [
        "device", "log_interval", "preprocess_params.spect_params", "model_params.max_conv_dim", "model_params.decoder.gen_istft_window",
    ];

    readonly string _path;
    readonly MapNode _root;
    readonly HashSet<string> _read = [];

    OriginalConfig(string path, MapNode root) => (_path, _root) = (path, root);

    /// <exception cref="CheckpointException">Not readable, or not YAML.</exception>
    public static OriginalConfig Read(string path)
    {
        var problems = new List<string>();
        var root = ConfigTree.ReadFile(path, problems);
        if (problems.Count > 0)
            throw new CheckpointException(problems[0]);
        return root is MapNode map ? new OriginalConfig(path, map) : throw new CheckpointException($"{path}: not keys and values");
    }

    /// <summary>Whether a key is there.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>A whole number from 1 on.</summary>
    public int Int(string key, int? otherwise = null) => Find(key) is { } node
        ? node is ScalarNode { Text: var text } && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value is > 0 and <= LargestNumber
            ? value
            : throw Wrong(key, node, $"a whole number from 1 to {LargestNumber}")
        : otherwise ?? throw Missing(key);

    /// <summary>A number.</summary>
    public double Double(string key, double otherwise) => Find(key) is { } node
        ? node is ScalarNode { Text: var text } && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value
            : throw Wrong(key, node, "a number")
        : otherwise;

    /// <summary>A yes or no.</summary>
    public bool Bool(string key, bool otherwise) => Find(key) is { } node
        ? node is ScalarNode { Text: var text } && bool.TryParse(text, out var value) ? value : throw Wrong(key, node, "true or false")
        : otherwise;

    /// <summary>A word.</summary>
    public string Text(string key) => Find(key) is { } node
        ? node is ScalarNode { Text: var text } ? text : throw Wrong(key, node, "a word")
        : throw Missing(key);

    /// <summary>A list of whole numbers.</summary>
    public int[] Ints(string key) => Find(key) is { } node ? Ints(key, node) : throw Missing(key);

    /// <summary>A list of lists of whole numbers, all equal: the one list.</summary>
    public int[] EqualInts(string key)
    {
        var node = Find(key) ?? throw Missing(key);
        if (node is not ListNode { Items: { Count: > 0 } items })
            throw Wrong(key, node, "a list of lists");
        var lists = items.ConvertAll(item => Ints(key, item));
        return lists.TrueForAll(l => l.SequenceEqual(lists[0])) ? lists[0] : throw Wrong(key, node, "the same dilations for every kernel");
    }

    /// <summary>An error at a key.</summary>
    public CheckpointException Wrong(string key, string problem) => new($"{(Find(key) is { } node ? node.Place.ToString() : _path)}: {key}: {problem}");

    /// <summary>The keys that were not read: those without effect in the original, and those of training.</summary>
    public (IReadOnlyList<string> WithoutEffect, IReadOnlyList<string> OfTraining) Unread()
    {
        var unread = Leaves(_root, "").Where(k => !_read.Contains(k)).ToArray();
        bool IsWithoutEffect(string key) => WithoutEffectThere.Any(w => key == w || key.StartsWith(w + ".", StringComparison.Ordinal));
        return ([.. unread.Where(IsWithoutEffect)], [.. unread.Where(k => !IsWithoutEffect(k))]);
    }

    ConfigNode? Find(string key)
    {
        ConfigNode node = _root;
        foreach (var part in key.Split('.'))
        {
            if (node is not MapNode map || map.Find(part) is not { } entry)
                return null;
            node = entry.Value;
        }
        _read.Add(key);
        return node is ScalarNode { IsNull: true } ? null : node;
    }

    static int[] Ints(string key, ConfigNode node) => node is ListNode { Items: { Count: > 0 and <= 64 } items }
        ? [.. items.Select(i => i is ScalarNode { Text: var text } && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value is > 0 and <= LargestNumber
            ? value
            : throw Wrong(key, i, "whole numbers"))]
        : throw Wrong(key, node, "a list of whole numbers");

    static IEnumerable<string> Leaves(MapNode map, string prefix) => map.Entries.SelectMany(entry => entry.Value is MapNode inner
        ? Leaves(inner, $"{prefix}{entry.Key}.")
        : [prefix + entry.Key]);

    CheckpointException Missing(string key) => new($"{_path}: {key}: missing; give the configuration that the checkpoint was trained with");

    static CheckpointException Wrong(string key, ConfigNode node, string expected) => new($"{node.Place}: {key}: expected {expected}");
}
