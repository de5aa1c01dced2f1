using CsCheck;
using Kanade.Models;
using static TorchSharp.torch;

namespace Kanade.Tests.Models;

public sealed class CtcAlignmentTests
{
    static (int First, int Last)[] Spans(int[] ids, params int[] heard)
    {
        // Each frame is nine times as likely to be what was heard as any other of the five symbols.
        using var logits = zeros(heard.Length, 5);
        for (var frame = 0; frame < heard.Length; frame++)
            logits[frame, heard[frame]] = Math.Log(9);
        return CtcAlignment.Spans(logits, ids, 0);
    }

    [Fact]
    public void A_symbol_lasts_from_where_it_is_first_heard_to_where_it_is_last() =>
        Assert.Equal([(1, 2), (4, 4), (5, 6)], Spans([1, 2, 3], 0, 1, 1, 0, 2, 3, 3, 0));

    [Fact]
    public void A_repeated_symbol_needs_a_blank_between() =>
        Assert.Equal([(0, 1), (3, 4)], Spans([1, 1], 1, 1, 0, 1, 1));

    [Fact]
    public void Pads_of_the_text_are_no_symbols() =>
        Assert.Equal([(0, 0), (1, 1), (3, 3), (3, 3)], Spans([0, 1, 2, 0], 0, 1, 0, 2, 0));

    [Fact]
    public void What_was_not_heard_still_has_a_place_in_order() =>
        Assert.Equal([(0, 0), (1, 1), (2, 2)], Spans([1, 4, 2], 1, 0, 2));

    [Fact]
    public void Too_few_frames_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Spans([1, 1], 1, 1));
        Assert.Throws<ArgumentException>(() => Spans([1, 2, 3], 1, 2));
    }

    [Fact]
    public void Spans_follow_each_other_and_lie_in_the_recording() =>
        Gen.Select(Gen.Int[1, 4].Array[1, 8], Gen.Int[0, 12], Gen.Int[0, 1000]).Sample((ids, more, seed) =>
        {
            var frames = 2 * ids.Length + more;
            using var generator = new Generator((ulong)seed, CPU);
            using var logits = randn([frames, 5], generator: generator);
            var spans = CtcAlignment.Spans(logits, ids, 0);
            return spans.All(s => s.First <= s.Last) && spans.Zip(spans.Skip(1)).All(p => p.First.Last < p.Second.First) && spans[0].First >= 0 && spans[^1].Last < frames;
        }, threads: 1, iter: 200);
}
