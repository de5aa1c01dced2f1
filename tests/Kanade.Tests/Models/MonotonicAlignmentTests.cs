using CsCheck;
using Kanade.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Models;

public sealed class MonotonicAlignmentTests
{
    [Fact]
    public void Each_frame_goes_to_the_token_that_is_attended_to()
    {
        float[] attention =
        [
            0.9f, 0.8f, 0.1f, 0.0f,
            0.1f, 0.2f, 0.9f, 0.1f,
            0.0f, 0.0f, 0.0f, 0.9f,
        ];
        Assert.Equal([0, 0, 1, 2], MonotonicAlignment.Search(attention, 4, tokens: 3, frames: 4));
    }

    [Fact]
    public void A_tie_stays_on_the_token() =>
        Assert.Equal([0, 1, 2, 2, 2], MonotonicAlignment.Search(new float[15], 5, tokens: 3, frames: 5));

    [Fact]
    public void As_many_tokens_as_frames_leave_one_path() =>
        Assert.Equal([0, 1, 2], MonotonicAlignment.Search([0, 9, 9, 9, 0, 9, 9, 9, 0], 3, tokens: 3, frames: 3));

    [Fact]
    public void The_path_is_the_best_of_all_monotonic_paths() =>
        Gen.Select(Gen.Int[1, 5], Gen.Int[0, 4]).SelectMany((tokens, more) =>
                Gen.Int[0, 8].Array[tokens * (tokens + more)].Select(values => (tokens, frames: tokens + more, values)))
            .Sample(example =>
            {
                var attention = Array.ConvertAll(example.values, v => (float)v);
                var path = MonotonicAlignment.Search(attention, example.frames, example.tokens, example.frames);
                Assert.Equal(0, path[0]);
                Assert.Equal(example.tokens - 1, path[^1]);
                Assert.All(path.Zip(path.Skip(1)), step => Assert.InRange(step.Second - step.First, 0, 1));
                var sum = path.Select((token, frame) => attention[token * example.frames + frame]).Sum();
                Assert.Equal(Best(attention, example.frames, example.tokens - 1, example.frames - 1), sum);
            }, threads: 1);

    [Fact]
    public void More_tokens_than_frames_are_refused_by_row()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<ArgumentException>(() =>
            MonotonicAlignment.Path(zeros(2, 6, 8), tensor(new long[] { 3, 6 }), tensor(new long[] { 8, 5 })));
        Assert.Contains("row 1 has 6 tokens in 5 aligner frames", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lengths_outside_the_attention_are_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => MonotonicAlignment.Path(zeros(1, 3, 4), tensor(new long[] { 4 }), tensor(new long[] { 4 })));
        Assert.Throws<ArgumentException>(() => MonotonicAlignment.Path(zeros(1, 3, 4), tensor(new long[] { 0 }), tensor(new long[] { 4 })));
        Assert.Throws<ArgumentException>(() => MonotonicAlignment.Path(zeros(2, 3, 4), tensor(new long[] { 3 }), tensor(new long[] { 4, 4 })));
    }

    [Fact]
    public void Padding_is_left_empty_and_does_not_change_the_path()
    {
        using var scope = NewDisposeScope();
        var attention = rand(1, 4, 9);
        var padded = nn.functional.pad(attention, [0, 5, 0, 2], value: 1);

        var alone = MonotonicAlignment.Path(attention, tensor(new long[] { 4 }), tensor(new long[] { 9 }));
        var inBatch = MonotonicAlignment.Path(padded, tensor(new long[] { 4 }), tensor(new long[] { 9 }));

        Assert.Equal(9, inBatch.sum().item<float>());
        Assert.True(alone.equal(inBatch[.., ..4, ..9]).all().item<bool>());
    }

    static float Best(float[] attention, int frames, int token, int frame)
    {
        var here = attention[token * frames + frame];
        if (frame == 0)
            return token == 0 ? here : float.NegativeInfinity;
        var stay = Best(attention, frames, token, frame - 1);
        return here + (token == 0 ? stay : Math.Max(stay, Best(attention, frames, token - 1, frame - 1)));
    }
}
