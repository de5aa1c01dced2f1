using System.Text.Json;
using Kanade.Training;

namespace Kanade.Tests.Training.Alignment;

public sealed class TimeLabelsTests
{
    static readonly TimedSpeech Speech = new("a/b", "あ\"い", 0.5, 0.75, 0, ["a", "i"], [new("pau", "", 0, 0.1), new("a", "a↓", 0.1, 0.25), new("i", "\"i", 0.25, 0.5)]);

    [Fact]
    public void Htk_labels_are_read_with_plain_and_full_context_phones()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("x.lab"), "0 1650000 sil\n1650000 2600000 xx^sil-hy+u=u/A:-1+1+5\n\n");
        Assert.Equal([new("sil", "", 0, 0.165), new("hy", "", 0.165, 0.26)], TimeLabels.ReadHtk(folder.File("x.lab")));
    }

    [Fact]
    public void What_is_no_label_is_named_with_its_line()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("x.lab"), "0 1 a\n今日は\n");
        Assert.StartsWith($"{folder.File("x.lab")}:2: not an HTK label", Assert.Throws<InvalidDataException>(() => TimeLabels.ReadHtk(folder.File("x.lab"))).Message);
    }

    [Fact]
    public void A_text_grid_has_a_tier_of_phones_and_one_of_symbols()
    {
        var lines = TimeLabels.TextGrid(Speech).Split('\n').Select(l => l.Trim()).ToArray();
        Assert.Equal("File type = \"ooTextFile\"", lines[0]);
        Assert.Equal(["\"\"", "\"a\"", "\"i\"", "\"\"", "\"a↓\"", "\"\"\"i\""], lines.Where(l => l.StartsWith("text = ", StringComparison.Ordinal)).Select(l => l[7..]));
        Assert.Equal(8, lines.Count(l => l is "xmin = 0.25" or "xmax = 0.25" or "xmin = 0.1" or "xmax = 0.1"));
    }

    [Fact]
    public void Json_holds_what_was_found()
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
            TimeLabels.WriteJson(writer, Speech);
        using var read = JsonDocument.Parse(bytes.ToArray());
        Assert.Equal(("a/b", 0.75), (read.RootElement.GetProperty("id").GetString(), read.RootElement.GetProperty("confidence").GetDouble()));
        Assert.Equal([0, 0.1, 0.25], read.RootElement.GetProperty("phones").EnumerateArray().Select(p => p.GetProperty("start").GetDouble()));
    }
}
