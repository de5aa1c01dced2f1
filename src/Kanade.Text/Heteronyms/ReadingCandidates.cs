using System.Collections.Concurrent;

namespace Kanade.Text;

/// <summary>A way to read a surface: the dictionary's cheapest word of each pronunciation.</summary>
/// <param name="Stem">The reading of the kanji alone: ヒラ of 開い ヒライ.</param>
/// <param name="Entry">The word.</param>
/// <param name="Rank">How many hundreds its cost is above the cheapest way's, at most 60.</param>
internal sealed record ReadingCandidate(string Stem, DictionaryEntry Entry, int Rank)
{
    public string Pronunciation => Entry.Parts[0].Pronunciation;
}

/// <summary>All the ways to read a surface with kanji, as the dictionary knows them. Kept once found.</summary>
internal sealed class ReadingCandidates(Lexicon lexicon)
{
    readonly ConcurrentDictionary<string, ReadingCandidate[]> _known = new(StringComparer.Ordinal);

    /// <summary>The kanji of a word without the kana that it ends in: what its forms share.</summary>
    public static string StemOf(string surface)
    {
        var length = surface.Length;
        while (length > 0 && Kana.IsHiragana(surface[length - 1]))
            length--;
        return length == surface.Length ? surface : surface[..length];
    }

    /// <summary>What of a pronunciation the stem is said as.</summary>
    public static string StemOf(string surface, string pronunciation)
    {
        var (letters, moras) = (surface.Length, pronunciation.Length);
        while (letters > 0 && moras > 1 && Kana.IsHiragana(surface[letters - 1]))
        {
            letters--;
            moras--;
        }
        return pronunciation[..moras];
    }

    public ReadingCandidate[] Of(string surface) => _known.GetOrAdd(surface, Find);

    ReadingCandidate[] Find(string surface)
    {
        var found = new List<(ReadingCandidate Candidate, int Cost)>();
        foreach (var token in lexicon.Exact(surface).OrderBy(token => token.Cost))
        {
            var entry = lexicon.Entry(false, token.Feature);
            if (entry.Parts is [{ Moras: > 0 } part] && !found.Exists(other => other.Candidate.Pronunciation == part.Pronunciation && other.Candidate.Entry.Pos == entry.Pos))
                found.Add((new ReadingCandidate(StemOf(surface, part.Pronunciation), entry, Math.Min(60, (token.Cost - (found.Count == 0 ? token.Cost : found[0].Cost)) / 100)), token.Cost));
        }
        return [.. found.Select(pair => pair.Candidate)];
    }
}
