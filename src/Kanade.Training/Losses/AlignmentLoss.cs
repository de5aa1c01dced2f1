using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Training;

/// <summary>Losses of the text aligner: CTC over frames, cross-entropy of its token decoder, and the distance of its attention from the
/// monotonic path (StyleTTS, Li et al. 2022, section 3.1.2).</summary>
public static class AlignmentLoss
{
    /// <summary>Connectionist temporal classification, mean over utterances of the negative log-likelihood per symbol.</summary>
    /// <remarks>The pads at both ends are the blank itself and no part of what is looked for: counted as symbols they would be found in every frame of silence, in as many ways
    /// as there are frames, and the "likelihood" of a short text in a long recording would be above 1.</remarks>
    /// <param name="logits">(B, A, V).</param>
    /// <param name="frameLengths">(B) int64, in aligner frames.</param>
    /// <param name="ids">(B, T) int64, pads at both ends of each row.</param>
    /// <param name="lengths">(B) int64, both pads counted.</param>
    /// <param name="blank">The symbol that stands for "nothing new": the pad.</param>
    public static Tensor Ctc(Tensor logits, Tensor frameLengths, Tensor ids, Tensor lengths, long blank)
    {
        using var scope = NewDisposeScope();
        // In float64: the gradient is a difference of logarithms as large as the utterance's whole likelihood, of which float32 keeps five digits.
        var logProbabilities = logits.to(float64).log_softmax(2).transpose(0, 1);    // (A, B, V)
        // An utterance with more tokens than frames has no path: zero_infinity leaves it out instead of ruining the batch.
        return F.ctc_loss(logProbabilities, ids.narrow(1, 1, ids.shape[1] - 1), frameLengths, lengths - 2, blank, zero_infinity: true).to(float32).MoveToOuterDisposeScope();
    }

    /// <summary>Cross-entropy of the token decoder: mean over an utterance's tokens, then over utterances.</summary>
    /// <param name="logits">(B, T + 1, V): the prediction for token t is at t, made after reading the tokens before it.</param>
    /// <param name="ids">(B, T) int64.</param>
    /// <param name="lengths">(B) int64.</param>
    public static Tensor Tokens(Tensor logits, Tensor ids, Tensor lengths)
    {
        using var scope = NewDisposeScope();
        var tokens = ids.shape[1];
        var perToken = F.cross_entropy(logits.narrow(1, 0, tokens).to(float32).transpose(1, 2), ids, reduction: nn.Reduction.None); // (B, T)
        return SequenceMean.Of(perToken, lengths).MoveToOuterDisposeScope();
    }

    /// <summary>10 · mean |soft - hard| over all of (B, T, A), padding included, as the reference weighs it.</summary>
    /// <param name="soft">(B, T, A) attention.</param>
    /// <param name="hard">(B, T, A) monotonic path, 0 or 1; carries no gradient.</param>
    public static Tensor Monotonic(Tensor soft, Tensor hard)
    {
        using var scope = NewDisposeScope();
        return (10 * F.l1_loss(soft.to(float32), hard.to(float32))).MoveToOuterDisposeScope();
    }

    /// <summary>The same over the part of each utterance that is not padding, so that a batch's loss is the mean of its utterances' and does
    /// not depend on how they are batched.</summary>
    /// <param name="soft">(B, T, A) attention.</param>
    /// <param name="hard">(B, T, A) monotonic path.</param>
    /// <param name="lengths">(B) int64 tokens.</param>
    /// <param name="frameLengths">(B) int64 aligner frames.</param>
    public static Tensor Monotonic(Tensor soft, Tensor hard, Tensor lengths, Tensor frameLengths)
    {
        using var scope = NewDisposeScope();
        var tokens = arange(soft.shape[1], device: soft.device).unsqueeze(0) < lengths.unsqueeze(1);             // (B, T)
        var frames = arange(soft.shape[2], device: soft.device).unsqueeze(0) < frameLengths.unsqueeze(1);        // (B, A)
        var inside = tokens.unsqueeze(2) & frames.unsqueeze(1);                                                  // (B, T, A)
        var distance = ((soft.to(float32) - hard.to(float32)).abs() * inside).sum(new long[] { 1, 2 });          // (B)
        return (10 * (distance / (lengths * frameLengths)).mean()).MoveToOuterDisposeScope();
    }

    /// <summary>Guided attention (Tachibana et al. 2018, "Efficiently trainable text-to-speech system", section 4.1): attention far from the
    /// diagonal costs, so that an aligner finds its way in hundreds of steps instead of thousands. Speech is never far from it.</summary>
    /// <param name="attention">(B, T, A), over A summing to 1.</param>
    /// <param name="lengths">(B) int64 tokens.</param>
    /// <param name="frameLengths">(B) int64 aligner frames.</param>
    /// <param name="width">How far from the diagonal is free, as a part of the utterance; 0.2 in the paper.</param>
    public static Tensor Diagonal(Tensor attention, Tensor lengths, Tensor frameLengths, double width = 0.2)
    {
        using var scope = NewDisposeScope();
        var token = arange(attention.shape[1], device: attention.device).unsqueeze(0) / lengths.unsqueeze(1).to(float32);       // (B, T)
        var frame = arange(attention.shape[2], device: attention.device).unsqueeze(0) / frameLengths.unsqueeze(1).to(float32);  // (B, A)
        var distance = token.unsqueeze(2) - frame.unsqueeze(1);                                                                 // (B, T, A)
        var cost = 1 - (-distance.square() / (2 * width * width)).exp();
        var inside = ((token < 1).unsqueeze(2) & (frame < 1).unsqueeze(1)).to(float32);
        var spent = (attention.to(float32) * cost * inside).sum([1, 2]);                                                        // (B)
        return (spent / lengths).mean().MoveToOuterDisposeScope();
    }
}
