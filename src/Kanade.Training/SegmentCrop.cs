using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>
/// One piece of each utterance, at the same place in everything that runs along its time. Without it a decoder's step would cost
/// as much as the longest recording.
/// </summary>
/// <param name="Starts">Where each piece begins, in aligner frames.</param>
/// <param name="Frames">Its length in aligner frames, the same for all.</param>
/// <param name="HopLength">Samples of a mel frame; an aligner frame has two.</param>
sealed record SegmentCrop(long[] Starts, long Frames, int HopLength)
{
    /// <summary>Draws a piece of every utterance, as long as the shortest one and the limit allow.</summary>
    /// <param name="frames">Aligner frames of each utterance.</param>
    /// <param name="longest">The limit, in aligner frames.</param>
    /// <param name="hopLength">Samples of a mel frame.</param>
    /// <param name="random">Draws the places.</param>
    public static SegmentCrop Draw(IReadOnlyList<long> frames, long longest, int hopLength, Random random)
    {
        var length = Math.Min(frames.Min(), longest);
        return new SegmentCrop([.. frames.Select(n => random.NextInt64(n - length + 1))], length, hopLength);
    }

    /// <summary>The first piece of every utterance: what a validation listens to.</summary>
    public static SegmentCrop First(IReadOnlyList<long> frames, long longest, int hopLength) =>
        new(new long[frames.Count], Math.Min(frames.Min(), longest), hopLength);

    /// <param name="x">(B, C, A)</param>
    /// <returns>(B, C, frames)</returns>
    public Tensor Aligned(Tensor x) => Cut(x, 1);

    /// <param name="x">(B, M, 2A) or (B, 2A)</param>
    /// <returns>(B, M, 2 · frames) or (B, 2 · frames)</returns>
    public Tensor Mel(Tensor x) => Cut(x, 2);

    /// <param name="x">(B, N)</param>
    /// <returns>(B, 2 · hop · frames); digital silence where the recording ends inside its last frame.</returns>
    public Tensor Samples(Tensor x) => Cut(x, 2 * HopLength);

    Tensor Cut(Tensor x, long unit)
    {
        using var scope = NewDisposeScope();
        return stack(Starts.Select((start, row) => PitchStage.Window(x[row], start * unit, Frames * unit, 0)).ToArray()).MoveToOuterDisposeScope();
    }
}
