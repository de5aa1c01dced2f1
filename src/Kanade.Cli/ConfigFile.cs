using System.Globalization;

namespace Kanade.Cli;

/// <summary>
/// A configuration read from YAML, with overrides, checked whole before anything begins. Its top-level key <c>kind</c> says which record it is.
/// </summary>
/// <param name="Kind">One of <see cref="ConfigKinds"/>.</param>
/// <param name="Value">The record.</param>
sealed record ConfigFile(string Kind, object Value)
{
    const string KindKey = "kind";

    /// <summary>Reads the configuration of a verb that knows what it wants.</summary>
    /// <param name="kind">The kind that the file must be of.</param>
    /// <param name="path">The YAML file.</param>
    /// <param name="overrides">Each <c>key.path=value</c>, the value being YAML.</param>
    /// <exception cref="ConfigurationException">With every problem of the file and the overrides.</exception>
    public static T Read<T>(string kind, string path, IReadOnlyList<string> overrides) where T : class =>
        (T)Read(path, overrides, ConfigKinds.All, kind).Value;

    /// <summary>Reads a file of any kind.</summary>
    /// <exception cref="ConfigurationException">With every problem of the file and the overrides.</exception>
    public static ConfigFile Read(string path, IReadOnlyList<string> overrides) => Read(path, overrides, ConfigKinds.All, expected: null);

    /// <summary>A kind's configuration where the user gives no file: every default, and the overrides.</summary>
    public static T Default<T>(string kind, IReadOnlyList<string> overrides) where T : class
    {
        var problems = new List<string>();
        var root = new MapNode(new Place($"kind {kind}, defaults"));
        ApplyOverrides(root, overrides, problems);
        return (T)(new ConfigBinder(problems).BindRoot(root, ConfigKinds.All[kind], KindKey) ?? throw new ConfigurationException(problems));
    }

    internal static ConfigFile Read(string path, IReadOnlyList<string> overrides, IReadOnlyDictionary<string, Type> kinds, string? expected)
    {
        var problems = new List<string>();
        var root = ConfigTree.ReadFile(path, problems) ?? throw new ConfigurationException(problems);
        if (root is not MapNode map)
            throw new ConfigurationException([.. problems, $"{root.Place}: a configuration is keys and values"]);
        ApplyOverrides(map, overrides, problems);

        var kind = KindOf(map, kinds, expected, problems);
        if (kind is null)
            throw new ConfigurationException(problems);
        var value = new ConfigBinder(problems).BindRoot(map, kinds[kind], KindKey);
        return value is null || problems.Count > 0 ? throw new ConfigurationException(problems) : new ConfigFile(kind, value);
    }

    static string? KindOf(MapNode map, IReadOnlyDictionary<string, Type> kinds, string? expected, List<string> problems)
    {
        var known = string.Join(", ", kinds.Keys.Order(StringComparer.Ordinal));
        if (map.Find(KindKey) is not { } entry)
        {
            problems.Add($"{map.Place}: {KindKey}: missing; expected {(expected is null ? $"one of {known}" : $"'{KindKey}: {expected}'")}");
            return null;
        }
        var written = (entry.Value as ScalarNode)?.Text ?? "";
        if (kinds.ContainsKey(written) && (expected is null || written == expected))
            return written;
        var suggestion = NearestName.In(kinds.Keys, written) is { } name && !kinds.ContainsKey(written) ? $"; did you mean '{name}'?" : "";
        problems.Add(kinds.ContainsKey(written)
            ? $"{entry.Value.Place}: {KindKey}: this verb reads a file of kind '{expected}', not '{written}'"
            : $"{entry.Value.Place}: {KindKey}: expected one of {known}, found '{written}'{suggestion}");
        return null;
    }

    static void ApplyOverrides(MapNode root, IReadOnlyList<string> overrides, List<string> problems)
    {
        foreach (var text in overrides)
        {
            var source = $"-o {text}";
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
                problems.Add($"{source}: expected key.path=value");
            else if (ConfigTree.ParseValue(text[(equals + 1)..], source, problems) is { } value)
                Override(root, text[..equals].Split('.'), value, problems);
        }
    }

    static void Override(MapNode root, string[] path, ConfigNode value, List<string> problems)
    {
        var map = root;
        for (var i = 0; i < path.Length - 1; i++)
        {
            if (map.Find(path[i]) is not { } entry)
                map.Entries.Add(entry = new MapEntry(path[i], value.Place, new MapNode(value.Place)));
            if (entry.Value is ListNode list)
            {
                OverrideItem(list, path[(i + 1)..], value, problems);
                return;
            }
            if (entry.Value is not MapNode inner)
            {
                inner = new MapNode(value.Place);   // was null or a plain value: the binder says whether keys may stand there
                map.Entries[map.Entries.IndexOf(entry)] = entry with { Value = inner };
            }
            map = inner;
        }
        map.Entries.RemoveAll(entry => entry.Key == path[^1]);
        map.Entries.Add(new MapEntry(path[^1], value.Place, value));
    }

    static void OverrideItem(ListNode list, string[] path, ConfigNode value, List<string> problems)
    {
        if (!int.TryParse(path[0], NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index >= list.Items.Count)
            problems.Add($"{value.Place}: '{path[0]}' is not the number of an item; the list has {list.Items.Count}, counted from 0");
        else if (path.Length == 1)
            list.Items[index] = value;
        else if (list.Items[index] is MapNode map)
            Override(map, path[1..], value, problems);
        else
            problems.Add($"{value.Place}: item {index} has no keys");
    }
}
