using Kanade.Torch;
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
    /// <summary>Draws a piece of every utterance, as long as the shortest one of all processes and the limit allow.</summary>
    /// <param name="frames">Aligner frames of each utterance.</param>
    /// <param name="longest">The limit, in aligner frames.</param>
    /// <param name="hopLength">Samples of a mel frame.</param>
    /// <param name="places">(B) where in each utterance, in [0, 1).</param>
    /// <param name="group">The processes that share the batch.</param>
    public static SegmentCrop Draw(IReadOnlyList<long> frames, long longest, int hopLength, Tensor places, IProcessGroup group)
    {
        var length = Math.Min(group.Least(frames.Min()), longest);
        var places01 = places.to(float64).cpu().data<double>().ToArray();
        return new SegmentCrop([.. frames.Select((n, row) => (long)(places01[row] * (n - length + 1)))], length, hopLength);
    }

    /// <summary>The loudest piece of every utterance: what a validation listens to.</summary>
    /// <param name="frames">Aligner frames of each utterance.</param>
    /// <param name="longest">The limit, in aligner frames.</param>
    /// <param name="hopLength">Samples of a mel frame.</param>
    /// <param name="energy">(B, 2A) log energy.</param>
    public static SegmentCrop Loudest(IReadOnlyList<long> frames, long longest, int hopLength, Tensor energy)
    {
        using var scope = NewDisposeScope();
        var length = Math.Min(frames.Min(), longest);
        var starts = new long[frames.Count];
        for (var row = 0; row < frames.Count; row++)
        {
            var sums = cat([zeros(1), energy[row].narrow(0, 0, 2 * frames[row]).to(float32).cumsum(0)]);
            var pieces = sums.narrow(0, 2 * length, 2 * (frames[row] - length) + 1) - sums.narrow(0, 0, 2 * (frames[row] - length) + 1);
            starts[row] = pieces.slice(0, 0, pieces.shape[0], 2).argmax().item<long>();
        }
        return new SegmentCrop(starts, length, hopLength);
    }

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
