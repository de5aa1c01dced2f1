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
    const double FrameSeconds = 0.02, HopSeconds = 0.01;
    const double Silence = -120;

    readonly int _frame, _hop;
    readonly VoiceActivityConfig _config;

    /// <param name="sampleRate">Samples a second.</param>
    /// <param name="config">Thresholds.</param>
    public VoiceActivity(int sampleRate, VoiceActivityConfig? config = null)
    {
        _config = config ?? new();
        (_frame, _hop) = ((int)(FrameSeconds * sampleRate), (int)(HopSeconds * sampleRate));
    }

    /// <summary>Samples from level to level.</summary>
    public int HopLength => _hop;

    /// <summary>Level of each frame, in dB relative to full scale, with everything under 80 Hz damped: rumble is no speech.</summary>
    /// <param name="samples">(N).</param>
    /// <returns>(max(1, (N − frame)/hop + 1)).</returns>
    public float[] Levels(ReadOnlySpan<float> samples)
    {
        // A first-order high-pass at 80 Hz; squares are summed over hops, so that overlapping frames cost one pass.
        var coefficient = (float)Math.Exp(-2 * Math.PI * 80 * HopSeconds / _hop);
        var hops = new double[samples.Length / _hop + 1];
        float last = 0, high = 0;
        for (var i = 0; i < samples.Length; i++)
        {
            high = coefficient * (high + samples[i] - last);
            last = samples[i];
            hops[i / _hop] += high * high;
        }
        var levels = new float[Math.Max(1, (samples.Length - _frame) / _hop + 1)];
        for (var i = 0; i < levels.Length; i++)
        {
            var power = (hops[i] + (i + 1 < hops.Length ? hops[i + 1] : 0)) / _frame;
            levels[i] = (float)(power > 1e-12 ? 10 * Math.Log10(power) : Silence);
        }
        return levels;
    }

    /// <summary>The segments with speech, in order, not touching each other.</summary>
    /// <param name="samples">(N).</param>
    public IReadOnlyList<SpeechSegment> Find(ReadOnlySpan<float> samples) => FindIn(Levels(samples), samples.Length);

    /// <summary>The same from levels, for recordings too long to hold.</summary>
    /// <param name="levels">As <see cref="Levels"/> gives them.</param>
    /// <param name="length">N.</param>
    public IReadOnlyList<SpeechSegment> FindIn(ReadOnlySpan<float> levels, int length)
    {
        var threshold = Threshold(levels);
        var segments = new List<SpeechSegment>();
        var pause = (int)(_config.ShortestPauseSeconds / HopSeconds);
        var least = (int)(_config.ShortestSpeechSeconds / HopSeconds);
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
        return segments.ConvertAll(s => new SpeechSegment(s.Start * _hop, Math.Min(length, (s.End - 1) * _hop + _frame)));
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
