using Kanade.Training;
using static TorchSharp.torch;

namespace Kanade.Tests.Training.Losses;

public sealed class AlignmentLossDiagonalTests
{
    [Fact]
    public void Attention_on_the_diagonal_costs_nothing_and_off_it_as_the_formula_says()
    {
        using var scope = NewDisposeScope();
        var (lengths, frames) = (tensor(new long[] { 4 }), tensor(new long[] { 4 }));
        Assert.Equal(0, AlignmentLoss.Diagonal(eye(4).unsqueeze(0), lengths, frames).item<float>(), 1e-6f);
        // Every token listens to the first frame: token t is t / 4 away from it.
        var first = zeros(1, 4, 4);
        first[.., .., 0] = 1;
        var expected = Enumerable.Range(0, 4).Average(t => 1 - Math.Exp(-Math.Pow(t / 4.0, 2) / 0.08));
        Assert.Equal(expected, AlignmentLoss.Diagonal(first, lengths, frames).item<float>(), 1e-5);
    }

    [Fact]
    public void Padding_does_not_change_it()
    {
        using var scope = NewDisposeScope();
        var attention = rand(2, 5, 9).softmax(2);
        var alone = AlignmentLoss.Diagonal(attention[..1, ..3, ..6], tensor(new long[] { 3 }), tensor(new long[] { 6 }));
        var padded = AlignmentLoss.Diagonal(attention[..1], tensor(new long[] { 3 }), tensor(new long[] { 6 }));
        Assert.Equal(alone.item<float>(), padded.item<float>(), 1e-6f);
    }
}
