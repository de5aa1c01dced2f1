using System.Collections;
using System.Globalization;
using System.Reflection;

namespace Kanade.Cli;

/// <summary>
/// Binds what was written to immutable records and collects every problem on the way: unknown, missing and mistyped keys, and what a
/// record's own <c>public IEnumerable&lt;(string Key, string Problem)&gt; Check()</c> says about keys that must fit each other. The method is
/// found by its shape, so that records live beside what they configure and know nothing of this program.
/// </summary>
sealed class ConfigBinder(List<string> problems)
{
    /// <summary>Stands for a value that could not be bound; its problem has been written down.</summary>
    static readonly object Unbound = new();

    /// <summary>Binds a whole file; null where anything is wrong with it. <paramref name="ignored"/> is a top-level key that belongs to no record.</summary>
    public object? BindRoot(ConfigNode root, Type type, string? ignored)
    {
        var before = problems.Count;
        var bound = Bind(root, type, path: "", ignored);
        return problems.Count == before ? bound : null;
    }

    object? Bind(ConfigNode node, Type type, string path, string? ignored = null)
    {
        if (type == typeof(string))
            return node is ScalarNode { IsNull: false } scalar ? scalar.Text : Mistyped(node, type, path);
        if (ConfigRecord.ValueOf(type) is { } valueType)
            return BindDictionary(node, type, valueType, path);
        if (ConfigRecord.ItemOf(type) is { } itemType)
            return BindList(node, type, itemType, path);
        if (ConfigRecord.Is(type))
            return BindRecord(node, type, path, ignored);
        return BindPlain(node, type, path);
    }

    object? BindPlain(ConfigNode node, Type type, string path)
    {
        if (node is not ScalarNode { Quoted: false, Text: var text })
            return Mistyped(node, type, path);
        object? value = type switch
        {
            _ when type == typeof(bool) => text switch { "true" => true, "false" => false, _ => null },
            _ when type == typeof(int) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null,
            _ when type == typeof(long) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null,
            _ when type == typeof(double) => Finite(text),
            _ when type == typeof(float) => Finite(text) is { } number ? (float)number : null,
            { IsEnum: true } => type.GetEnumNames().FirstOrDefault(name => ConfigRecord.NameOf(name) == text) is { } name ? Enum.Parse(type, name) : null,
            _ => throw new ArgumentException($"{path}: a configuration cannot hold a {type.Name}"),
        };
        return value ?? Mistyped(node, type, path);
    }

    object? BindList(ConfigNode node, Type type, Type itemType, string path)
    {
        if (node is not ListNode list)
            return Mistyped(node, type, path);
        var items = Array.CreateInstance(itemType, list.Items.Count);
        var complete = true;
        for (var i = 0; i < list.Items.Count; i++)
        {
            var item = Bind(list.Items[i], itemType, $"{path}[{i}]");
            if (item == Unbound)
                complete = false;
            else
                items.SetValue(item, i);
        }
        if (!complete)
            return Unbound;
        return type.IsInstanceOfType(items) ? items : Activator.CreateInstance(type, items);
    }

