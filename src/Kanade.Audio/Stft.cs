using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Audio;

/// <summary>The short-time Fourier transform: periodic Hann window, centred frames, ends reflected, always in float32. Gradients pass.</summary>
public sealed class Stft : IDisposable
{
    readonly int _fftSize, _hopLength, _windowLength;
    readonly Tensor _window;

    /// <param name="fftSize">Samples in a transform.</param>
    /// <param name="hopLength">Samples from frame to frame.</param>
    /// <param name="windowLength">Samples under the window.</param>
    /// <param name="device">Where the window lives; the CPU when null.</param>
    public Stft(int fftSize, int hopLength, int windowLength, Device? device = null)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(windowLength, fftSize);
        Libtorch.Load();
        (_fftSize, _hopLength, _windowLength) = (fftSize, hopLength, windowLength);
        _window = hann_window(windowLength, device: device ?? CPU).DetachFromDisposeScope();
    }

    /// <summary>The spectrum.</summary>
    /// <param name="samples">(B, N), of any floating type. What is shorter than half a transform is filled up with zeros.</param>
    /// <returns>(B, fftSize/2 + 1, N/hop + 1), complex.</returns>
    public Tensor Spectrum(Tensor samples)
    {
        using var scope = NewDisposeScope();
        using var full = Autocast.Disable(samples.device.type);
        var (count, least) = (samples.shape[^1], _fftSize / 2 + 1); // reflection needs one sample more than it mirrors
        var x = samples.to(float32);
        if (count < least)
            x = nn.functional.pad(x, [0, least - count]);
        var spectrum = stft(x, _fftSize, _hopLength, _windowLength, _window, center: true, pad_mode: PaddingModes.Reflect, return_complex: true);
        return spectrum.narrow(-1, 0, count / _hopLength + 1).MoveToOuterDisposeScope();
    }

    /// <summary>The absolute values of the spectrum.</summary>
    /// <param name="samples">(B, N).</param>
    /// <returns>(B, fftSize/2 + 1, N/hop + 1).</returns>
    public Tensor Magnitude(Tensor samples)
    {
        using var scope = NewDisposeScope();
        return Spectrum(samples).abs().MoveToOuterDisposeScope();
    }

    /// <summary>The squares of the absolute values, whose gradient is finite at silence too.</summary>
    /// <param name="samples">(B, N).</param>
    /// <returns>(B, fftSize/2 + 1, N/hop + 1).</returns>
    public Tensor Power(Tensor samples)
    {
        using var scope = NewDisposeScope();
        var spectrum = Spectrum(samples);
        return (spectrum.real.square() + spectrum.imag.square()).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => _window.Dispose();
}
