using System.Text.Json;
using Kanade.Audio;
using Kanade.Cli;
using Kanade.Tests.Corpus;

namespace Kanade.Tests.Cli;

[Collection(nameof(Alone))]
public sealed class PreprocessCommandTests : IDisposable
{
    readonly CorpusFixture _f = new();

    public void Dispose() => _f.Dispose();

    static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        using var context = new CommandContext(TextReader.Null, output, new Screen(error, 0));
        var code = await CommandLine.Run(arguments, context, default);
        return (code, output.ToString(), error.ToString());
    }

    void TwoRecordings()
    {
        _f.Speak("a.wav");
        _f.Speak("b.wav", 0.9f);
        _f.Write("list.tsv", "audio\ttext\tspeaker\tstyle\na.wav\t今日はいい天気ですね。\tmei\thappy\nb.wav\tお\tmei\tsad\n");
    }

    [Fact]
    public async Task A_corpus_is_preprocessed_and_inspected()
    {
        TwoRecordings();
        var (code, output, _) = await Run("preprocess", _f.Corpus, "--out", _f.Dataset, "--workers", "2", "--json");
        Assert.Equal(0, code);
        Assert.Equal((1, 1), Numbers(JsonDocument.Parse(output).RootElement, "utterances", "rejects"));

        (code, output, _) = await Run("inspect", _f.Dataset, "--json");
        var json = JsonDocument.Parse(output).RootElement;
        Assert.Equal(0, code);
        Assert.Equal(1, json.GetProperty("utterances").GetInt32());
        Assert.InRange(json.GetProperty("seconds").GetDouble(), 1, 3);
        Assert.Equal(1, json.GetProperty("speakers").GetProperty("mei").GetInt32());
        Assert.Equal(1, json.GetProperty("styles").GetProperty("happy").GetInt32());
        var reject = Assert.Single(json.GetProperty("rejects").EnumerateArray());
        Assert.Equal(("b.wav", "too_slow"), (reject.GetProperty("source").GetString(), reject.GetProperty("reason").GetString()));
        Assert.Contains("morae a second", reject.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_utterance_can_be_heard_and_seen()
    {
        TwoRecordings();
        await Run("preprocess", _f.Corpus, "--out", _f.Dataset);
        var (wav, png) = (Path.Combine(_f.Folder, "x.wav"), Path.Combine(_f.Folder, "x.png"));
        var (code, output, _) = await Run("inspect", _f.Dataset, "--id", "a", "--wav", wav, "--plot", png, "--json");
        Assert.Equal((0, "a"), (code, JsonDocument.Parse(output).RootElement.GetProperty("id").GetString()));
        Assert.Equal(24000, AudioFile.Read(wav).SampleRate);
        using var picture = SkiaSharp.SKBitmap.Decode(png);
        Assert.Equal(256, picture.Height);
        var tsv = Path.Combine(_f.Folder, "x.tsv");
        await Run("inspect", _f.Dataset, "--id", "a", "--frames", tsv);
        var rows = File.ReadAllLines(tsv);
        Assert.Equal("seconds\tf0\tenergy", rows[0]);
        Assert.Equal(JsonDocument.Parse(output).RootElement.GetProperty("frames").GetInt32(), rows.Length - 1);
        Assert.StartsWith("0.0125\t", rows[2], StringComparison.Ordinal);
        (code, _, var error) = await Run("inspect", _f.Dataset, "--id", "nobody");
        Assert.Equal(4, code);
        Assert.Contains("no utterance 'nobody'; the first are a", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mistakes_are_one_line_and_the_right_code()
    {
        async Task Fails(int wanted, string says, params string[] arguments)
        {
            var (code, output, error) = await Run(arguments);
            Assert.True(code == wanted, $"{code}: {error}");
            Assert.Equal("", output);
            Assert.Single(error.Trim().Split('\n'));
            Assert.Contains(says, error, StringComparison.Ordinal);
        }
        await Fails(4, "no such folder", "preprocess", _f.Corpus, "--out", _f.Dataset);
        Directory.CreateDirectory(_f.Corpus);
        await Fails(4, "holds no recordings", "preprocess", _f.Corpus, "--out", _f.Dataset);
        TwoRecordings();
        await Fails(4, "the corpus itself", "preprocess", _f.Corpus, "--out", _f.Corpus);
        await Fails(2, "--layout is one of auto, listing", "preprocess", _f.Corpus, "--out", _f.Dataset, "--layout", "x");
        await Fails(2, "--workers must be 1 or more", "preprocess", _f.Corpus, "--out", _f.Dataset, "--workers", "0");
        await Fails(3, "target_lufs", "preprocess", _f.Corpus, "--out", _f.Dataset, "-o", "level.target_luf=-20");
        await Fails(3, "leave nothing to train on", "preprocess", _f.Corpus, "--out", _f.Dataset, "-o", "split.validation_share=1");
        await Fails(4, "no such folder", "inspect", _f.Dataset + "x");
        await Fails(2, "--wav, --plot and --frames belong to --id", "inspect", _f.Corpus, "--wav", "x.wav");
        await Fails(4, "not a dataset", "inspect", _f.Corpus);
    }

    static (int, int) Numbers(JsonElement json, string first, string second) => (json.GetProperty(first).GetInt32(), json.GetProperty(second).GetInt32());
}
