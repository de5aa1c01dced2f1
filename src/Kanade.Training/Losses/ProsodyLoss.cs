using Kanade.Models;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Training;

/// <summary>Losses of the predicted pitch and energy contours: means over each utterance's own frames, then over utterances.</summary>
public static class ProsodyLoss
{
    /// <summary>Smooth L1 in Hz, divided by 10 to stand beside the other terms; of whole utterances.</summary>
    /// <param name="predicted">(B, F) Hz.</param>
    /// <param name="recorded">(B, F) Hz, 0 = unvoiced.</param>
    /// <param name="frames">(B) int64 mel frames of each.</param>
    public static Tensor Pitch(Tensor predicted, Tensor recorded, Tensor frames)
    {
        using var scope = NewDisposeScope();
        return (SequenceMean.Of(Distance(predicted, recorded), frames) / 10).MoveToOuterDisposeScope();
    }

    /// <summary>Smooth L1 of the log pitch over the voiced frames.</summary>
    /// <param name="predicted">(B, F) half octaves (<see cref="ProsodyPredictor.LogPitchOf"/>).</param>
    /// <param name="recorded">(B, F) Hz, 0 = unvoiced.</param>
    /// <param name="frames">(B) int64 mel frames of each.</param>
    public static Tensor LogPitch(Tensor predicted, Tensor recorded, Tensor frames)
    {
        using var scope = NewDisposeScope();
        var voiced = ((recorded > 0) & SequenceMask.Padding(frames, recorded.shape[1]).logical_not()).to(float32);          // (B, F)
        var distance = F.smooth_l1_loss(
            predicted.to(float32), ProsodyPredictor.LogPitchOf(recorded), reduction: nn.Reduction.None, beta: FineStep);
        return ((distance * voiced).sum(1) / voiced.sum(1).clamp_min(1)).mean().MoveToOuterDisposeScope();
    }

    /// <summary>Binary cross-entropy of the voicing.</summary>
    /// <param name="voicing">(B, F) log odds.</param>
    /// <param name="recorded">(B, F) Hz, 0 = unvoiced.</param>
    /// <param name="frames">(B) int64 mel frames of each.</param>
    public static Tensor Voicing(Tensor voicing, Tensor recorded, Tensor frames)
    {
        using var scope = NewDisposeScope();
        var entropy = F.binary_cross_entropy_with_logits(voicing.to(float32), (recorded > 0).to(float32), reduction: nn.Reduction.None);
        return SequenceMean.Of(entropy, frames).MoveToOuterDisposeScope();
    }

    /// <summary>Smooth L1 in the natural logarithm of the mel frame's norm; of whole utterances.</summary>
    /// <param name="predicted">(B, F).</param>
    /// <param name="recorded">(B, F), as <see cref="Audio.Energy.Audible"/> makes it.</param>
    /// <param name="frames">(B) int64 mel frames of each.</param>
    public static Tensor Energy(Tensor predicted, Tensor recorded, Tensor frames)
    {
        using var scope = NewDisposeScope();
        return SequenceMean.Of(Distance(predicted, recorded), frames).MoveToOuterDisposeScope();
    }

    /// <summary>Under this error, a sixth of a semitone, smooth L1 is a square: finer than ears.</summary>
    const double FineStep = 1.0 / 36;

    static Tensor Distance(Tensor predicted, Tensor recorded) =>
        F.smooth_l1_loss(predicted.to(float32), recorded.to(float32), reduction: nn.Reduction.None);

    /// <summary>Smooth L1 in Hz, divided by 10 to stand beside the other terms.</summary>
    /// <param name="predicted">(B, F) Hz.</param>
    /// <param name="recorded">(B, F) Hz, 0 = unvoiced.</param>
    public static Tensor Pitch(Tensor predicted, Tensor recorded)
    {
        using var scope = NewDisposeScope();
        return (F.smooth_l1_loss(predicted.to(float32), recorded.to(float32)) / 10).MoveToOuterDisposeScope();
    }

    /// <summary>Smooth L1 in the natural logarithm of the mel frame's norm.</summary>
    /// <param name="predicted">(B, F).</param>
    /// <param name="recorded">(B, F), as <see cref="Audio.Energy.FromMel"/> makes it.</param>
    public static Tensor Energy(Tensor predicted, Tensor recorded)
    {
        using var scope = NewDisposeScope();
        return F.smooth_l1_loss(predicted.to(float32), recorded.to(float32)).MoveToOuterDisposeScope();
    }
}
