using System.Globalization;
using Kanade.Audio;
using Kanade.Corpus;

namespace Kanade.Tests.Corpus;

/// <summary>A listing may name a file with the F0 of a recording; then nothing is estimated.</summary>
[Collection(nameof(Alone))]
public sealed class KnownF0Tests : IDisposable
{
    readonly CorpusFixture _f = new();

    public void Dispose() => _f.Dispose();

    /// <summary>Rises by 100 Hz a second, from the beginning of the recording.</summary>
    static string Ramp(double lowest) => string.Concat(Enumerable.Range(0, 400).Select(i =>
        string.Create(CultureInfo.InvariantCulture, $"{0.0025 + 0.005 * i:F4}\t{lowest + 100 * (0.0025 + 0.005 * i):F2}\n")));

    float[] Preprocess(double lowest, out Utterance utterance)
    {
        _f.Write("known.f0", Ramp(lowest));
        Assert.Empty(_f.Preprocess());
        using var dataset = Dataset.Open(_f.Dataset);
        utterance = dataset.All.Single(u => u.Source == "known.wav");
        Assert.Contains(dataset.Read(dataset.All.Single(u => u.Source == "other.wav")).F0, hz => hz == 0);
        return dataset.Read(utterance).F0;
    }

    [Fact]
    public void It_is_read_at_the_frames_of_what_trimming_leaves_and_again_when_the_file_changes()
    {
        _f.Speak("known.wav");
        WavFile.Write(_f.At("other.wav"), AudioFile.Read(SampleCorpus.Recording("mei_01.flac")));
        _f.Write("metadata.tsv", "audio\ttext\tf0\nknown.wav\t今日はいい天気ですね。\tknown.f0\nother.wav\t明日は雨が降る。\t\n");
        foreach (var lowest in new[] { 100, 200 })
        {
            var f0 = Preprocess(lowest, out var utterance);
            // A row stands for 5 ms about it, in which the ramp rises by half a hertz.
            foreach (var (i, hz) in f0.Index())
                if (utterance.SourceStartSeconds + 0.0125 * i is > 0 and < 1.99 and var at)
                    Assert.InRange(hz, lowest + 100 * at - 0.3, lowest + 100 * at + 0.3);
        }
    }

    [Fact]
    public void A_file_that_is_not_there_or_not_F0_costs_its_recording()
    {
        foreach (var name in new[] { "good", "bad", "lost" })
            _f.Speak($"{name}.wav");
        _f.Write("bad.f0", "0.0025\t100\n0.0075\t-1\n");
        _f.Write("metadata.tsv", "audio\ttext\tf0\ngood.wav\t今日はいい天気ですね。\t\nbad.wav\t明日は雨が降る。\tbad.f0\nlost.wav\t昨日は雪だった。\tlost.f0\n");
        var rejects = _f.Preprocess().OrderBy(r => r.Source, StringComparer.Ordinal).ToList();
        Assert.Equal([("bad.wav", "unreadable_f0"), ("lost.wav", "missing")], rejects.Select(r => (r.Source, r.Reason)));
        Assert.Contains("line 2", rejects[0].Detail, StringComparison.Ordinal);
        Assert.Contains("lost.f0", rejects[1].Detail, StringComparison.Ordinal);
    }
}
