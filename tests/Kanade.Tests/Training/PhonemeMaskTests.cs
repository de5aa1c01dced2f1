using CsCheck;
using Kanade.Corpus;
using Kanade.Text;
using Kanade.Training;

namespace Kanade.Tests.Training;

public sealed class PhonemeMaskTests
{
    /// <summary>Words of 1 to 6 symbols with gaps between some of them, pads at both ends. Symbols are 43 and on, a word's grapheme is its place.</summary>
    static readonly Gen<TextRow> Rows = Gen.Select(Gen.Int[1, 6], Gen.Bool).List[0, 30].Select(words =>
    {
        var (symbols, graphemes) = (new List<ushort> { 0 }, new List<int> { -1 });
        foreach (var ((length, gap), word) in words.Select((w, i) => (w, i)))
        {
            for (var i = 0; i < length; i++)
            {
                symbols.Add((ushort)(43 + i | PhonemeShard.InWord | (i == 0 ? PhonemeShard.BeginsWord : 0)));
                graphemes.Add(word);
            }
            if (gap)
                (symbols, graphemes) = ([.. symbols, 16], [.. graphemes, -1]);
        }
        return new TextRow("", [.. symbols, 0], [.. graphemes, -1]);
    });

    [Fact]
    public void The_mask_is_a_symbol_of_its_own() => Assert.Equal(PhonemeMask.Symbol, SymbolTable.IdOf('M'));

    [Fact]
    public void Words_are_hidden_whole_or_not_at_all_as_many_as_wanted_and_one_at_most_beyond() =>
        Gen.Select(Rows, Gen.Double[0.05, 0.6], Gen.Int).Sample((row, probability, seed) =>
        {
            var hidden = PhonemeMask.Draw(row.Symbols, probability, wordShare: 1, new Random(seed));
            var spoken = row.Symbols.Count(s => (s & PhonemeShard.InWord) != 0);
            var wanted = Math.Min(spoken, Math.Max(1, (int)Math.Round(probability * spoken)));
            var words = Enumerable.Range(0, hidden.Length).GroupBy(i => row.Graphemes[i]).ToArray();
            return words.All(w => w.Key < 0 ? w.All(i => !hidden[i]) : w.All(i => hidden[i] == hidden[w.First()]))
                && hidden.Count(h => h) is var count && count >= wanted && count <= wanted + 5;
        });

    [Fact]
    public void Single_symbols_are_hidden_just_as_many_as_wanted_and_never_a_mark() =>
        Gen.Select(Rows, Gen.Double[0.05, 0.6], Gen.Int).Sample((row, probability, seed) =>
        {
            var hidden = PhonemeMask.Draw(row.Symbols, probability, wordShare: 0, new Random(seed));
            var spoken = row.Symbols.Count(s => (s & PhonemeShard.InWord) != 0);
            return hidden.Count(h => h) == Math.Min(spoken, Math.Max(1, (int)Math.Round(probability * spoken)))
                && hidden.Index().All(h => !h.Item || (row.Symbols[h.Index] & PhonemeShard.InWord) != 0);
        });

    [Fact]
    public void What_is_visible_is_shown_as_it_is_and_what_is_hidden_in_the_shares_asked_for()
    {
        var symbols = Enumerable.Range(0, 20_000).Select(i => (ushort)(43 + i % 40 | PhonemeShard.InWord)).ToArray();
        var hidden = symbols.Select((_, i) => i % 2 == 0).ToArray();
        var shown = new long[symbols.Length];
        PhonemeMask.Show(symbols, hidden, replacedShare: 0.2, keptShare: 0.3, new Random(1), shown);
        var ids = Array.ConvertAll(symbols, s => s & PhonemeShard.IdBits);
        Assert.All(Enumerable.Range(0, ids.Length / 2), i => Assert.Equal(ids[2 * i + 1], shown[2 * i + 1]));
        Assert.InRange(shown.Count(s => s == PhonemeMask.Symbol) / 10_000.0, 0.48, 0.52);
        Assert.InRange(hidden.Index().Count(h => h.Item && shown[h.Index] == ids[h.Index]) / 10_000.0, 0.28, 0.33);
    }

    [Fact]
    public void Each_word_is_asked_for_once() =>
        Gen.Select(Rows, Gen.Int).Sample((row, seed) =>
            PhonemeMask.OneAWord(row, new Random(seed)).Select(at => row.Graphemes[at]).SequenceEqual(row.Graphemes.Where(g => g >= 0).Distinct()));
}
