using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kanade.Audio;
using Kanade.Text;
using TorchSharp;

namespace Kanade.Corpus;

/// <summary>What became of an entry: an utterance with its features, or a reason why not.</summary>
/// <param name="Utterance">Null when it was rejected. Split, shard and row are not decided yet.</param>
/// <param name="Features">Null when it was rejected.</param>
/// <param name="Rejection">Null when it was taken.</param>
sealed record Outcome(Utterance? Utterance, UtteranceFeatures? Features, RejectedRecording? Rejection);

/// <summary>Turns one entry into an utterance. What it does depends on the entry and the configuration alone.</summary>
sealed class RecordingProcessor : IDisposable
{
    static readonly PhraseJson PhrasesAsJson = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    const string HowToShorten = "its pauses do not tell sentences of its text apart; cut it, or list start and end of each utterance";

    readonly PreprocessConfig _config;
    readonly JapaneseFrontend? _frontend;
    readonly SharedHashes _sharedHashes = new();
    readonly ThreadLocal<(F0Estimator F0, FrameEnergy Energy, SoundQuality.SpectrumScratch Spectrum)> _scratch;

    /// <param name="config">How.</param>
    /// <param name="frontend">Reads texts; may be null where every entry gives its symbols.</param>
    internal RecordingProcessor(PreprocessConfig config, JapaneseFrontend? frontend)
    {
        (_config, _frontend) = (config, frontend);
        _scratch = new(() => (new(config.Mel.SampleRate, config.Mel.HopLength, config.F0), new(config.Mel), new()));
    }

