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
    public void Groups_are_even_and_hold_everything() =>
        Gen.Select(Gen.Int[0, 200], Gen.Int[1, 20]).Sample((count, size) =>
        {
            var things = Enumerable.Range(0, count).ToArray();
            var groups = TextPacking.Even(things, size).ToArray();
            return groups.SelectMany(g => g).SequenceEqual(things)
                && (count == 0 || (groups.Max(g => g.Length) <= size && groups.Max(g => g.Length) - groups.Min(g => g.Length) <= 1));
        });
}
