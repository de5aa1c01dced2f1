using Kanade.Models;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Training;

/// <summary>Losses of a pitch extractor. Each is a mean over all frames, so that a batch's loss is the mean of its parts' wherever it is cut.</summary>
public static class PitchLoss
{
    /// <summary>Deviation, in bins of 25 cents, of the bump that stands for a pitch among the bins (Kim et al. 2018 have 25 cents).</summary>
    const double Blur = 1;

    /// <summary>F0 in Hz under which an error counts as if it were this: unvoiced frames have no pitch to take the error's part of.</summary>
    const double LeastHz = 100;

    /// <summary>Binary cross-entropy of the voicing.</summary>
    /// <param name="voicing">(B, F) log odds.</param>
    /// <param name="f0">(B, F) Hz, 0 = unvoiced.</param>
    public static Tensor Voicing(Tensor voicing, Tensor f0)
    {
        using var scope = NewDisposeScope();
        return F.binary_cross_entropy_with_logits(voicing.to(float32), (f0 > 0).to(float32)).MoveToOuterDisposeScope();
    }

    /// <summary>Smooth L1 of the error as a part of the pitch: an octave costs the same in every voice, and tenths of a hertz no more than they matter.</summary>
    /// <param name="hz">(B, F).</param>
    /// <param name="f0">(B, F) Hz, 0 = unvoiced.</param>
    /// <param name="voicedOnly">Leaves unvoiced frames out; otherwise 0 is their pitch.</param>
    public static Tensor Regression(Tensor hz, Tensor f0, bool voicedOnly)
    {
        using var scope = NewDisposeScope();
        var part = (hz - f0) / f0.clamp_min(LeastHz);
        var error = F.smooth_l1_loss(part, zeros_like(part), reduction: nn.Reduction.None, beta: 0.1);
        return (voicedOnly ? error * (f0 > 0) : error).mean().MoveToOuterDisposeScope();
    }

    /// <summary>Cross-entropy of the bins against a bump about the pitch, in voiced frames.</summary>
    /// <param name="bins">(B, K, F) logits.</param>
    /// <param name="f0">(B, F) Hz, 0 = unvoiced.</param>
    public static Tensor Classification(Tensor bins, Tensor f0)
    {
        using var scope = NewDisposeScope();
        var places = arange(bins.shape[1], dtype: float32, device: bins.device).reshape(1, -1, 1);                           // (1, K, 1)
        var centre = ConvNextPitchExtractor.BinOf(f0.clamp_min(1)).clamp(0, bins.shape[1] - 1).unsqueeze(1);                  // (B, 1, F)
        var bump = F.softmax((places - centre).square().div(-2 * Blur * Blur), 1);                                           // (B, K, F)
        var entropy = -(bump * F.log_softmax(bins.to(float32), 1)).sum(1);                                                   // (B, F)
        return (entropy * (f0 > 0)).mean().MoveToOuterDisposeScope();
    }
}
