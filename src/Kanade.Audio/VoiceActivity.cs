namespace Kanade.Audio;

/// <summary>A stretch of sound, in samples; the end is exclusive.</summary>
public readonly record struct SpeechSegment(int Start, int End);

/// <summary>Settings of <see cref="VoiceActivity"/>.</summary>
/// <param name="AboveFloorDb">How far over the noise floor speech has to be.</param>
/// <param name="BelowPeakDb">How far under the loud parts speech may be, however low the noise floor is.</param>
/// <param name="ShortestSpeechSeconds">Shorter bursts are clicks.</param>
/// <param name="ShortestPauseSeconds">Shorter gaps belong to the speech around them.</param>
public sealed record VoiceActivityConfig(
    double AboveFloorDb = 9,
    double BelowPeakDb = 45,
    double ShortestSpeechSeconds = 0.04,
    double ShortestPauseSeconds = 0.2);

/// <summary>Finds where somebody speaks, by the level of 20 ms frames against the recording's own noise floor and its own loud parts.
/// It serves to trim and cut studio-like recordings; it does not tell speech from other sound.</summary>
public sealed class VoiceActivity
{
    const double FrameLength = 0.02, Hop = 0.01;
    const double Silence = -120;

    readonly int _frame, _hop;
    readonly VoiceActivityConfig _config;

    /// <param name="sampleRate">Samples a second.</param>
    /// <param name="config">Thresholds.</param>
    public VoiceActivity(int sampleRate, VoiceActivityConfig? config = null)
    {
        _config = config ?? new();
        SampleRate = sampleRate;
        (_frame, _hop) = ((int)(FrameLength * sampleRate), (int)(Hop * sampleRate));
    }

    /// <summary>Samples a second.</summary>
    public int SampleRate { get; }

    /// <summary>Samples from level to level.</summary>
    public int HopLength => _hop;

    /// <summary>Seconds from level to level.</summary>
    public double HopSeconds => _hop / (double)SampleRate;

    /// <summary>Level of each frame, in dB relative to full scale, with everything under 80 Hz damped: rumble is no speech.</summary>
    /// <param name="samples">(N).</param>
    /// <returns>(max(1, (N − frame)/hop + 1)).</returns>
    public float[] Levels(ReadOnlySpan<float> samples)
    {
        var meter = new Meter(_hop, samples.Length);
        meter.Add(samples);
        return meter.Levels(_frame, samples.Length);
    }

    /// <summary>The same, while a recording is decoded: its samples are never held.</summary>
    /// <param name="reader">Read to its end, or to <paramref name="mostFrames"/>.</param>
    /// <param name="mostFrames">Frames at most.</param>
    public float[] Levels(AudioReader reader, long mostFrames = long.MaxValue)
    {
        var meter = new Meter(_hop, 0);
        var block = new float[4096 * reader.Channels];
        Span<float> mono = new float[4096];
        long read = 0;
        while (read < mostFrames && reader.Read(block) is var frames and > 0)
        {
            frames = (int)Math.Min(frames, mostFrames - read);
            AudioReader.MixDown(block, reader.Channels, mono[..frames]);
            meter.Add(mono[..frames]);
            read += frames;
        }
        return meter.Levels(_frame, read);
    }

    /// <summary>Sums of squares over hops behind a first-order high-pass at 80 Hz, so that overlapping frames cost one pass.</summary>
    sealed class Meter(int hop, int expected)
    {
        readonly float _coefficient = (float)Math.Exp(-2 * Math.PI * 80 * Hop / hop);
        readonly List<double> _hops = new(expected / hop + 1);
        float _last, _high;
        double _sum;
        int _filled;

        internal void Add(ReadOnlySpan<float> samples)
        {
            while (samples.Length > 0)
            {
                var part = samples[..Math.Min(samples.Length, hop - _filled)];
                var (last, high, sum) = (_last, _high, _sum);
                foreach (var sample in part)
                {
                    high = _coefficient * (high + sample - last);
                    last = sample;
                    sum += high * high;
                }
                (_last, _high, _sum, _filled) = (last, high, sum, _filled + part.Length);
                if (_filled == hop)
                {
                    _hops.Add(_sum);
                    (_sum, _filled) = (0, 0);
                }
                samples = samples[part.Length..];
            }
        }

        internal float[] Levels(int frame, long length)
        {
            _hops.Add(_sum);
            var levels = new float[Math.Max(1, (length - frame) / hop + 1)];
            for (var i = 0; i < levels.Length; i++)
            {
                var power = (_hops[i] + (i + 1 < _hops.Count ? _hops[i + 1] : 0)) / frame;
                levels[i] = (float)(power > 1e-12 ? 10 * Math.Log10(power) : Silence);
            }
            return levels;
        }
    }

    /// <summary>The segments with speech, in order, not touching each other.</summary>
    /// <param name="samples">(N).</param>
    public IReadOnlyList<SpeechSegment> Find(ReadOnlySpan<float> samples) => FindIn(Levels(samples), samples.Length);

    /// <summary>The same from levels.</summary>
    /// <param name="levels">As <see cref="Levels(ReadOnlySpan{float})"/> gives them.</param>
    /// <param name="length">N.</param>
    public IReadOnlyList<SpeechSegment> FindIn(ReadOnlySpan<float> levels, int length) =>
        FindIn(levels).ConvertAll(s => new SpeechSegment(s.Start * _hop, Math.Min(length, (s.End - 1) * _hop + _frame)));

    /// <summary>The segments in places of levels instead of samples, for recordings too long to hold.</summary>
    public List<SpeechSegment> FindIn(ReadOnlySpan<float> levels)
    {
        var threshold = Threshold(levels);
        var segments = new List<SpeechSegment>();
        var pause = (int)(_config.ShortestPauseSeconds / Hop);
        var least = (int)(_config.ShortestSpeechSeconds / Hop);
        for (var i = 0; i < levels.Length; i++)
        {
            if (levels[i] < threshold)
                continue;
            var start = i;
            while (i < levels.Length && levels[i] >= threshold)
                i++;
            if (segments.Count > 0 && start - segments[^1].End < pause)
                segments[^1] = segments[^1] with { End = i };
            else
                segments.Add(new(start, i));
        }
        segments.RemoveAll(s => s.End - s.Start < least);
        return segments;
    }

    /// <summary>Level, in dB, that separates speech from silence: over the noise floor, but not too far under the loud parts, and never so
    /// high that a recording without any pause loses its soft sounds.</summary>
    public double Threshold(ReadOnlySpan<float> levels)
    {
        var (floor, loud) = (Percentile(levels, 0.05), Percentile(levels, 0.95));
        var threshold = Math.Max(floor + _config.AboveFloorDb, loud - _config.BelowPeakDb);
        return Math.Max(Math.Min(threshold, loud - 20), Silence + 1);
    }

    /// <summary>The value under which a share of the values lies.</summary>
    public static double Percentile(ReadOnlySpan<float> values, double share)
    {
        var sorted = values.ToArray();
        Array.Sort(sorted);
        return sorted[(int)Math.Clamp(share * sorted.Length, 0, sorted.Length - 1)];
    }
}
