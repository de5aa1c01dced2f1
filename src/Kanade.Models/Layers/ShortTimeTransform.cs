using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models.Layers;

/// <summary>The small Fourier transform at the end of iSTFTNet, there and back: periodic Hann window as long as the transform, centred and
/// reflected. Always float32, and with the published decoders' 20 points the same to the bit on every machine but for the tangent.</summary>
sealed class ShortTimeTransform(int fftSize, int hopLength)
{
    /// <summary>The squared magnitude under which a phase is noise: its gradient, which grows as 1 / magnitude, is damped there.</summary>
    const double PhaseFloor = 1e-4;

    readonly HannWindow _window = new(fftSize);

    /// <param name="wave">(B, N).</param>
    /// <returns>(B, fftSize / 2 + 1, N / hop + 1), complex.</returns>
    public Tensor Spectrum(Tensor wave)
    {
        using var scope = NewDisposeScope();
        using var exact = Autocast.Disable(wave.device.type);
        var (sound, window) = (wave.to(float32), _window.On(wave.device));
        if (fftSize != TwentyPointTransform.Size)
            return stft(sound, fftSize, hopLength, fftSize, window, return_complex: true).MoveToOuterDisposeScope();
        var padded = F.pad(sound.unsqueeze(1), (fftSize / 2, fftSize / 2), PaddingModes.Reflect).squeeze(1);
        var frames = padded.unfold(1, fftSize, hopLength) * window;                                    // (B, frames, fftSize)
        return TwentyPointTransform.Forward(frames.permute(2, 0, 1).contiguous()).transpose(1, 2).MoveToOuterDisposeScope();
    }

    /// <summary>Magnitudes above phases, the form in which the generator reads its source.</summary>
    /// <param name="spectrum">(B, K, frames), complex.</param>
    /// <returns>(B, 2K, frames).</returns>
    public static Tensor Polar(Tensor spectrum)
    {
        using var scope = NewDisposeScope();
        var phase = spectrum.angle();
        if (spectrum.requires_grad)
        {
            // The value is the angle, the gradient Im(z* dz) / (|z|² + floor) instead of Im(z* dz) / |z|².
            var fixedSpectrum = spectrum.detach();
            var (real, imaginary) = (fixedSpectrum.real, fixedSpectrum.imag);
            var turn = (real * spectrum.imag - imaginary * spectrum.real) / (real.square() + imaginary.square() + PhaseFloor);
            phase = phase.detach() + turn;
        }
        return cat([spectrum.abs(), phase], 1).MoveToOuterDisposeScope();
    }

    /// <param name="magnitude">(B, K, frames).</param>
    /// <param name="phase">(B, K, frames), radians.</param>
    /// <returns>(B, 1, (frames - 1) * hop).</returns>
    public Tensor Wave(Tensor magnitude, Tensor phase)
    {
        using var scope = NewDisposeScope();
        using var exact = Autocast.Disable(magnitude.device.type);
        return Wave(polar(magnitude, phase)).MoveToOuterDisposeScope();
    }

    /// <param name="spectrum">(B, K, frames), complex.</param>
    /// <returns>(B, 1, (frames - 1) * hop).</returns>
    public Tensor Wave(Tensor spectrum)
    {
        using var scope = NewDisposeScope();
        using var exact = Autocast.Disable(spectrum.device.type);
        return istft(spectrum, fftSize, hopLength, fftSize, _window.On(spectrum.device)).unsqueeze(1).MoveToOuterDisposeScope();
    }
}
