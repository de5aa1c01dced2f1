namespace Kanade.Audio;

/// <summary>What decides a mel spectrogram. The defaults are StyleTTS 2's.</summary>
/// <param name="SampleRate">Samples a second of the sound.</param>
/// <param name="FftSize">Samples in a Fourier transform.</param>
/// <param name="WindowLength">Samples under the Hann window, centred in the transform.</param>
/// <param name="HopLength">Samples from frame to frame.</param>
/// <param name="Bands">Mel bands.</param>
/// <param name="FilterbankRate">The rate for which the triangles are laid out. The original left it at 16000 for sound of 24000 Hz, so that
/// its bands are 1.5 times as wide as their names say and reach 12 kHz; published checkpoints expect that.</param>
public sealed record MelConfig(
    int SampleRate = 24000,
    int FftSize = 2048,
    int WindowLength = 1200,
    int HopLength = 300,
    int Bands = 80,
    int FilterbankRate = 16000)
{
    /// <summary>Seconds from frame to frame.</summary>
    public double HopSeconds => HopLength / (double)SampleRate;

    /// <summary>Frames of a sound of N samples: N / hop + 1.</summary>
    public int Frames(int samples) => samples / HopLength + 1;
}
