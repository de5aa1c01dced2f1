namespace Kanade.Cli;

/// <summary>Where something was written: in a file, or on the command line.</summary>
readonly record struct Place(string Source, long Line = 0, long Column = 0)
{
    public override string ToString() => Line == 0 ? Source : $"{Source}:{Line}:{Column}";
}

/// <summary>One value of a configuration as it was written, before anybody knows what it should be.</summary>
abstract class ConfigNode(Place place)
{
    public Place Place => place;
}

/// <summary>A value as written, without its quotes; what was quoted is a text, also where it looks like a number.</summary>
sealed class ScalarNode(Place place, string text, bool quoted) : ConfigNode(place)
{
    public string Text => text;

    public bool Quoted => quoted;

    public bool IsNull => !quoted && text is ("" or "~" or "null");
}

sealed class ListNode(Place place, List<ConfigNode> items) : ConfigNode(place)
{
    public List<ConfigNode> Items => items;
}

sealed class MapNode(Place place) : ConfigNode(place)
{
    public List<MapEntry> Entries { get; } = [];

    public MapEntry? Find(string key) => Entries.Find(entry => entry.Key == key);
}

sealed record MapEntry(string Key, Place KeyPlace, ConfigNode Value);
