using static TorchSharp.torch;

namespace Kanade.Models;

/// <summary>Masks of padded batches. True marks padding, as everywhere in Kanade.</summary>
public static class SequenceMask
{
    /// <param name="lengths">(B) int64, the number of positions of each item that are not padding.</param>
    /// <param name="longest">T; the largest of <paramref name="lengths"/> when not given.</param>
    /// <returns>(B, T) bool, true where the position is padding.</returns>
    public static Tensor Padding(Tensor lengths, long? longest = null)
    {
        using var scope = NewDisposeScope();
        var positions = arange(longest ?? lengths.max().item<long>(), dtype: int64, device: lengths.device);
        return positions.unsqueeze(0).ge(lengths.unsqueeze(1)).MoveToOuterDisposeScope();
    }
}
