using System.Collections.Concurrent;

namespace Kanade.Text;

/// <summary>What a kanji that the dictionary has only inside words sounds like: of 溶, what is left of 溶接 ヨウセツ without 接 セツ, by the vote of all its words of two kanji.</summary>
internal sealed class KanjiSound(Lexicon lexicon)
{
    const char FirstKanji = '一', LastKanji = '鿿';

    readonly ConcurrentDictionary<char, string?> _known = new();
    readonly Lazy<(string Kanji, string[] Readings)[]> _others = new(() => [.. Enumerable.Range(FirstKanji, LastKanji - FirstKanji + 1)
        .Select(c => ((char)c).ToString()).Select(c => (c, Readings(lexicon, c).ToArray())).Where(pair => pair.Item2.Length > 0)]);

    /// <returns>Katakana as spelled, or null where no word tells.</returns>
    public string? Of(char kanji) => _known.GetOrAdd(kanji, Vote);

    string? Vote(char kanji)
    {
        // As the first of two it is heard more purely than as the second, whose consonant may be voiced.
        foreach (var first in new[] { true, false })
        {
            var votes = new Dictionary<string, int>();
            foreach (var (other, parts) in _others.Value)
            {
                foreach (var whole in Readings(lexicon, first ? kanji + other : other + kanji))
                {
                    foreach (var part in parts)
                    {
                        if (whole.Length > part.Length && (first ? whole.EndsWith(part, StringComparison.Ordinal) : whole.StartsWith(part, StringComparison.Ordinal)))
                        {
                            var rest = first ? whole[..^part.Length] : whole[part.Length..];
                            rest = rest[^1] == 'ッ' ? rest[..^1] + 'ツ' : rest;
                            if (Kana.IsAllMoras(rest))
                                votes[rest] = votes.GetValueOrDefault(rest) + 1;
                        }
                    }
                }
            }
            if (votes.Count > 0)
                return votes.OrderByDescending(vote => vote.Value).ThenBy(vote => vote.Key.Length).ThenBy(vote => vote.Key, StringComparer.Ordinal).First().Key;
        }
        return null;
    }

    /// <summary>The readings of a word, names apart.</summary>
    static IEnumerable<string> Readings(Lexicon lexicon, string surface) => lexicon.Exact(surface)
        .Select(token => lexicon.Entry(false, token.Feature))
        .Where(entry => entry is { Group1: not "固有名詞", Parts: [{ Moras: > 0 }] })
        .Select(entry => entry.Parts[0].Reading)
        .Distinct();
}
