using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models;

/// <summary>Which phoneme sounds in which aligner frame, as weights.</summary>
/// <param name="Attention">(B, T, A) weights, over T summing to 1 inside an utterance and 0 in the frames after its end.</param>
/// <param name="Frames">(B) int64, aligner frames of each utterance.</param>
public sealed record SoftAlignment(Tensor Attention, Tensor Frames);

/// <summary>Turns duration logits into an alignment through which gradients reach the duration predictor (StyleTTS 2, Li et al. 2023,
/// section 3.2.3, equations 6 and 7).</summary>
public static class DurationAlignment
{
    /// <summary>Each phoneme as long as it is told: 1 where a frame belongs to a phoneme, otherwise 0.</summary>
    /// <param name="durations">(B, T) int64 aligner frames, 0 where padding.</param>
    /// <param name="frames">A, the frames of the longest.</param>
    /// <returns>(B, T, A) float32.</returns>
    public static Tensor Hard(Tensor durations, long frames)
    {
        using var scope = NewDisposeScope();
        var ends = durations.cumsum(1).unsqueeze(2);                                                             // (B, T, 1)
        var frame = arange(frames, device: durations.device);                                                    // (A)
        return ((frame < ends) & (frame >= ends - durations.unsqueeze(2))).to(float32).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Phoneme i ends where the durations up to it add up; its logits are smeared by a Gaussian around the middle of its span,
    /// f_i[n] = Σ_{k ≤ n} q_i[k] exp(-(n + 1 - k - ℓ_i)² / 2σ²), and each frame's weights are the softmax of f over the phonemes.
    /// </summary>
    /// <param name="logits">(B, T, D): the duration of a phoneme is the sum over D of the logits' probabilities.</param>
    /// <param name="lengths">(B) int64 phonemes.</param>
    /// <param name="sigma">σ in aligner frames; 1.5 in the paper.</param>
    public static SoftAlignment Soft(Tensor logits, Tensor lengths, double sigma)
    {
        using var scope = NewDisposeScope();
        using var exact = Autocast.Disable(logits.device.type);
        var (batch, phonemes) = (logits.shape[0], logits.shape[1]);
        var padding = (arange(phonemes, device: logits.device) >= lengths.unsqueeze(1)).unsqueeze(2);            // (B, T, 1)
        var q = logits.to(float32).masked_fill(padding, 0);
        var durations = q.sigmoid().masked_fill(padding, 0).sum(2);                                              // (B, T)
        var frames = durations.detach().sum(1).round().to(int64).clamp_min(1);                                   // (B)
        var longest = frames.max().item<long>();

        var centres = (durations.cumsum(1) - durations / 2).unsqueeze(2);                                        // (B, T, 1)
        var delay = arange(longest - 1, -1, -1, dtype: float32, device: logits.device);                          // reversed: conv1d correlates
        var smear = (-(delay + 1 - centres).square() / (2 * sigma * sigma)).exp();                               // (B, T, A)
        var smeared = F.conv1d(q.reshape(1, batch * phonemes, -1), smear.reshape(batch * phonemes, 1, longest),
            padding: longest - 1, groups: batch * phonemes).narrow(2, 0, longest).reshape(batch, phonemes, longest);
        var weights = smeared.masked_fill(padding, double.NegativeInfinity).softmax(1);                          // (B, T, A)
        var after = arange(longest, device: logits.device) >= frames.unsqueeze(1);                               // (B, A)
        return new SoftAlignment(weights.masked_fill(after.unsqueeze(1), 0).MoveToOuterDisposeScope(), frames.MoveToOuterDisposeScope());
    }
}
