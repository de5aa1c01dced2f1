using CsCheck;
using Kanade.Tests.Torch;
using Kanade.Torch;
using Kanade.Training;
using static TorchSharp.torch;

namespace Kanade.Tests.Training;

public sealed class SegmentCropTests
{
    [Fact]
    public void Text_spectrogram_and_samples_are_cut_at_the_same_place()
    {
        using var scope = NewDisposeScope();
        const int hop = 3;
        long[] frames = [10, 14];
        var crop = SegmentCrop.Draw(frames, 4, hop, tensor([0.4, 0.9]), SingleProcess.Instance);
        Assert.Equal(4, crop.Frames);
        // Everything counts time in its own unit: the first value of a piece is its start.
        var aligned = crop.Aligned(arange(14).expand(2, 1, 14));
        var mel = crop.Mel(arange(28).expand(2, 1, 28));
        var samples = crop.Samples(arange(28 * hop).expand(2, 28 * hop));
        for (var row = 0; row < 2; row++)
        {
            Assert.Equal(crop.Starts[row], aligned[row, 0, 0].item<long>());
            Assert.Equal(2 * crop.Starts[row], mel[row, 0, 0].item<long>());
            Assert.Equal(2 * hop * crop.Starts[row], samples[row, 0].item<long>());
        }
        Assert.Equal([2, 1, 4], aligned.shape);
        Assert.Equal([2, 1, 8], mel.shape);
        Assert.Equal([2, 24], samples.shape);
    }

    [Fact]
    public void A_piece_never_leaves_its_utterance() =>
        Gen.Select(Gen.Long[1, 50].List[1, 6], Gen.Long[1, 60], Gen.Double[0, 1 - 1e-9]).Sample((frames, longest, place) =>
        {
            using var places = tensor(frames.Select(_ => place).ToArray());
            var crop = SegmentCrop.Draw(frames, longest, 300, places, SingleProcess.Instance);
            return crop.Frames == Math.Min(longest, frames.Min())
                && crop.Starts.Zip(frames).All(p => p.First >= 0 && p.First + crop.Frames <= p.Second);
        });

    [Fact]
    public void Where_an_utterance_is_cut_does_not_depend_on_the_process_that_has_it()
    {
        long[] frames = [90, 60, 40, 75];
        var alone = Cut(SingleProcess.Instance, frames);
        var shared = ThreadGroup.Run(2, group => Cut(group, [.. frames.Where((_, row) => row % 2 == group.Rank)]));
        Assert.Equal(alone.Frames, shared[0].Frames);
        Assert.Equal(alone.Frames, shared[1].Frames);       // as the shortest of both
        long[] together = [shared[0].Starts[0], shared[1].Starts[0], shared[0].Starts[1], shared[1].Starts[1]];
        Assert.Equal(alone.Starts, together);
        Assert.True(alone.Starts.Distinct().Count() > 1);

        static SegmentCrop Cut(IProcessGroup group, long[] frames)
        {
            using var scope = NewDisposeScope();
            return SegmentCrop.Draw(frames, 50, 300, new StepDraws(1, 2, 0, group).Uniform(Draw.Crop, 0, frames.Length), group);
        }
    }

    [Fact]
    public void A_validation_hears_the_loudest_piece()
    {
        using var scope = NewDisposeScope();
        var energy = full(2, 60, -9f);
        energy[0].narrow(0, 36, 8).fill_(5);        // aligner frames 18 to 21
        energy[1].narrow(0, 0, 8).fill_(3);
        energy[1].narrow(0, 52, 8).fill_(9);        // after the second utterance's end
        var crop = SegmentCrop.Loudest([30, 26], 4, 300, energy);
        Assert.Equal([18, 0], crop.Starts);
        Assert.Equal(4, crop.Frames);
    }
}
