using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Kanade.Cli;

/// <summary>
/// A configuration as YAML with every default written out: what <c>config show</c> prints and what a run keeps beside its results.
/// Reading it back gives an equal configuration.
/// </summary>
static partial class ConfigWriter
{
    public static string ToYaml(ConfigFile config)
    {
        var yaml = new StringBuilder();
        yaml.Append(CultureInfo.InvariantCulture, $"kind: {config.Kind}\n");
        WriteRecord(yaml, config.Value, indent: 0);
        return yaml.ToString();
    }

    /// <summary>The same keys and values, for JSON.</summary>
    public static void ToJson(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case bool flag: json.WriteBooleanValue(flag); break;
            case int number: json.WriteNumberValue(number); break;
            case long number: json.WriteNumberValue(number); break;
            case float number: json.WriteNumberValue(number); break;
            case double number: json.WriteNumberValue(number); break;
            case string text: json.WriteStringValue(text); break;
            case Enum name: json.WriteStringValue(ConfigRecord.NameOf(name.ToString())); break;
            case IDictionary entries:
                json.WriteStartObject();
                foreach (DictionaryEntry entry in entries)
                {
                    json.WritePropertyName((string)entry.Key);
                    ToJson(json, entry.Value);
                }
                json.WriteEndObject();
                break;
            case IEnumerable items:
                json.WriteStartArray();
                foreach (var item in items)
                    ToJson(json, item);
                json.WriteEndArray();
                break;
            default:
                json.WriteStartObject();
                foreach (var key in ConfigRecord.Of(value.GetType()).Keys)
                {
                    json.WritePropertyName(key.Name);
                    ToJson(json, key.Property.GetValue(value));
                }
                json.WriteEndObject();
                break;
        }
    }

    static void WriteRecord(StringBuilder yaml, object record, int indent)
    {
        foreach (var key in ConfigRecord.Of(record.GetType()).Keys)
            WriteEntry(yaml, key.Name, key.Property.GetValue(record), indent);
    }

    static void WriteEntry(StringBuilder yaml, string key, object? value, int indent)
    {
        yaml.Append(' ', indent).Append(key).Append(':');
        switch (value)
        {
            case IDictionary { Count: > 0 } entries:
                yaml.Append('\n');
                foreach (DictionaryEntry entry in entries)
                    WriteEntry(yaml, Text((string)entry.Key), entry.Value, indent + 2);
                break;
            case IDictionary:
                yaml.Append(" {}\n");
                break;
            case not null when ConfigRecord.Is(value.GetType()):
                yaml.Append('\n');
                WriteRecord(yaml, value, indent + 2);
                break;
            case IEnumerable items and not string when items.Cast<object?>().Any(item => item is not null && ConfigRecord.Is(item.GetType())):
                yaml.Append('\n');
                foreach (var item in items)
                    WriteItem(yaml, item!, indent + 2);
                break;
            default:
                yaml.Append(' ').Append(Flow(value)).Append('\n');
                break;
        }
    }

    /// <summary>A record in a list: its keys, the first one after the dash.</summary>
    static void WriteItem(StringBuilder yaml, object item, int indent)
    {
        var start = yaml.Length;
        WriteRecord(yaml, item, indent + 2);
        yaml[start + indent] = '-';
    }

    static string Flow(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        string text => Text(text),
        Enum name => ConfigRecord.NameOf(name.ToString()),
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Flow))}]",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new ArgumentException($"a configuration cannot hold a {value.GetType().Name}"),
    };

    /// <summary>A text as a plain YAML word where it can only be read as one, else in double quotes (JSON's escapes are YAML's).</summary>
    static string Text(string text) => PlainWord().IsMatch(text) && text is not ("true" or "false" or "null")
        ? text
        : JsonSerializer.Serialize(text);

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_./-]*$")]
    private static partial Regex PlainWord();
}
