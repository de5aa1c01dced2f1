using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Kanade.Cli;

/// <summary>YAML text to <see cref="ConfigNode"/>s. Built from parser events, so that every node and key keeps its own place.</summary>
sealed class ConfigTree
{
    // No configuration is nested deeper, and recursion must have an end.
    const int DeepestNesting = 64;

    readonly Parser _parser;
    readonly string _source;
    readonly bool _hasLines;
    readonly List<string> _problems;
    readonly Dictionary<AnchorName, ConfigNode> _anchors = [];

    ConfigTree(string yaml, string source, bool hasLines, List<string> problems)
    {
        _parser = new Parser(new StringReader(yaml));
        (_source, _hasLines, _problems) = (source, hasLines, problems);
    }

    /// <summary>Reads a file; null where it cannot be read at all, and then the problems say why.</summary>
    public static ConfigNode? ReadFile(string path, List<string> problems)
    {
        try
        {
            return Parse(File.ReadAllText(path), path, hasLines: true, problems);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            problems.Add(unreadable is FileNotFoundException or DirectoryNotFoundException
                ? $"{path}: no such file"
                : $"{path}: {unreadable.Message}");
            return null;
        }
    }

    /// <summary>Reads the value of an override; <paramref name="source"/> stands for its place.</summary>
    public static ConfigNode? ParseValue(string yaml, string source, List<string> problems) =>
        yaml.Length == 0 ? new ScalarNode(new Place(source), "", quoted: false) : Parse(yaml, source, hasLines: false, problems);

    static ConfigNode? Parse(string yaml, string source, bool hasLines, List<string> problems)
    {
        var tree = new ConfigTree(yaml, source, hasLines, problems);
        try
        {
            tree._parser.Consume<StreamStart>();
            if (tree._parser.Accept<StreamEnd>(out _))
            {
                problems.Add($"{source}: the file is empty");
                return null;
            }
            tree._parser.Consume<DocumentStart>();
            var root = tree.Read(depth: 0);
            tree._parser.Consume<DocumentEnd>();
            if (!tree._parser.Accept<StreamEnd>(out _))
                problems.Add($"{tree.PlaceOf(tree._parser.Current!.Start)}: a second document begins here; a configuration is one");
            return root;
        }
        catch (YamlException malformed)
        {
            problems.Add($"{tree.PlaceOf(malformed.Start)}: not YAML: {FirstSentence(malformed)}");
        }
        catch (InvalidOperationException malformed)   // what the parser throws for some malformed flow sequences
        {
            problems.Add($"{source}: not YAML: {FirstSentence(malformed)}");
        }
        return null;
    }

    ConfigNode Read(int depth)
    {
        if (depth > DeepestNesting)
            throw new YamlException(_parser.Current!.Start, _parser.Current.End, $"nested deeper than {DeepestNesting}");
        if (_parser.TryConsume<AnchorAlias>(out var alias))
            return _anchors.GetValueOrDefault(alias.Value) ?? throw new YamlException(alias.Start, alias.End, $"*{alias.Value} stands for nothing");

        ConfigNode node;
        var first = (NodeEvent)_parser.Current!;
        var place = PlaceOf(first.Start);
        if (_parser.TryConsume<Scalar>(out var scalar))
        {
            node = new ScalarNode(place, scalar.Value, scalar.Style is not (ScalarStyle.Plain or ScalarStyle.Any));
        }
        else if (_parser.TryConsume<SequenceStart>(out _))
        {
            var items = new List<ConfigNode>();
            while (!_parser.TryConsume<SequenceEnd>(out _))
                items.Add(Read(depth + 1));
            node = new ListNode(place, items);
        }
        else
        {
            node = ReadMap(place, depth);
        }
        if (!first.Anchor.IsEmpty)
            _anchors[first.Anchor] = node;
        return node;
    }

    MapNode ReadMap(Place place, int depth)
    {
        _parser.Consume<MappingStart>();
        var map = new MapNode(place);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (!_parser.TryConsume<Scalar>(out var key))
                throw new YamlException(_parser.Current!.Start, _parser.Current.End, "a key must be a word");
            var keyPlace = PlaceOf(key.Start);
            var value = Read(depth + 1);
            if (map.Find(key.Value) is { } earlier)
                _problems.Add($"{keyPlace}: {key.Value}: written twice, first at {earlier.KeyPlace}");
            else
                map.Entries.Add(new MapEntry(key.Value, keyPlace, value));
        }
        return map;
    }

    Place PlaceOf(Mark mark) => _hasLines ? new Place(_source, mark.Line, mark.Column) : new Place(_source);

    static string FirstSentence(Exception malformed) => malformed.Message.Split('\n')[0].TrimEnd('.', '\r');
}
