using CsCheck;
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
}
