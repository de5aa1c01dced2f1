namespace Kanade.Audio;

/// <summary>The power spectrum of single frames under a Hann window, for analysis that needs no tensors. One a thread.</summary>
public sealed class PowerSpectrum
{
    readonly FourierTransform _fft;
    readonly float[] _window, _real, _imaginary;

    /// <param name="size">Samples of a frame; a power of two.</param>
    public PowerSpectrum(int size)
    {
        _fft = new(size);
        (_window, _real, _imaginary) = (new float[size], new float[size], new float[size]);
        for (var i = 0; i < size; i++)
            _window[i] = (float)(0.5 - 0.5 * Math.Cos(2 * Math.PI * i / size));
    }

    /// <summary>Writes the squares of the absolute values of the spectrum.</summary>
    /// <param name="samples">(size).</param>
    /// <param name="power">(size/2 + 1).</param>
    public void Compute(ReadOnlySpan<float> samples, Span<float> power)
    {
        for (var i = 0; i < _real.Length; i++)
            _real[i] = samples[i] * _window[i];
        Array.Clear(_imaginary);
        _fft.Forward(_real, _imaginary);
        for (var k = 0; k <= _real.Length / 2; k++)
            power[k] = _real[k] * _real[k] + _imaginary[k] * _imaginary[k];
    }

    /// <summary>The same of two frames by one transform. What rounding makes of the louder one is in the other too, some 130 dB below it.</summary>
    /// <param name="first">(size).</param>
    /// <param name="second">(size).</param>
    /// <param name="power">(size/2 + 1), of the first.</param>
    /// <param name="secondPower">(size/2 + 1).</param>
    public void Compute(ReadOnlySpan<float> first, ReadOnlySpan<float> second, Span<float> power, Span<float> secondPower)
    {
        for (var i = 0; i < _real.Length; i++)
            (_real[i], _imaginary[i]) = (first[i] * _window[i], second[i] * _window[i]);
        _fft.Forward(_real, _imaginary);
        FourierTransform.PowerOfBoth(_real, _imaginary, power, secondPower);
    }
}
