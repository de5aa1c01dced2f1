using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Training;

/// <summary>Losses of the duration predictor, whose D logits a phoneme are "does it last longer than k aligner frames" for k = 0 … D - 1; the
/// sum of their probabilities is the duration (StyleTTS 2, section 3.2.3).</summary>
public static class DurationLoss
{
    /// <summary>Binary cross-entropy of every logit against "the duration exceeds k": mean over an utterance, then over utterances.</summary>
    /// <param name="logits">(B, T, D).</param>
    /// <param name="durations">(B, T) aligner frames.</param>
    /// <param name="lengths">(B) int64.</param>
    public static Tensor CrossEntropy(Tensor logits, Tensor durations, Tensor lengths)
    {
        using var scope = NewDisposeScope();
        var exact = logits.to(float32);
        var exceeds = (arange(logits.shape[2], device: logits.device) < durations.unsqueeze(2)).to(float32);     // (B, T, D)
        var perPhoneme = F.binary_cross_entropy_with_logits(exact, exceeds, reduction: nn.Reduction.None).mean([2L]); // (B, T)
        return SequenceMean.Of(perPhoneme, lengths).MoveToOuterDisposeScope();
    }

    /// <summary>Mean |predicted - real| in aligner frames over an utterance without its first and last symbol (the padding symbols at both
    /// ends, whose length is that of the silence around the recording), then over utterances.</summary>
    /// <param name="logits">(B, T, D).</param>
    /// <param name="durations">(B, T) aligner frames.</param>
    /// <param name="lengths">(B) int64.</param>
    public static Tensor L1(Tensor logits, Tensor durations, Tensor lengths)
    {
        using var scope = NewDisposeScope();
        var predicted = logits.to(float32).sigmoid().sum(2);                                                     // (B, T)
        var distance = (predicted - durations).abs();
        return SequenceMean.Of(distance, ones_like(lengths), lengths - 1).MoveToOuterDisposeScope();
    }
}
