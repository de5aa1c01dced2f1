using Kanade.Corpus;

namespace Kanade.Training;

/// <summary>Which symbols PL-BERT has to guess, and what it is shown in their place. Marks, gaps and pads are never hidden.</summary>
static class PhonemeMask
{
    /// <summary>The symbol that stands for a hidden one: 'M' of the table, which no Japanese phoneme is written with.</summary>
    public const int Symbol = 29;

    /// <summary>Hides symbols in words, whole words or one symbol at a time, until enough are.</summary>
    /// <param name="symbols">A sequence with the bits that say where words are.</param>
    /// <param name="probability">How many of the symbols in words are hidden, at least; one at least, where there is one.</param>
    /// <param name="wordShare">How often a whole word is hidden rather than one symbol.</param>
    /// <param name="random">Draws places and ways.</param>
    /// <returns>True where hidden.</returns>
    public static bool[] Draw(ReadOnlySpan<ushort> symbols, double probability, double wordShare, Random random)
    {
        var hidden = new bool[symbols.Length];
        var inWords = new List<int>(symbols.Length);
        for (var i = 0; i < symbols.Length; i++)
        {
            if ((symbols[i] & PhonemeShard.InWord) != 0)
                inWords.Add(i);
        }
        var wanted = Math.Min(inWords.Count, Math.Max(1, (int)Math.Round(probability * inWords.Count)));
        for (var count = 0; count < wanted;)
        {
            var at = inWords[random.Next(inWords.Count)];
            var (start, length) = random.NextDouble() < wordShare ? WordAt(symbols, at) : (at, 1);
            foreach (ref var cell in hidden.AsSpan(start, length))
            {
                count += cell ? 0 : 1;
                cell = true;
            }
        }
        return hidden;
    }

    /// <summary>The ids that the network is shown: most of what is hidden is <see cref="Symbol"/>, some is another symbol of the sequence, some is itself
    /// (Devlin et al. 2019), so that the network cannot trust what it sees.</summary>
    public static void Show(ReadOnlySpan<ushort> symbols, ReadOnlySpan<bool> hidden, double replacedShare, double keptShare, Random random, Span<long> shown)
    {
        for (var i = 0; i < symbols.Length; i++)
        {
            shown[i] = symbols[i] & PhonemeShard.IdBits;
            if (!hidden[i])
                continue;
            var draw = random.NextDouble();
            if (draw < replacedShare)
                shown[i] = symbols[random.Next(symbols.Length)] & PhonemeShard.IdBits;
            else if (draw >= replacedShare + keptShare)
                shown[i] = Symbol;
        }
    }

    /// <summary>One symbol of each word whose grapheme is known, for the grapheme head: a draw from what PL-BERT asks of every symbol, at a third of the cost.</summary>
    public static List<int> OneAWord(TextRow row, Random random)
    {
        var places = new List<int>();
        for (var i = 0; i < row.Symbols.Length;)
        {
            var length = (row.Symbols[i] & PhonemeShard.InWord) == 0 ? 1 : WordAt(row.Symbols, i).Length;
            if (row.Graphemes[i] >= 0)
                places.Add(i + random.Next(length));
            i += length;
        }
        return places;
    }

    /// <summary>The word around a symbol; of a word that is cut, what is there.</summary>
    static (int Start, int Length) WordAt(ReadOnlySpan<ushort> symbols, int at)
    {
        var start = at;
        while ((symbols[start] & PhonemeShard.BeginsWord) == 0 && start > 0 && (symbols[start - 1] & PhonemeShard.InWord) != 0)
            start--;
        var end = at + 1;
        while (end < symbols.Length && (symbols[end] & (PhonemeShard.InWord | PhonemeShard.BeginsWord)) == PhonemeShard.InWord)
            end++;
        return (start, end - start);
    }
}
