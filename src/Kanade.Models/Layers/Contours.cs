using static TorchSharp.torch;

namespace Kanade.Models.Layers;

/// <summary>Pitch and energy as numbers of order 1.</summary>
static class Contours
{
    /// <summary>Features of a frame.</summary>
    public const int Count = 3;

    /// <summary>About the mean and deviation of log F0 and the deviation of the energy in speech.</summary>
    const double LogPitchMean = 5.3, LogPitchDeviation = 0.4, EnergyDeviation = 4;

    /// <param name="f0">(B, F) Hz, 0 = unvoiced.</param>
    /// <param name="energy">(B, F).</param>
    /// <returns>(B, F, 3) float32: log F0, or 0 where there is none; whether there is one; the energy.</returns>
    public static Tensor Features(Tensor f0, Tensor energy)
    {
        using var scope = NewDisposeScope();
        var voiced = (f0 > HarmonicNoiseSource.VoicedHz).to(float32);
        var pitch = (f0.to(float32).clamp_min(HarmonicNoiseSource.VoicedHz).log() - LogPitchMean) / LogPitchDeviation;
        return stack([pitch * voiced, voiced, energy.to(float32) / EnergyDeviation], 2).MoveToOuterDisposeScope();
    }
}
