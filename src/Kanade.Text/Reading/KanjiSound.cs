using System.Text;

namespace Kanade.Text;

/// <summary>What a kanji that the dictionary has only inside words sounds like: of 溶, what is left of 溶接 ヨウセツ without 接 セツ, by the vote of all its words of two kanji, names apart.
/// Made on first use by one scan of the dictionary (half a second); then a look-up.</summary>
internal sealed class KanjiSound(CompiledDictionary dictionary)
{
    const int LemmaField = 6;
    const int KanjiBytes = 3;

    readonly Lazy<Dictionary<char, string>> _sounds = new(() => Vote(Words(dictionary)));

    /// <returns>Katakana as spelled, or null where no word tells.</returns>
    public string? Of(char kanji) => _sounds.Value.GetValueOrDefault(kanji);

    static Dictionary<char, string> Vote(HashSet<(string Kanji, string Reading)> words)
    {
        var alone = words.Where(word => word.Kanji.Length == 1).ToLookup(word => word.Kanji[0], word => word.Reading);
        var (asFirst, asSecond) = (new Dictionary<(char, string), int>(), new Dictionary<(char, string), int>());
        foreach (var (kanji, whole) in words)
        {
            if (kanji is not [var first, var second])
                continue;
            foreach (var part in alone[second])
            {
                if (whole.Length > part.Length && whole.EndsWith(part, StringComparison.Ordinal))
                    Count(asFirst, first, whole[..^part.Length]);
            }
            foreach (var part in alone[first])
            {
                if (whole.Length > part.Length && whole.StartsWith(part, StringComparison.Ordinal))
                    Count(asSecond, second, whole[part.Length..]);
            }
        }
        // As the first of two it is heard more purely than as the second, whose consonant may be voiced.
        var sounds = Winners(asSecond);
        foreach (var (kanji, sound) in Winners(asFirst))
            sounds[kanji] = sound;
        return sounds;
    }

    static void Count(Dictionary<(char, string), int> votes, char kanji, string sound)
    {
        sound = sound[^1] == 'ッ' ? sound[..^1] + 'ツ' : sound;
        if (Kana.IsAllMoras(sound))
            votes[(kanji, sound)] = votes.GetValueOrDefault((kanji, sound)) + 1;
    }

    static Dictionary<char, string> Winners(Dictionary<(char Kanji, string Sound), int> votes) => votes
        .GroupBy(vote => vote.Key.Kanji)
        .ToDictionary(group => group.Key, group => group.OrderByDescending(vote => vote.Value).ThenBy(vote => vote.Key.Sound.Length).ThenBy(vote => vote.Key.Sound, StringComparer.Ordinal).First().Key.Sound);

    /// <summary>The words of one kanji or two, with their readings.</summary>
    static HashSet<(string Kanji, string Reading)> Words(CompiledDictionary dictionary)
    {
        var words = new HashSet<(string, string)>();
        for (var t = 0; t < dictionary.Words; t++)
        {
            var feature = dictionary.FeatureBytes(dictionary.Token(t).Feature);
            if (feature.StartsWith("名詞,固有名詞"u8))
                continue;
            for (var field = 0; field < LemmaField; field++)
                feature = feature[(feature.IndexOf((byte)',') + 1)..];
            var length = feature.IndexOf((byte)',');
            if (length is not (KanjiBytes or 2 * KanjiBytes))
                continue;
            var lemma = Encoding.UTF8.GetString(feature[..length]);
            var reading = feature[(length + 1)..];
            if (lemma.All(Kana.IsKanji) && !lemma.Contains('々', StringComparison.Ordinal) && reading.IndexOf((byte)',') is > 0 and var end && Encoding.UTF8.GetString(reading[..end]) is var katakana && Kana.IsAllMoras(katakana))
                words.Add((lemma, katakana));
        }
        return words;
    }
}
