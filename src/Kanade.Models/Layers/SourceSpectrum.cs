using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models.Layers;

/// <summary>
/// The harmonic excitation as a decoder of spectra reads it: log-magnitude, cosine and sine of the phase of every bin, by a linear layer (Wavehax,
/// Yoneyama et al. 2024). Where the voice comes from outside as a pitch, this says at which phase each harmonic stands in each frame.
/// </summary>
sealed class SourceSpectrum : nn.Module<Tensor, Tensor, Tensor>
{
    /// <summary>The squared magnitude of silence: below it a bin has no phase, and its gradient is damped.</summary>
    const double Silence = 1e-4;

    [ComponentName(Name = "m_source")] readonly HarmonicNoiseSource _source;
    [ComponentName(Name = "project")] readonly Linear _project;
    readonly ShortTimeTransform _transform;
    readonly int _fftSize;
    readonly bool _learnsSource;

    /// <param name="source">The excitation, which becomes a part of this.</param>
    /// <param name="fftSize">Of the transform.</param>
    /// <param name="hopLength">Its hop, one mel frame.</param>
    /// <param name="channels">C.</param>
    /// <param name="learnsSource">Whether training reaches the layer that merges the harmonics.</param>
    public SourceSpectrum(HarmonicNoiseSource source, int fftSize, int hopLength, int channels, bool learnsSource) : base(nameof(SourceSpectrum))
    {
        (_source, _fftSize, _learnsSource) = (source, fftSize, learnsSource);
        _transform = new ShortTimeTransform(fftSize, hopLength);
        _project = nn.Linear(3 * (fftSize / 2 + 1), channels);
        RegisterComponents();
    }

    /// <param name="f0">(B, F) Hz.</param>
    /// <param name="noise">(B, F * hop, harmonics + 1) standard normal.</param>
    /// <returns>(B, F, C).</returns>
    public override Tensor forward(Tensor f0, Tensor noise)
    {
        using var scope = NewDisposeScope();
        return _project.call(Features(f0, noise)).MoveToOuterDisposeScope();
    }

    /// <returns>(B, F, 3K).</returns>
    internal Tensor Features(Tensor f0, Tensor noise)
    {
        using var scope = NewDisposeScope();
        using var exact = Autocast.Disable(f0.device.type);
        using var gradient = set_grad_enabled(_learnsSource && is_grad_enabled());
        var wave = _source.call(f0, noise);                                                         // (B, N)
        var missing = _fftSize / 2 + 1 - wave.shape[1];                                             // what the reflected ends need
        if (missing > 0)
            wave = F.pad(wave, (0L, missing));
        var spectrum = _transform.Spectrum(wave).narrow(2, 0, f0.shape[1]).transpose(1, 2);         // (B, F, K)
        var power = spectrum.real.square() + spectrum.imag.square() + Silence;
        var inverse = power.rsqrt();
        return cat([power.log() / 2, spectrum.real * inverse, spectrum.imag * inverse], 2).MoveToOuterDisposeScope();
    }
}
