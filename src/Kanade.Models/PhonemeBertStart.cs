using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Kanade.Models;

/// <summary>
/// The weights PL-BERT begins with: each attention head looks at one neighbour, the head h at the symbol h / 2 + 1 places to the left or to the right.
/// </summary>
/// <remarks>
/// With weights that are all random, attention has first to find out that neighbours are what it should look at, out of all pairs of positions. Until it has,
/// the network guesses the most frequent symbols, and on a small machine that takes most of a training. Here positions are sinusoids (Vaswani et al. 2017) in channels of their own,
/// since those of a place and of the place k before it differ by a rotation, which queries and keys can begin with. Nothing is held to its start: all of it learns.
/// The frequencies are spread evenly and out of step with each other, so that a place is like no other: of octaves, which are usual, most hardly turn from one place to the next.
/// </remarks>
static class PhonemeBertStart
{
    /// <summary>The score of the place that a head looks at; others have between this and its negative, most about 0.</summary>
    const double Sharpness = 8;

    static readonly double Golden = (Math.Sqrt(5) - 1) / 2;

    /// <param name="sizes">Of the network.</param>
    /// <param name="symbols">V to embedding.</param>
    /// <param name="positions">Places to embedding.</param>
    /// <param name="widen">Embedding to hidden.</param>
    /// <param name="query">Hidden to hidden, head by head.</param>
    /// <param name="key">Hidden to hidden, head by head.</param>
    public static void Apply(PhonemeBertConfig sizes, Embedding symbols, Embedding positions, Linear widen, Linear query, Linear key)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var width = sizes.Hidden / sizes.Heads;
        var waves = Math.Min(width, sizes.Embedding / 2) / 2;
        if (waves == 0)
            return;
        var (channels, first) = (2 * waves, sizes.Embedding - (2 * waves));
        var frequency = arange(1, waves + 1, ScalarType.Float64).mul(Golden).remainder(1).mul(Math.PI);     // (waves), up to half a turn a place
        init.normal_(symbols.weight!);
        symbols.weight!.narrow(1, first, channels).zero_();
        var angle = arange(sizes.Positions, ScalarType.Float64).unsqueeze(1) * frequency;                    // (positions, waves)
        positions.weight!.zero_();
        positions.weight!.narrow(1, first, channels).copy_(cat([angle.cos(), angle.sin()], 1).mul(Math.Sqrt(2)));
        // Places have the first channels for themselves in the wider network too.
        widen.weight!.narrow(1, first, channels).zero_();
        widen.weight!.narrow(0, 0, channels).zero_();
        widen.weight!.narrow(0, 0, channels).narrow(1, first, channels).copy_(eye(channels));
        var scale = Math.Sqrt(Sharpness * Math.Sqrt(width) / channels);
        for (var head = 0; head < sizes.Heads; head++)
        {
            var turn = frequency * ((head / 2) + 1) * (head % 2 == 0 ? -1 : 1);
            var (cos, sin) = (diag(turn.cos()), diag(turn.sin()));
            Place(key, head, eye(channels, dtype: ScalarType.Float64));
            Place(query, head, cat([cat([cos, -sin], 1), cat([sin, cos], 1)], 0));
        }

        void Place(Linear linear, int head, Tensor block)
        {
            var rows = linear.weight!.narrow(0, (long)head * width, width).zero_();
            rows.narrow(0, 0, channels).narrow(1, 0, channels).copy_(block * scale);
        }
    }
}
