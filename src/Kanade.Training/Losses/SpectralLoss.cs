using Kanade.Audio;
using Kanade.Models;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>Distance of two waves in log-mel spectra of several resolutions (Parallel WaveGAN, Yamamoto et al. 2020, with the mel scale that
/// StyleTTS 2 put in): for each, Σ |mel(recorded) - mel(generated)| / Σ |mel(recorded)|, where mel is (ln(1e-5 + power) + 4) / 4; then the
/// mean over resolutions. Holds the windows and filterbanks on one device.</summary>
public sealed class SpectralLoss : IDisposable
{
    readonly (Stft Transform, Tensor Filterbank)[] _parts;

    /// <param name="resolutions">1024/120/600, 2048/240/1200 and 512/50/240 at 24 kHz in the reference.</param>
    /// <param name="sampleRate">Hz; the filterbanks reach up to half of it.</param>
    /// <param name="bands">128 in the reference.</param>
    /// <param name="device">Where the waves will be; the CPU when null.</param>
    public SpectralLoss(IReadOnlyList<SpectrumResolution> resolutions, int sampleRate, int bands, Device? device = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(resolutions.Count);
        _parts = [.. resolutions.Select(one => (
            new Stft(one.FftSize, one.HopLength, one.WindowLength, device),
            MelFilterbank.Create(one.FftSize, sampleRate, bands, device: device)))];
    }

    /// <summary>The mean over resolutions.</summary>
    /// <param name="generated">(B, N) samples.</param>
    /// <param name="recorded">(B, N) samples; carries no gradient.</param>
    /// <param name="over">What the ratio is taken over.</param>
    public Tensor Compute(Tensor generated, Tensor recorded, LossScope over = LossScope.Utterance)
    {
        using var scope = NewDisposeScope();
        var sum = Enumerable.Range(0, _parts.Length)
            .Select(part => Ratio(Mel(generated, part), Mel(recorded.detach(), part), over))
            .Aggregate((total, next) => total + next);
        return (sum / _parts.Length).MoveToOuterDisposeScope();
    }

    /// <returns>(B, M, frames): the normalised log-mel at one resolution.</returns>
    internal Tensor Mel(Tensor wave, int part)
    {
        using var scope = NewDisposeScope();
        using var exact = Autocast.Disable(wave.device.type);
        var power = _parts[part].Transform.Power(wave);                              // (B, bins, frames)
        var mel = einsum("mk,bkf->bmf", _parts[part].Filterbank, power);             // (B, M, frames)
        return (((mel + 1e-5).log() + 4) / 4).MoveToOuterDisposeScope();
    }

    internal static Tensor Ratio(Tensor generated, Tensor recorded, LossScope over)
    {
        var distance = (recorded - generated).abs();                                 // (B, M, frames)
        return over == LossScope.Batch
            ? distance.sum() / recorded.abs().sum()
            : (distance.sum([1, 2]) / recorded.abs().sum([1, 2])).mean();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (transform, filterbank) in _parts)
        {
            transform.Dispose();
            filterbank.Dispose();
        }
    }
}
