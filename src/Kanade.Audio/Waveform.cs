namespace Kanade.Audio;

/// <summary>Mono sound in memory.</summary>
/// <param name="Samples">(N) samples, full scale ±1.</param>
/// <param name="SampleRate">Samples a second.</param>
public sealed record Waveform(float[] Samples, int SampleRate)
{
    /// <summary>Length in seconds.</summary>
    public double Seconds => Samples.Length / (double)SampleRate;

    /// <summary>The samples from <paramref name="start"/> (inclusive) to <paramref name="end"/> (exclusive).</summary>
    public Waveform Slice(int start, int end) => this with { Samples = Samples[start..end] };
}
