using Kanade.Audio;

namespace Kanade.Training;

/// <summary>The value of digital silence in the normalised log mel: (ln 1e-5 + 4) / 4 = −1.878.</summary>
static class MelSilence
{
    public static readonly double Value = (Math.Log(1e-5) - MelSpectrogram.Mean) / MelSpectrogram.Deviation;
}
