using Kanade.Audio;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models.Layers;

/// <summary>
/// The magnitudes that a mel spectrogram stands for, by the pseudo-inverse of its filterbank (FreeV, Lv et al. 2024), for a transform that may be
/// another one than the mel's. With n(m) the sum of band m's weights, a smooth spectrum |X| has the band powers p = n·|X|² and the band sums
/// W·|X| = n·|X| = sqrt(n·p): their pseudo-inverse rings less than that of the powers, which span twice the decibels.
/// A constant of the sizes, so it is no part of a network's state.
/// </summary>
sealed class MelEnvelope
{
    /// <summary>The lowest magnitude: what lies below, or is negative, is no sound.</summary>
    const double Floor = 1e-3;

    readonly double _scale;
    Tensor _inverse, _weights;

    /// <param name="mel">Of the mel spectrogram.</param>
    /// <param name="fftSize">Of the transform whose magnitudes are wanted; its Hann window is as long.</param>
    public MelEnvelope(MelConfig mel, int fftSize)
    {
        using var scope = NewDisposeScope();
        // Noise has in a bin a power that grows with the window, and a band has bins in proportion to the transform.
        _scale = (double)fftSize * fftSize / ((double)mel.FftSize * mel.WindowLength);
        var filterbank = MelFilterbank.Create(fftSize, mel.FilterbankRate, mel.Bands).to(float64);              // (M, K)
        _inverse = linalg.pinv(filterbank).to(float32).DetachFromDisposeScope();                                // (K, M)
        _weights = filterbank.sum(1).to(float32).DetachFromDisposeScope();                                      // (M)
    }

    /// <param name="mel">(B, F, M) normalised log-mel, as <see cref="MelSpectrogram"/> has it.</param>
    /// <returns>(B, F, K) log-magnitudes.</returns>
    public Tensor LogMagnitude(Tensor mel)
    {
        using var scope = NewDisposeScope();
        using var exact = Autocast.Disable(mel.device.type);
        MoveTo(mel.device);
        var power = (mel.to(float32) * MelSpectrogram.Deviation + MelSpectrogram.Mean).exp() * _scale;          // (B, F, M)
        return F.linear((power * _weights).sqrt(), _inverse).clamp_min(Floor).log().MoveToOuterDisposeScope();  // (B, F, K)
    }

    void MoveTo(Device device)
    {
        if (_inverse.device_type == device.type && _inverse.device_index == device.index)
            return;
        // Another thread may be in the same forward: tensors that it holds stay valid, and the collector frees them.
        (_inverse, _weights) = (_inverse.to(device).DetachFromDisposeScope(), _weights.to(device).DetachFromDisposeScope());
    }
}
