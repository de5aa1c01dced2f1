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
    readonly Func<string, Exception> _failure;
    readonly HashSet<string> _read = [];

    OriginalConfig(string path, MapNode root, Func<string, Exception> failure) => (_path, _root, _failure) = (path, root, failure);

    /// <summary>Reads a configuration that a checkpoint was trained with.</summary>
    /// <exception cref="CheckpointException">Not readable, or not YAML; later, a key that is missing or wrong.</exception>
    public static OriginalConfig Read(string path) => Read(path, message => new CheckpointException(message));

    /// <summary>Reads a configuration.</summary>
    /// <param name="path">The YAML file.</param>
    /// <param name="failure">Makes the exception for what is wrong with it, now or when a key is asked for.</param>
    public static OriginalConfig Read(string path, Func<string, Exception> failure)
    {
        var problems = new List<string>();
        var root = ConfigTree.ReadFile(path, problems);
        if (problems.Count > 0)
            throw failure(problems[0]);
        return root is MapNode map ? new OriginalConfig(path, map, failure) : throw failure($"{path}: not keys and values");
    }

    /// <summary>The file.</summary>
    public string Path => _path;

    /// <summary>The value of a key as it was written; null where it is not there or null.</summary>
    public ConfigNode? Node(string key) => Find(key);

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
    public Exception Wrong(string key, string problem) =>
        _failure($"{(Find(key) is { } node ? node.Place.ToString() : _path)}: {key}: {problem}");

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

    int[] Ints(string key, ConfigNode node) => node is ListNode { Items: { Count: > 0 and <= 64 } items }
        ? [.. items.Select(i => i is ScalarNode { Text: var text } && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value is > 0 and <= LargestNumber
            ? value
            : throw Wrong(key, i, "whole numbers"))]
        : throw Wrong(key, node, "a list of whole numbers");

    static IEnumerable<string> Leaves(MapNode map, string prefix) => map.Entries.SelectMany(entry => entry.Value is MapNode inner
        ? Leaves(inner, $"{prefix}{entry.Key}.")
        : [prefix + entry.Key]);

    Exception Missing(string key) => _failure($"{_path}: {key}: missing; give the whole configuration that was trained with");

    Exception Wrong(string key, ConfigNode node, string expected) => _failure($"{node.Place}: {key}: expected {expected}");
}
