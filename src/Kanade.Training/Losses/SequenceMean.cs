using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>The mean over each sequence's own positions, then over sequences: utterances count alike, whatever their length and however they
/// are batched or divided among processes.</summary>
static class SequenceMean
{
    /// <param name="values">(B, T).</param>
    /// <param name="lengths">(B) int64.</param>
    public static Tensor Of(Tensor values, Tensor lengths) => Of(values, zeros_like(lengths), lengths);

    /// <param name="values">(B, T).</param>
    /// <param name="from">(B) int64, first position that counts.</param>
    /// <param name="to">(B) int64, the position after the last. A sequence with none contributes 0.</param>
    public static Tensor Of(Tensor values, Tensor from, Tensor to)
    {
        using var scope = NewDisposeScope();
        var position = arange(values.shape[1], device: values.device).unsqueeze(0);                              // (1, T)
        var inside = (position >= from.unsqueeze(1)) & (position < to.unsqueeze(1));                             // (B, T)
        // where, not a product: a padded position may hold an infinity
        var sums = where(inside, values, zeros_like(values)).sum(1);                                             // (B)
        return (sums / (to - from).clamp_min(1)).mean().MoveToOuterDisposeScope();
    }
}
