using System.Text.Json;
using Kanade.Torch;

namespace Kanade.Training;

/// <summary>
/// A run's figures: <c>metrics.jsonl</c>, one object a logged step with nothing in it that depends on the clock, so that two runs
/// with one seed can be compared byte for byte; and TensorBoard events in <c>tensorboard/</c>.
/// </summary>
sealed class MetricsLog : IDisposable
{
    readonly StreamWriter _lines;

    /// <param name="folder">The run folder.</param>
    /// <param name="step">Where the run goes on: lines of later steps, written after the last checkpoint, are dropped.</param>
    public MetricsLog(string folder, long step)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "metrics.jsonl");
        var kept = File.Exists(path) ? File.ReadLines(path).Where(line => StepOf(line) is { } s && s <= step).ToArray() : [];
        File.WriteAllLines(path, kept);
        _lines = new StreamWriter(path, append: true);
        Board = new TensorBoardWriter(Path.Combine(folder, "tensorboard"));
    }

    public TensorBoardWriter Board { get; }

    /// <param name="step">Steps done.</param>
    /// <param name="group">train or validation.</param>
    /// <param name="values">By name.</param>
    public void Write(long step, string group, IReadOnlyDictionary<string, float> values)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("step", step);
            foreach (var (name, value) in values)
            {
                if (float.IsFinite(value))
                    json.WriteNumber($"{group}/{name}", value);
                else
                    json.WriteString($"{group}/{name}", value.ToString(System.Globalization.CultureInfo.InvariantCulture));
                Board.Scalar($"{group}/{name}", value, step);
            }
            json.WriteEndObject();
        }
        _lines.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
        _lines.Flush();
        Board.Flush();
    }

    public void Dispose()
    {
        _lines.Dispose();
        Board.Dispose();
    }

    static long? StepOf(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.GetProperty("step").GetInt64();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null; // a line that a killed run left half-written
        }
    }
}
