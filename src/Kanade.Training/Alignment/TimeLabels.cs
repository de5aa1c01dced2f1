using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Kanade.Training;

/// <summary>Times as files: HTK labels (read), Praat's TextGrid and JSON (written).</summary>
public static class TimeLabels
{
    const double HtkUnitsASecond = 1e7;

    /// <summary>Reads an HTK label file: start and end in 100 ns, and a phone or a full-context label, of which the phone is taken.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">A line is no label.</exception>
    public static IReadOnlyList<TimedPhone> ReadHtk(string path)
    {
        var phones = new List<TimedPhone>();
        foreach (var (number, line) in File.ReadLines(path).Index())
        {
            if (string.IsNullOrWhiteSpace(line))
                continue;
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var start, var end, var label, ..]
                || !long.TryParse(start, CultureInfo.InvariantCulture, out var from) || !long.TryParse(end, CultureInfo.InvariantCulture, out var to))
                throw new InvalidDataException($"{path}:{number + 1}: not an HTK label (start end phone): '{line}'");
            var (minus, plus) = (label.IndexOf('-', StringComparison.Ordinal), label.IndexOf('+', StringComparison.Ordinal));
            phones.Add(new TimedPhone(minus >= 0 && plus > minus ? label[(minus + 1)..plus] : label, "", from / HtkUnitsASecond, to / HtkUnitsASecond));
        }
        return phones;
    }

    /// <summary>The same times on a clock that starts later.</summary>
    public static IReadOnlyList<TimedPhone> Shift(IReadOnlyList<TimedPhone> phones, double seconds) =>
        [.. phones.Select(p => p with { StartSeconds = p.StartSeconds + seconds, EndSeconds = p.EndSeconds + seconds })];

    /// <summary>A TextGrid with a tier of phones and one of symbols; pauses are empty intervals.</summary>
    public static string TextGrid(TimedSpeech speech)
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(FormattableString.Invariant(line)).Append('\n');
        Line($"File type = \"ooTextFile\"");
        Line($"Object class = \"TextGrid\"");
        Line($"");
        Line($"xmin = 0");
        Line($"xmax = {speech.Seconds:R}");
        Line($"tiers? <exists>");
        Line($"size = 2");
        Line($"item []:");
        foreach (var (number, tier, of) in new (int, string, Func<TimedPhone, string>)[]
            { (1, "phones", p => p.Phone == "pau" ? "" : p.Phone), (2, "symbols", p => p.Symbols) })
        {
            Line($"    item [{number}]:");
            Line($"        class = \"IntervalTier\"");
            Line($"        name = \"{tier}\"");
            Line($"        xmin = 0");
            Line($"        xmax = {speech.Seconds:R}");
            Line($"        intervals: size = {speech.Phones.Count}");
            foreach (var (i, phone) in speech.Phones.Index())
            {
                Line($"        intervals [{i + 1}]:");
                Line($"            xmin = {phone.StartSeconds:R}");
                Line($"            xmax = {phone.EndSeconds:R}");
                Line($"            text = \"{of(phone).Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
            }
        }
        return text.ToString();
    }

    /// <summary>One JSON object: id, text, seconds, confidence, phone_error, phones (phone, symbols, start, end in seconds).</summary>
    public static void WriteJson(Utf8JsonWriter json, TimedSpeech speech)
    {
        json.WriteStartObject();
        json.WriteString("id", speech.Id);
        json.WriteString("text", speech.Text);
        json.WriteNumber("seconds", Math.Round(speech.Seconds, 6));
        json.WriteNumber("confidence", Math.Round(speech.Confidence, 6));
        json.WriteNumber("phone_error", Math.Round(speech.PhoneError, 6));
        json.WriteStartArray("phones");
        foreach (var phone in speech.Phones)
        {
            json.WriteStartObject();
            json.WriteString("phone", phone.Phone);
            json.WriteString("symbols", phone.Symbols);
            json.WriteNumber("start", Math.Round(phone.StartSeconds, 6));
            json.WriteNumber("end", Math.Round(phone.EndSeconds, 6));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
