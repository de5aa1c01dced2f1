using System.Text.RegularExpressions;
using Kanade.Corpus;

namespace Kanade.Tests.Corpus;

[Collection(nameof(Alone))]
public sealed class DatasetReportTests : IDisposable
{
    readonly CorpusFixture _f = new();

    public void Dispose() => _f.Dispose();

    [Fact]
    public void The_report_holds_everything_itself_and_lets_rejects_be_heard()
    {
        _f.Speak("a.wav");
        _f.Speak("b.wav", 0.9f);
        _f.Write("list.tsv", "audio\ttext\tspeaker\na.wav\t今日はいい天気ですね。\t<mei>\nb.wav\tお\tmei\nnone.wav\tあ\tmei\n");
        Assert.Equal(["too_slow", "missing"], _f.Preprocess().OrderBy(r => r.Source, StringComparer.Ordinal).Select(r => r.Reason));
        var page = File.ReadAllText(Path.Combine(_f.Dataset, "report.html"));
        Assert.Contains("too_slow: 1", page, StringComparison.Ordinal);
        Assert.Contains("missing: 1", page, StringComparison.Ordinal);
        Assert.Contains("&lt;mei&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<mei>", page, StringComparison.Ordinal);
        Assert.All(Regex.Matches(page, "(?:src|href)=\"([^\"]{0,20})").Select(m => m.Groups[1].Value), s => Assert.StartsWith("data:", s, StringComparison.Ordinal));
        Assert.Equal(2, Regex.Count(page, "<audio")); // one utterance, one reject that can be decoded
        var png = Convert.FromBase64String(Regex.Match(page, "data:image/png;base64,([^\"]+)").Groups[1].Value);
        using var picture = SkiaSharp.SKBitmap.Decode(png);
        using var dataset = Dataset.Open(_f.Dataset);
        Assert.Equal((2 * dataset.All[0].Frames, 256), (picture.Width, picture.Height));
    }

    [Fact]
    public void The_evaluation_list_names_utterances_that_are_never_trained_on()
    {
        new Preprocessor(PreprocessConfig.Default, new(Workers: 2), Serilog.Log.Logger).Run(SampleCorpus.Folder, _f.Dataset);
        using var dataset = Dataset.Open(_f.Dataset);
        var ids = File.ReadAllLines(Path.Combine(_f.Dataset, "evaluation.tsv"))[1..].Select(l => l.Split('\t')[0]).ToList();
        Assert.NotEmpty(ids);
        Assert.Empty(ids.Intersect(dataset.Utterances(Split.Train).Select(u => u.Id)));
    }
}
