using System.Numerics;
using Kanade.Audio;

namespace Kanade.Corpus;

/// <summary>Measures of a recording that decide whether it is good enough.</summary>
static class SoundQuality
{
    const int SpectrumSize = 2048;
    const int MostSpectra = 64;

    /// <summary>Share of samples in runs of three and more at the largest value: what a converter makes of sound that is too loud.</summary>
    internal static double ClippedShare(ReadOnlySpan<float> samples)
    {
        var (highest, lowest) = Extremes(samples);
        // A quiet recording has no clipped samples, whatever its coarse steps repeat.
        var (top, bottom) = (highest > 0.1f ? highest * 0.9995f : float.MaxValue, lowest < -0.1f ? lowest * 0.9995f : float.MinValue);
        var (clipped, run) = (0, 0);
        for (var i = 0; i <= samples.Length; i++)
        {
            if (run == 0)
                i += NoneFrom(samples[Math.Min(i, samples.Length)..], bottom, top);
            if (i < samples.Length && (samples[i] >= top || samples[i] <= bottom))
            {
                run++;
                continue;
            }
            if (run >= 3)
                clipped += run;
            run = 0;
        }
        return samples.Length == 0 ? 0 : clipped / (double)samples.Length;
    }

    static (float Highest, float Lowest) Extremes(ReadOnlySpan<float> samples)
    {
        var (highest, lowest, i) = (new Vector<float>(float.MinValue), new Vector<float>(float.MaxValue), 0);
        for (; i + Vector<float>.Count <= samples.Length; i += Vector<float>.Count)
            (highest, lowest) = (Vector.Max(highest, new(samples[i..])), Vector.Min(lowest, new(samples[i..])));
        var (high, low) = (float.MinValue, float.MaxValue);
        for (var lane = 0; lane < Vector<float>.Count; lane++)
            (high, low) = (Math.Max(high, highest[lane]), Math.Min(low, lowest[lane]));
        for (; i < samples.Length; i++)
            (high, low) = (Math.Max(high, samples[i]), Math.Min(low, samples[i]));
        return (high, low);
    }

    /// <summary>How many samples, in whole vectors, are surely between the two values.</summary>
    static int NoneFrom(ReadOnlySpan<float> samples, float bottom, float top)
    {
        var i = 0;
        while (i + Vector<float>.Count <= samples.Length && new Vector<float>(samples[i..]) is var x
            && !Vector.GreaterThanOrEqualAny(x, new Vector<float>(top)) && !Vector.LessThanOrEqualAny(x, new Vector<float>(bottom)))
            i += Vector<float>.Count;
        return i;
    }

    /// <summary>Level of speech over the level of pauses, in dB, at most 100. Without pauses the quietest twentieth of the frames stands for them.</summary>
    /// <param name="levels">As <see cref="VoiceActivity.Levels(ReadOnlySpan{float})"/> gives them.</param>
    /// <param name="segments">Speech.</param>
    /// <param name="hop">Samples from level to level.</param>
    internal static double SignalToNoiseDb(ReadOnlySpan<float> levels, IReadOnlyList<SpeechSegment> segments, int hop)
    {
        const int guard = 3; // frames beside speech are neither
        var kind = new sbyte[levels.Length];
        foreach (var segment in segments)
            Mark(segment.Start / hop - guard, segment.End / hop + guard, 2);
        foreach (var segment in segments)
            Mark(segment.Start / hop, segment.End / hop, 1);
        void Mark(int first, int last, sbyte value)
        {
            for (var i = Math.Max(0, first); i <= Math.Min(kind.Length - 1, last); i++)
                kind[i] = value;
        }
        var (speech, speechFrames, noise, noiseFrames) = (0.0, 0, 0.0, 0);
        for (var i = 0; i < levels.Length; i++)
        {
            var power = Math.Pow(10, levels[i] / 10);
            if (kind[i] == 1)
                (speech, speechFrames) = (speech + power, speechFrames + 1);
            else if (kind[i] == 0)
                (noise, noiseFrames) = (noise + power, noiseFrames + 1);
        }
        if (speechFrames == 0)
            return 0;
        var noiseDb = noiseFrames >= 5 ? 10 * Math.Log10(Math.Max(noise / noiseFrames, 1e-12)) : VoiceActivity.Percentile(levels, 0.05);
        return Math.Min(100, 10 * Math.Log10(Math.Max(speech / speechFrames, 1e-12)) - noiseDb);
    }

    /// <summary>Where the spectrum ends: the highest frequency whose peak-hold level over the loud parts is within 70 dB of the strongest.
    /// Sound that was once at a lower rate, or went through a codec with a low-pass, falls off a cliff there.</summary>
    internal static double BandwidthHz(ReadOnlySpan<float> samples, IReadOnlyList<SpeechSegment> segments, int rate, SpectrumScratch scratch)
    {
        var held = new float[SpectrumSize / 2 + 1];
        var total = segments.Sum(s => s.End - s.Start);
        var step = Math.Max(SpectrumSize / 2, total / MostSpectra);
        foreach (var segment in segments)
        {
            for (var start = segment.Start; start + SpectrumSize <= segment.End; start += 2 * step)
            {
                var next = start + step + SpectrumSize <= segment.End ? start + step : start;
                scratch.HoldPeaks(samples.Slice(start, SpectrumSize), samples.Slice(next, SpectrumSize), held);
            }
        }
        var strongest = held.Max();
        if (strongest <= 0)
            return rate / 2.0; // too short to tell
        var bin = held.Length - 1;
        while (bin > 0 && held[bin] < strongest * 1e-7f)
            bin--;
        return bin * (double)rate / SpectrumSize;
    }

    /// <summary>What <see cref="BandwidthHz"/> reuses from recording to recording; one a thread.</summary>
    internal sealed class SpectrumScratch
    {
        readonly PowerSpectrum _spectrum = new(SpectrumSize);
        readonly float[] _power = new float[SpectrumSize / 2 + 1], _secondPower = new float[SpectrumSize / 2 + 1];

        internal void HoldPeaks(ReadOnlySpan<float> first, ReadOnlySpan<float> second, float[] held)
        {
            _spectrum.Compute(first, second, _power, _secondPower);
            for (var k = 0; k < held.Length; k++)
                held[k] = Math.Max(held[k], Math.Max(_power[k], _secondPower[k]));
        }
    }
}
