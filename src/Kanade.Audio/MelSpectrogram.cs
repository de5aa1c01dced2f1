using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Audio;

/// <summary>The only mel spectrogram of the toolkit: (log(1e-5 + power in mel bands) + 4) / 4, as StyleTTS 2 has it. Always float32.</summary>
public sealed class MelSpectrogram : IDisposable
{
    /// <summary>Mean and deviation that every log-mel value is normalised with.</summary>
    public const double Mean = -4, Deviation = 4;

    internal const double Floor = 1e-5;

    /// <summary>The value of digital silence: (ln 1e-5 + 4) / 4 = −1.878.</summary>
    public static readonly double Silence = (Math.Log(Floor) - Mean) / Deviation;

    readonly Stft _stft;
    readonly Tensor _filterbank; // (1, M, bins)

    /// <param name="config">Sizes.</param>
    /// <param name="device">Where it computes; the CPU when null.</param>
    public MelSpectrogram(MelConfig config, Device? device = null)
    {
        Libtorch.Load();
        Config = config;
        _stft = new(config.FftSize, config.HopLength, config.WindowLength, device);
        using var filterbank = MelFilterbank.Create(config.FftSize, config.FilterbankRate, config.Bands, device: device);
        _filterbank = filterbank.unsqueeze(0).DetachFromDisposeScope();
    }

    /// <summary>Sizes.</summary>
    public MelConfig Config { get; }

    /// <summary>The mel spectrogram of a batch of sounds at <see cref="MelConfig.SampleRate"/>.</summary>
    /// <param name="samples">(B, N).</param>
    /// <returns>(B, M, N/hop + 1).</returns>
    public Tensor Compute(Tensor samples)
    {
        using var scope = NewDisposeScope();
        using var full = Autocast.Disable(samples.device.type);
        var power = _stft.Power(samples);                                                       // (B, bins, F)
        var bands = bmm(_filterbank.expand(power.shape[0], -1, -1), power);                     // (B, M, F)
        return ((bands + Floor).log() - Mean).div(Deviation).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stft.Dispose();
        _filterbank.Dispose();
    }
}
