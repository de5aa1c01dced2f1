using Kanade.Audio;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Models;

/// <summary>
/// The log mel spectrogram that Whisper hears (Radford et al. 2022, section 2.2): 16 kHz, windows of 25 ms every 10 ms, bands of equal area on
/// Slaney's mel scale, decibels floored 80 dB below the loudest. It is computed in float32 and carries gradient to the waveform.
/// This is not the mel spectrogram of the acoustic model: see <see cref="MelSpectrogram"/>.
/// </summary>
/// <remarks>
/// The floor belongs to each waveform. The published code takes the loudest of the whole batch, so that what a clip gives depends on its
/// neighbours, and on how a batch is split over processes; the constructor can ask for that. Nothing is padded to 30 s here.
/// </remarks>
public sealed class WhisperLogMel : IDisposable
{
    internal const int FftSize = 400, HopLength = 160;

    readonly Stft _stft = new(FftSize, HopLength, FftSize);
    readonly Tensor _filters;
    readonly bool _floorOverBatch;

    /// <param name="bands">M; 80, and 128 since large-v3.</param>
    /// <param name="floorOverBatch">Floor 80 dB below the loudest of the batch, as published.</param>
    public WhisperLogMel(int bands = 80, bool floorOverBatch = false)
    {
        Libtorch.Load();
        _floorOverBatch = floorOverBatch;
        _filters = tensor(SlaneyFilters(bands), [bands, FftSize / 2 + 1]).DetachFromDisposeScope();
    }

    /// <summary>(M, 201) the filters.</summary>
    internal Tensor Filters => _filters;

    /// <param name="wave">(B, N) samples at 16 kHz; less than a window is filled up with silence.</param>
    /// <returns>(B, M, N / 160) about -1 to 1.</returns>
    public Tensor Compute(Tensor wave)
    {
        using var scope = NewDisposeScope();
        using var precision = Autocast.Disable(wave.device_type);
        if (wave.shape[1] < FftSize)
            wave = nn.functional.pad(wave, [0, FftSize - wave.shape[1]]);
        var power = _stft.Power(wave);                                                      // (B, 201, N/160 + 1)
        power = power.narrow(-1, 0, power.shape[2] - 1);
        var decades = einsum("mk,bkf->bmf", _filters, power).clamp_min(1e-10).log10();      // (B, M, N/160)
        var loudest = _floorOverBatch ? decades.max() : decades.amax([1, 2], keepdim: true);
        return ((maximum(decades, loudest - 8) + 4) / 4).MoveToOuterDisposeScope();
    }

    /// <summary>Moves window and filters.</summary>
    internal WhisperLogMel On(Device device) => new(this, device);

    WhisperLogMel(WhisperLogMel other, Device device)
    {
        _floorOverBatch = other._floorOverBatch;
        _stft = new Stft(FftSize, HopLength, FftSize, device);
        _filters = other._filters.to(device, copy: true).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stft.Dispose();
        _filters.Dispose();
    }

    /// <summary>Triangles between points of equal distance in mel, each divided by its half width in Hz (Slaney's Auditory Toolbox).</summary>
    static float[] SlaneyFilters(int bands)
    {
        const int bins = FftSize / 2 + 1, rate = SpeechLanguageModel.SampleRate;
        var corners = new double[bands + 2];
        for (var i = 0; i < corners.Length; i++)
            corners[i] = Hertz(Mel(rate / 2.0) * i / (bands + 1));
        var filters = new float[bands * bins];
        for (var band = 0; band < bands; band++)
        {
            var (low, centre, high) = (corners[band], corners[band + 1], corners[band + 2]);
            for (var bin = 0; bin < bins; bin++)
            {
                var frequency = (double)rate * bin / FftSize;
                var triangle = Math.Min((frequency - low) / (centre - low), (high - frequency) / (high - centre));
                filters[band * bins + bin] = (float)(Math.Max(0, triangle) * 2 / (high - low));
            }
        }
        return filters;
    }

    // Linear to 1 kHz (mel 15), logarithmic above: 27 mel are a factor of 6.4.
    static double Mel(double hertz) => hertz < 1000 ? hertz * 3 / 200 : 15 + Math.Log(hertz / 1000) * 27 / Math.Log(6.4);

    static double Hertz(double mel) => mel < 15 ? mel * 200 / 3 : 1000 * Math.Exp((mel - 15) * Math.Log(6.4) / 27);
}
