using CsCheck;
using Kanade.Text;
using Kanade.Training;

namespace Kanade.Tests.Training;

public sealed class PhonemeMaskTests
{
    [Fact]
    public void The_mask_is_a_symbol_of_its_own() => Assert.Equal(PhonemeMask.Symbol, SymbolTable.IdOf('M'));

    [Fact]
    public void As_many_symbols_as_wanted_are_hidden_and_never_the_ends() =>
        Gen.Select(Gen.Int[3, 60].List[1, 5], Gen.Double[0.05, 0.6], Gen.Int).Sample((lengths, probability, seed) =>
        {
            var rows = lengths.Select(n => new int[n]).ToArray();
            var width = lengths.Max();
            var hidden = PhonemeMask.Spans(rows, probability, 3, new Random(seed));
            for (var row = 0; row < rows.Length; row++)
            {
                var cells = hidden.AsSpan(row * width, width);
                var wanted = Math.Max(1, (int)Math.Round(probability * (rows[row].Length - 2)));
                if (cells.Count(true) != wanted || cells[0] || cells[(rows[row].Length - 1)..].Contains(true))
                    return false;
            }
            return true;
        });
}
