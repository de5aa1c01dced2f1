using CsCheck;
using Kanade.Training;

namespace Kanade.Tests.Training;

public sealed class TextPackingTests
{
    [Fact]
    public void Packing_loses_nothing_and_overfills_nothing() =>
        Gen.Select(Gen.Int[0, 90].List[0, 40], Gen.Int[3, 60], Gen.Int[0, 40]).Sample((lengths, capacity, more) =>
        {
            var sequences = TextPacking.Pack(lengths, capacity, capacity + more);
            var symbols = sequences.SelectMany(s => s).SelectMany(p => Enumerable.Range(p.Start, p.Length).Select(i => (p.Row, i)));
            var all = lengths.SelectMany((length, row) => Enumerable.Range(0, length).Select(i => (row, i)));
            return symbols.SequenceEqual(all) && sequences.All(s =>
                s.Sum(p => p.Length) + s.Length - 1 + TextPacking.Ends is var size && (size <= capacity || (s.Length == 1 && size <= capacity + more)));
        });

    [Fact]
    public void Groups_fill_their_space_with_sequences_of_like_length() =>
        Gen.Select(Gen.Int[1, 90].List[0, 200], Gen.Int[1, 400]).Sample((lengths, cells) =>
        {
            var groups = TextPacking.Alike(lengths.Index(), s => s.Item, cells).ToArray();
            var all = groups.SelectMany(g => g).ToArray();
            return all.SequenceEqual(lengths.Index().OrderBy(s => s.Item))                       // nothing is lost, and those alike keep their order
                && groups.All(g => g.Length == 1 || g.Length * g[^1].Item <= cells)
                && groups.Zip(groups.Skip(1)).All(g => (g.First.Length + 1) * g.Second[0].Item > cells);
        });

    [Fact]
    public void Sentences_of_every_length_leave_little_padding()
    {
        var random = new Random(1);
        var lengths = Enumerable.Range(0, 5000).Select(_ => 10 + random.Next(240)).ToArray();

        var groups = TextPacking.Alike(lengths, l => l, 8 * 256).ToArray();

        Assert.InRange(lengths.Sum() / (double)groups.Sum(g => g.Length * g[^1]), 0.98, 1);
    }
}
