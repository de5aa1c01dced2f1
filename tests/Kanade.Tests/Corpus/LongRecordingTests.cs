using Kanade.Audio;
using Kanade.Corpus;

namespace Kanade.Tests.Corpus;

[Collection(nameof(Alone))]
public sealed class LongRecordingTests : IDisposable
{
    readonly CorpusFixture _f = new();

    public void Dispose() => _f.Dispose();

    static readonly string[] Texts = [.. File.ReadAllLines(Path.Combine(SampleCorpus.Folder, "metadata.tsv"))[1..].Where(l => l.Contains("takumi_", StringComparison.Ordinal)).Select(l => l.Split('\t')[1])];

    /// <summary>The first sentences of the sample corpus in one recording, with pauses between them.</summary>
    void SpeakTogether(int sentences, double pauseSeconds)
    {
        var samples = new List<float>();
        for (var i = 1; i <= sentences; i++)
        {
            samples.AddRange(AudioFile.Read(SampleCorpus.Recording($"takumi_{i:D2}.flac")).Samples);
            samples.AddRange(new float[(int)(pauseSeconds * 24000)]);
        }
        WavFile.Write(_f.At("long.wav"), new([.. samples], 24000));
    }

    [Fact]
    public void A_long_recording_is_cut_at_its_pauses_into_its_sentences()
    {
        SpeakTogether(16, 0.6);
        _f.Write("long.txt", string.Join('\n', Texts[..16]));
        Assert.Empty(_f.Preprocess());
        using var dataset = Dataset.Open(_f.Dataset);
        // A sentence may keep a neighbour, but nothing is lost, doubled or out of order.
        Assert.InRange(dataset.All.Count, 12, 16);
        Assert.Equal(string.Concat(Texts[..16]), string.Concat(dataset.All.OrderBy(u => u.SourceStartSeconds).Select(u => u.Text)));
        Assert.All(dataset.All, u => Assert.Equal("long.wav", u.Source));
        Assert.All(dataset.All, u => Assert.InRange(u.Quality.MoraePerSecond, 4, 12));
        Assert.Equal((0, dataset.All.Count), Again());

        (int, int) Again()
        {
            var result = new Preprocessor(PreprocessConfig.Default, new(Workers: 2), Serilog.Log.Logger).Run(_f.Corpus, _f.Dataset);
            return (result.Made, result.Reused);
        }
    }

    [Theory]
    [InlineData("今日はいい天気ですね。")]
    [InlineData("これは録音とはまったく関係のない文章である。なぜなら、ここに書かれていることは誰も読んでいないからだ。はい。それでは。うん。")]
    public void A_long_recording_that_its_text_does_not_fit_is_too_long_and_the_remedy_is_named(string text)
    {
        SpeakTogether(16, 0.6);
        _f.Write("long.txt", text);
        _f.Speak("good.wav");
        _f.Write("good.txt", "今日はいい天気ですね。");
        var reject = Assert.Single(_f.Preprocess());
        Assert.Equal(("long.wav", "too_long"), (reject.Source, reject.Reason));
        Assert.Contains("list start and end of each utterance", reject.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Stretches_go_to_the_sentences_that_last_as_long()
    {
        // Ten morae a second; the second sentence pauses in its middle.
        (double, double)[] speech = [(0.5, 2.5), (3.5, 4.5), (4.8, 6.8), (7.8, 8.8)];
        (string, int)[] sentences = [("あ。", 20), ("い。", 30), ("う。", 10)];
        Assert.Equal([("あ。", 0.4, 2.6), ("い。", 3.4, 6.9), ("う。", 7.7, 8.9)],
            PauseAlignment.Align(speech, sentences, 20, 0.1).Select(p => (p.Text, Math.Round(p.Start, 3), Math.Round(p.End, 3))));
        Assert.Empty(PauseAlignment.Align(speech, [("あ。", 5), ("い。", 5), ("う。", 50)], 6, 0.1));
        Assert.Empty(PauseAlignment.Align([(0, 8)], sentences, 6, 0.1));
        Assert.Empty(PauseAlignment.Align(speech, [("あ。", 10), ("い。", 10), ("う。", 5)], 20, 0.1));
        Assert.Empty(PauseAlignment.Align([], sentences, 20, 0.1));
    }

    [Fact]
    public void Sentences_end_at_marks_and_at_white_space_and_keep_their_brackets() =>
        Assert.Equal(["「はい！」", "次は、君だ。", "一行", "えっ…", "本当？"], Sentences.Of("「はい！」次は、君だ。一行\nえっ…本当？　……"));

    [Fact]
    public void Levels_of_a_stream_are_those_of_the_samples()
    {
        using var reader = AudioReader.Open(SampleCorpus.Recording("mei_03.flac"));
        var samples = AudioFile.Read(SampleCorpus.Recording("mei_03.flac")).Samples;
        Assert.Equal(new VoiceActivity(24000).Levels(samples), new VoiceActivity(24000).Levels(reader));
    }
}