    /// <summary>Reads, measures, judges, trims, resamples, levels and analyses.</summary>
    internal Outcome Process(CorpusEntry entry)
    {
        try
        {
            return Make(entry);
        }
        catch (RejectedException e)
        {
            return new(null, null, new(entry.Source, e.Reason, e.Message));
        }
        catch (InvalidDataException e)
        {
            return new(null, null, new(entry.Source, "unreadable", e.Message.Replace(entry.Path + ": ", "", StringComparison.Ordinal)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nothing is written here: whatever fails is the recording's file.
            var why = e switch
            {
                UnauthorizedAccessException => "no permission to read it",
                FileNotFoundException or DirectoryNotFoundException => "the file is gone, or a link that leads nowhere",
                _ => e.Message.Replace(entry.Path, entry.Source, StringComparison.Ordinal),
            };
            return new(null, null, new(entry.Source, "unreadable", why));
        }
    }

    Outcome Make(CorpusEntry entry)
    {
        var (symbols, ids, phrases, morae) = Read(entry);
        var recording = Decode(entry);
        var hash = entry.StartSeconds > 0 || entry.EndSeconds is not null ? _sharedHashes.Of(entry.Path) : FileState.Sha256(entry.Path);
        var quality = _config.Quality;

        var clipped = SoundQuality.ClippedShare(recording.Samples);
        Reject(clipped > quality.MostClippedShare, "clipped", $"{clipped:P2} of the samples are clipped; {quality.MostClippedShare:P2} may be");

        var activity = new VoiceActivity(recording.SampleRate, new(_config.Trim.AboveFloorDb, _config.Trim.BelowPeakDb));
        var levels = activity.Levels(recording.Samples);
        var segments = activity.FindIn(levels, recording.Samples.Length);
        Reject(segments.Count == 0, "silent", $"there is no speech in it");
        var (trimmed, first) = Trim(recording, segments);
        var extent = (segments[^1].End - segments[0].Start) / (double)recording.SampleRate;
        Reject(extent < quality.ShortestSeconds, "too_short", $"{extent:F2} s; {quality.ShortestSeconds:F2} are the least");
        Reject(trimmed.Seconds > quality.LongestSeconds, "too_long", $"{trimmed.Seconds:F2} s; {quality.LongestSeconds:F2} are the most: {HowToShorten}");
        var spoken = segments.Sum(s => (long)s.End - s.Start) / (double)recording.SampleRate;
        var silence = 1 - spoken / recording.Seconds;
        Reject(silence > quality.MostSilenceShare, "mostly_silent", $"{silence:P0} of it is silence; {quality.MostSilenceShare:P0} may be");
        var noiseFloor = VoiceActivity.Percentile(levels, 0.05);
        var signalToNoise = SoundQuality.SignalToNoiseDb(levels, segments, activity.HopLength);
        Reject(signalToNoise < quality.LeastSignalToNoiseDb, "noisy", $"signal to noise {signalToNoise:F1} dB; {quality.LeastSignalToNoiseDb:F1} are the least");
        var bandwidth = SoundQuality.BandwidthHz(recording.Samples, segments, recording.SampleRate, _scratch.Value.Spectrum);
        Reject(bandwidth < quality.LeastBandwidthHz, "narrow_band", $"the spectrum ends at {bandwidth:F0} Hz; {quality.LeastBandwidthHz:F0} are the least");

        var rate = morae / spoken;
        Reject(morae > 0 && rate < quality.LeastMoraePerSecond, "too_slow", $"{rate:F2} morae a second; {quality.LeastMoraePerSecond:F2} are the least: is something said that the text leaves out?");
        Reject(rate > quality.MostMoraePerSecond, "too_fast", $"{rate:F2} morae a second; {quality.MostMoraePerSecond:F2} are the most: is something left out that the text has?");

        var sound = Resampler.Resample(trimmed, _config.Mel.SampleRate);
        var loudness = Measure(sound);
        Reject(!(loudness.IntegratedLufs >= (quality.LeastLoudnessLufs ?? double.MinValue)), "too_quiet", $"{loudness.IntegratedLufs:F1} LUFS; {quality.LeastLoudnessLufs:F1} are the least");
        var samples = WholeFrames(Level(sound.Samples, loudness));
        if (_config.Samples == SampleFormat.Pcm16)
            samples = Pcm16.Decode(Pcm16.Encode(samples)); // the features belong to the samples as they are stored
        var frames = samples.Length / _config.Mel.HopLength;
        var start = entry.StartSeconds + first / (double)recording.SampleRate;
        var f0 = entry.F0Path is { } known ? Known(known, frames, start) : _scratch.Value.F0.Estimate(samples)[..frames];
        var voiced = f0.Where(f => f > 0).Order().ToArray();
        var energy = _scratch.Value.Energy.Compute(samples)[..frames];

        var measured = new Quality(loudness.IntegratedLufs, loudness.RangeLu, loudness.TruePeakDb, noiseFloor, signalToNoise, clipped, bandwidth,
            silence, rate, voiced.Length == 0 ? 0 : voiced[voiced.Length / 2], voiced.Length / (double)frames);
        var utterance = new Utterance(entry.Id, entry.Speaker, entry.Style, entry.Text, phrases, symbols, ids, samples.Length / (double)_config.Mel.SampleRate, frames,
            _config.Mel.SampleRate, measured, Split.Train, entry.Source, hash, start, start + samples.Length / (double)_config.Mel.SampleRate, -1, -1);
        return new(utterance, new(samples, f0, energy), null);
    }

    (string Symbols, int[] Ids, string Phrases, int Morae) Read(CorpusEntry entry)
    {
        if (entry.Symbols.Length > 0)
        {
            var unknown = entry.Symbols.EnumerateRunes().Where(r => SymbolTable.IdOf(r) < 0).Distinct().ToList();
            Reject(unknown.Count > _config.Quality.MostUnreadable, "unreadable_text", $"not in the symbol table: {string.Join(' ', unknown)}");
            return (entry.Symbols, [.. SymbolTable.IdsOf(entry.Symbols)], "[]", 0);
        }
        var read = (_frontend ?? throw new InvalidOperationException("texts need a frontend")).Phonemize(entry.Text);
        Reject(read.Unread.Count > _config.Quality.MostUnreadable, "unreadable_text", $"no reading is known for {string.Join('、', read.Unread.Take(5))}");
        var morae = read.Phrases.Sum(p => p.Moras.Count);
        Reject(morae == 0, "nothing_spoken", $"there is nothing to speak in '{entry.Text}'");
        return (read.Symbols, [.. read.Ids], JsonSerializer.Serialize(read.Phrases, PhrasesAsJson.IReadOnlyListAccentPhrase), morae);
    }

    /// <summary>The part of the recording that the entry means, without what is constant in it.</summary>
    Waveform Decode(CorpusEntry entry)
    {
        using var reader = AudioReader.Open(entry.Path);
        // Trimming can take silence away, but not minutes of it; what is longer is never held in memory.
        var most = (long)((4 * _config.Quality.LongestSeconds + 10) * reader.SampleRate);
        var start = (long)(entry.StartSeconds * reader.SampleRate);
        Reject(reader.Frames >= 0 && start >= reader.Frames, "past_the_end", $"it starts at {entry.StartSeconds:F2} s, the recording has {reader.Frames / (double)reader.SampleRate:F2} s");
        if (start > 0)
            reader.Seek(start);
        var wanted = entry.EndSeconds is { } end ? (long)Math.Round((end - entry.StartSeconds) * reader.SampleRate) : long.MaxValue;
        var available = reader.Frames >= 0 ? Math.Min(wanted, reader.Frames - start) : wanted;
        Reject(available > most && available != long.MaxValue, "too_long", $"{available / (double)reader.SampleRate:F2} s; {_config.Quality.LongestSeconds:F2} are the most: {HowToShorten}");
        var recording = reader.ReadToEnd(Math.Min(wanted, most + 1));
        Reject(recording.Samples.Length > most, "too_long", $"more than {recording.Seconds:F0} s; {_config.Quality.LongestSeconds:F2} are the most: {HowToShorten}");
        Reject(available != long.MaxValue && recording.Samples.Length < available - recording.SampleRate / 20, "unreadable",
            $"cut off: {available / (double)recording.SampleRate:F2} s are promised, {recording.Seconds:F2} s are there");
        Reject(recording.Samples.Length == 0, "empty", $"it holds no samples");
        Reject(recording.SampleRate < 8000, "low_rate", $"{recording.SampleRate} Hz; 8000 are the least");
        var sum = 0.0;
        foreach (var x in recording.Samples)
            sum += x;
        Reject(!double.IsFinite(sum), "not_finite", $"some samples are NaN or infinite");
        var mean = (float)(sum / recording.Samples.Length);
        for (var i = 0; i < recording.Samples.Length; i++)
            recording.Samples[i] -= mean;
        return recording;
    }

    /// <summary>From the padding before the first speech to the padding after the last; zeros where the recording has less.</summary>
    /// <returns>And where it begins, in samples of the recording; below 0 where zeros were added.</returns>
    (Waveform Trimmed, int First) Trim(Waveform recording, IReadOnlyList<SpeechSegment> segments)
    {
        if (!_config.Trim.Enabled)
            return (recording, 0);
        var padding = (int)Math.Round(_config.Trim.PaddingSeconds * recording.SampleRate);
        var (start, end) = (segments[0].Start - padding, segments[^1].End + padding);
        var samples = new float[end - start];
        var (from, to) = (Math.Max(0, start), Math.Min(recording.Samples.Length, end));
        recording.Samples.AsSpan(from, to - from).CopyTo(samples.AsSpan(from - start));
        return (recording with { Samples = samples }, start);
    }

    /// <summary>EBU R128 needs 0.4 s; shorter sounds are measured as if they were said again and again.</summary>
    static LoudnessFigures Measure(Waveform sound)
    {
        if (sound.Seconds >= 0.5)
            return Loudness.Measure(sound);
        var times = (int)Math.Ceiling(1 / sound.Seconds);
        return Loudness.Measure(sound with { Samples = [.. Enumerable.Repeat(sound.Samples, times).SelectMany(s => s)] }) with { RangeLu = 0 };
    }

    float[] Level(float[] samples, LoudnessFigures loudness)
    {
        var level = _config.Level;
        if (level.TargetLufs is not { } target || double.IsNegativeInfinity(loudness.IntegratedLufs))
            return samples;
        var gain = Math.Min(Math.Min(target - loudness.IntegratedLufs, level.CeilingDb - loudness.TruePeakDb), level.MostGainDb);
        var factor = (float)Math.Pow(10, gain / 20);
        return Array.ConvertAll(samples, x => x * factor);
    }

    /// <summary>Zeros at the end until the samples make whole aligner frames (two hops).</summary>
    float[] WholeFrames(float[] samples)
    {
        var frame = 2 * _config.Mel.HopLength;
        Array.Resize(ref samples, (samples.Length + frame - 1) / frame * frame);
        return samples;
    }

    /// <summary>The corpus' own F0; what it does not reach, as the silence that is added at the ends, is unvoiced.</summary>
    float[] Known(string path, int frames, double start)
    {
        try
        {
            return Array.ConvertAll(F0File.Read(path).At(frames, _config.Mel.HopSeconds, start), hz => float.IsNaN(hz) ? 0 : hz);
        }
        catch (InvalidDataException e)
        {
            throw new RejectedException("unreadable_f0", e.Message);
        }
    }

    static void Reject(bool when, string reason, FormattableString detail)
    {
        if (when)
            throw new RejectedException(reason, FormattableString.Invariant(detail));
    }

    public void Dispose()
    {
        _scratch.Dispose();
    }

    /// <summary>Leaves <see cref="Make"/> early; never leaves this class.</summary>
    sealed class RejectedException(string reason, string detail) : Exception(detail)
    {
        internal string Reason => reason;
    }
}

[JsonSerializable(typeof(IReadOnlyList<AccentPhrase>))]
sealed partial class PhraseJson : JsonSerializerContext;
