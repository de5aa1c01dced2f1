using System.Diagnostics;
using System.Globalization;
using Kanade.Audio;
using Kanade.Corpus;
using Kanade.Synthesis;
using Kanade.Text;
using Kanade.Training;
using Kanade.Training.Scores;

namespace Kanade.Cli;

/// <summary>An utterance of a dataset as a voice spoke it.</summary>
/// <param name="Utterance">The utterance.</param>
/// <param name="VoiceStyle">The voice's style that was spoken.</param>
/// <param name="Score">Its comparison with the recording.</param>
sealed record SpokenUtterance(Utterance Utterance, string VoiceStyle, SpokenScore Score);

/// <summary>Speaks utterances of a dataset with a voice and scores them against their recordings.</summary>
/// <param name="voice">The voice.</param>
/// <param name="dataset">Whose recordings are the reference.</param>
/// <param name="aligner">An aligner that hears the same mel spectrogram.</param>
/// <param name="folder">Where sounds, pictures and <c>scores.tsv</c> go; null for nowhere.</param>
sealed class VoiceEvaluation(Voice voice, Dataset dataset, SpeechAligner aligner, string? folder)
{
    readonly Synthesizer _synthesizer = new(voice);
    readonly SpeechMeter _meter = new(aligner, dataset.Config.F0);

    /// <summary>Speaks and scores.</summary>
    /// <param name="utterances">Of the dataset.</param>
    /// <param name="seed">Of the decoder's noise.</param>
    /// <param name="progress">Told of each utterance: done and all.</param>
    /// <param name="cancel">Ends it.</param>
    public (SpokenSummary Summary, IReadOnlyList<SpokenUtterance> Spoken) Run(
        IReadOnlyList<Utterance> utterances, long seed, Action<int, int> progress, CancellationToken cancel)
    {
        if (folder is not null)
            Directory.CreateDirectory(folder);
        var (summary, all) = (new SpokenSummary(), new List<SpokenUtterance>());
        foreach (var (i, utterance) in utterances.Index())
        {
            cancel.ThrowIfCancellationRequested();
            var style = StyleFor(utterance);
            var options = new SpeakingOptions(new StyleSampling(Seed: seed), Seed: seed);
            var start = Stopwatch.GetTimestamp();
            var speech = _synthesizer.Speak(voice.Pad(utterance.Ids.Where(id => id != SymbolTable.Pad)), voice.Style(style), options);
            var clock = Stopwatch.GetElapsedTime(start);
            var recording = dataset.Read(utterance).Samples;
            var spoken = _meter.Measure(utterance.Id, utterance.Text, utterance.Ids, speech.Waveform.Samples);
            var recorded = _meter.Measure(utterance.Id, utterance.Text, utterance.Ids, recording);
            var score = SpokenScore.Compare(spoken, recorded, SymbolGroups.Phones(utterance.Symbols).Count);
            summary.Add(utterance.Speaker, utterance.Style, score, clock.TotalSeconds, speech.Waveform.Seconds);
            all.Add(new SpokenUtterance(utterance, style ?? voice.DefaultStyle, score));
            Write(utterance, "spoken", speech.Waveform, spoken);
            Write(utterance, "recorded", new Waveform(recording, aligner.Mel.SampleRate), recorded);
            progress(i + 1, utterances.Count);
        }
        if (folder is not null)
            File.WriteAllLines(Path.Combine(folder, "scores.tsv"), Table(all));
        return (summary, all);
    }

    /// <summary>The voice's style for an utterance: its speaker's style of the same name, or null where the voice has none.</summary>
    string? StyleFor(Utterance utterance) => voice.Styles.Contains(utterance.StyleName) ? utterance.StyleName : null;

    void Write(Utterance utterance, string kind, Waveform sound, MeasuredSpeech? measured)
    {
        if (folder is null)
            return;
        // An id holds the path in the corpus.
        var path = Path.Combine(folder, $"{utterance.Id.Replace('/', '_')}.{kind}");
        WavFile.Write(path + ".wav", sound);
        SpeechPlot.Label[] labels = [.. (measured?.Phones ?? []).Select(p => new SpeechPlot.Label(p.Symbols, p.StartSeconds))];
        File.WriteAllBytes(path + ".png", SpeechPlot.Draw(sound, measured?.F0 ?? [], labels, aligner.Mel));
    }

    /// <summary>A line an utterance, the worst first: by phone error, then by the correlation of F0.</summary>
    static IEnumerable<string> Table(IEnumerable<SpokenUtterance> spoken)
    {
        yield return string.Join('\t',
            "id", "style", "phone_errors", "phones", "recorded_phone_errors",
            "f0_correlation", "energy_correlation", "gross_error", "voicing_error", "seconds", "recorded_seconds",
            "f0_hz", "recorded_f0_hz", "energy_db", "recorded_energy_db", "silent_phones", "unvoiced_vowels", "text");
        foreach (var (utterance, style, s) in spoken.OrderByDescending(u => u.Score.Spoken.Rate).ThenBy(u => u.Score.F0.Value))
        {
            object?[] compared =
            [
                s.F0.Value, s.Energy.Value, s.Pitch.GrossError, s.Pitch.VoicingError, s.SpeechSeconds.Spoken, s.SpeechSeconds.Recorded,
                s.MeanF0.Spoken, s.MeanF0.Recorded, s.MeanEnergyDb.Spoken, s.MeanEnergyDb.Recorded,
                s.SilentPhones.Spoken, s.UnvoicedVowels.Count,
            ];
            object?[] cells =
            [
                utterance.Id, style, s.Spoken.Errors, s.Spoken.Phones, s.Recorded.Errors,
                .. s.IsCompared ? compared : new object?[compared.Length],
                utterance.Text.ReplaceLineEndings(" ").Replace('\t', ' '),
            ];
            yield return string.Join('\t', cells.Select(c => c is double x ? x.ToString("F4", CultureInfo.InvariantCulture) : c));
        }
    }
}