    object? BindDictionary(ConfigNode node, Type type, Type valueType, string path)
    {
        if (node is not MapNode map)
            return Mistyped(node, type, path);
        var bound = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), valueType))!;
        var complete = true;
        foreach (var entry in map.Entries)
        {
            var value = Bind(entry.Value, valueType, Join(path, entry.Key));
            if (value == Unbound)
                complete = false;
            else
                bound[entry.Key] = value;
        }
        return complete ? bound : Unbound;
    }

    object? BindRecord(ConfigNode node, Type type, string path, string? ignored)
    {
        if (node is not MapNode map)
            return Mistyped(node, type, path);
        var record = ConfigRecord.Of(type);
        var before = problems.Count;
        foreach (var entry in map.Entries.Where(entry => entry.Key != ignored && record.Keys.All(key => key.Name != entry.Key)))
            Add(entry.KeyPlace, Join(path, entry.Key), "unknown key" + Suggestion(record.Keys.Select(key => key.Name), entry.Key));

        var arguments = new List<object?>();
        var settings = new List<(PropertyInfo Property, object? Value)>();
        foreach (var key in record.Keys)
        {
            var value = BindKey(map, key, path);
            if (key.Parameter is not null)
                arguments.Add(value);
            else if (map.Find(key.Name) is not null)
                settings.Add((key.Property, value));
        }
        if (problems.Count > before)
            return Unbound;
        try
        {
            var bound = record.Constructor.Invoke([.. arguments]);
            foreach (var (property, value) in settings)
                property.SetValue(bound, value);
            Check(bound, map, path);
            return problems.Count > before ? Unbound : bound;
        }
        catch (TargetInvocationException refused) when (refused.InnerException is ArgumentException problem)
        {
            var key = record.Keys.FirstOrDefault(key => key.Parameter?.Name == problem.ParamName)?.Name ?? "";
            Add(map.Find(key)?.KeyPlace ?? map.Place, Join(path, key), problem.Message.Split('\n')[0]);
            return Unbound;
        }
    }

    object? BindKey(MapNode map, ConfigKey key, string path)
    {
        var keyPath = Join(path, key.Name);
        if (map.Find(key.Name) is { } entry)
        {
            if (entry.Value is ScalarNode { IsNull: true } && key.MayBeNull)
                return null;
            return Bind(entry.Value, key.Type, keyPath);
        }
        if (key.IsOptional)
            return key.Default;
        if (ConfigRecord.Is(key.Type) && ConfigRecord.Of(key.Type).Keys.All(inner => inner.IsOptional))
            return Bind(new MapNode(map.Place), key.Type, keyPath);
        Add(map.Place, keyPath, $"missing; expected {ConfigRecord.Describe(key.Type)}");
        return Unbound;
    }

    void Check(object bound, MapNode map, string path)
    {
        var check = bound.GetType().GetMethod("Check", BindingFlags.Public | BindingFlags.Instance, Type.EmptyTypes);
        if (check?.Invoke(bound, null) is not IEnumerable<(string Key, string Problem)> found)
            return;
        foreach (var (property, problem) in found)
        {
            var key = ConfigRecord.NameOf(property);
            Add(PlaceOf(map, key), Join(path, key), problem);
        }
    }

    /// <summary>Where a dotted key was written, or the nearest place around it that was.</summary>
    static Place PlaceOf(MapNode map, string key)
    {
        var place = map.Place;
        ConfigNode current = map;
        foreach (var part in key.Split('.'))
        {
            if (current is not MapNode inner || inner.Find(part) is not { } entry)
                return place;
            (place, current) = (entry.KeyPlace, entry.Value);
        }
        return place;
    }

    object Mistyped(ConfigNode node, Type type, string path)
    {
        var found = node switch
        {
            ScalarNode { IsNull: true } => "nothing",
            ScalarNode { Quoted: true } scalar => $"the text \"{scalar.Text}\"",
            ScalarNode scalar => $"'{scalar.Text}'",
            ListNode => "a list",
            _ => "keys",
        };
        var suggestion = type.IsEnum && node is ScalarNode { Text: var text } ? Suggestion(type.GetEnumNames().Select(ConfigRecord.NameOf), text) : "";
        Add(node.Place, path, $"expected {ConfigRecord.Describe(type)}, found {found}{suggestion}");
        return Unbound;
    }

    void Add(Place place, string path, string problem) =>
        problems.Add(path.Length == 0 ? $"{place}: {problem}" : $"{place}: {path}: {problem}");

    static string Suggestion(IEnumerable<string> names, string written) =>
        NearestName.In(names, written) is { } name ? $"; did you mean '{name}'?" : "";

    static string Join(string path, string key) => path.Length == 0 ? key : key.Length == 0 ? path : $"{path}.{key}";

    static double? Finite(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
}
