namespace Kanade.Audio;

/// <summary>What <see cref="Energy"/> makes of a sound's <see cref="MelSpectrogram"/>, without tensors: preprocessing needs no libtorch for it. One a thread.</summary>
public sealed class FrameEnergy
{
    readonly MelConfig _config;
    readonly FourierTransform _fft;
    readonly float[] _window, _real, _imaginary, _power, _secondPower;
    readonly (int First, float[] Weights)[] _bands;

    /// <param name="config">Of the spectrogram; its transform's size a power of two.</param>
    public FrameEnergy(MelConfig config)
    {
        _config = config;
        _fft = new(config.FftSize);
        (_window, _real, _imaginary) = (new float[config.WindowLength], new float[config.FftSize], new float[config.FftSize]);
        (_power, _secondPower) = (new float[config.FftSize / 2 + 1], new float[config.FftSize / 2 + 1]);
        for (var i = 0; i < _window.Length; i++)
            _window[i] = (float)(0.5 - 0.5 * Math.Cos(2 * Math.PI * i / _window.Length));
        var triangles = MelFilterbank.Triangles(config.FftSize, config.FilterbankRate, config.Bands);
        _bands = new (int, float[])[config.Bands];
        for (var m = 0; m < _bands.Length; m++)
        {
            var weights = Enumerable.Range(0, _power.Length).Select(k => triangles[k * config.Bands + m]).ToArray();
            var first = Math.Max(0, Array.FindIndex(weights, w => w > 0));
            _bands[m] = (first, weights[first..(Array.FindLastIndex(weights, w => w > 0) + 1)]);
        }
    }

    /// <param name="samples">(N).</param>
    /// <returns>(N/hop + 1), logs.</returns>
    public float[] Compute(ReadOnlySpan<float> samples)
    {
        var energy = new float[_config.Frames(samples.Length)];
        // Two frames a transform: one in its real part, one in its imaginary.
        for (var frame = 0; frame < energy.Length; frame += 2)
        {
            Frame(samples, frame, _real);
            Frame(samples, frame + 1, _imaginary);
            _fft.Forward(_real, _imaginary);
            FourierTransform.PowerOfBoth(_real, _imaginary, _power, _secondPower);
            energy[frame] = Energy(_power);
            if (frame + 1 < energy.Length)
                energy[frame + 1] = Energy(_secondPower);
        }
        return energy;
    }

    /// <summary>The samples around a frame's centre under the window; what lies beyond an end is mirrored at it, in a sound that is shorter than that after it was filled up with zeros.</summary>
    void Frame(ReadOnlySpan<float> samples, int frame, float[] into)
    {
        Array.Clear(into);
        var margin = (_config.FftSize - _window.Length) / 2;
        var start = frame * _config.HopLength - _config.FftSize / 2 + margin;
        var length = Math.Max(samples.Length, _config.FftSize / 2 + 1);
        for (var i = 0; i < _window.Length; i++)
        {
            var at = Math.Abs(start + i);
            if (at >= length)
                at = 2 * (length - 1) - at;
            if (at >= 0 && at < samples.Length)
                into[margin + i] = samples[at] * _window[i];
        }
    }

    float Energy(float[] power)
    {
        var sum = 0.0;
        foreach (var (first, weights) in _bands)
        {
            var band = MelSpectrogram.Floor;
            for (var k = 0; k < weights.Length; k++)
                band += power[first + k] * weights[k];
            sum += band * band;
        }
        return (float)(0.5 * Math.Log(sum));
    }
}
