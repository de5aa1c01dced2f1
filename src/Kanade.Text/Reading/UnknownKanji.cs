namespace Kanade.Text;

/// <summary>A run of kanji that the lattice took for one unknown word and nobody could read, cut into the longest words that the dictionary can read; of what is left each
/// kanji has the sound that it has in other words (<see cref="KanjiSound"/>), and 々 that of the word before it. What nobody knows stays unknown.</summary>
internal static class UnknownKanji
{
    public static void Divide(List<Word> words, Lexicon lexicon)
    {
        for (var i = words.Count - 1; i >= 0; i--)
        {
            if (words[i] is not { Unknown: true, Moras: 0, Surface.Length: > 1 } || !words[i].Surface.All(Kana.IsKanji))
                continue;
            var parts = Parts(words[i], lexicon);
            if (parts.Count == 1)
                continue;
            words.RemoveAt(i);
            words.InsertRange(i, parts);
        }
        for (var i = 0; i < words.Count; i++)
        {
            if (words[i] is not { Moras: 0 } word || !(word.Unknown || word.Surface.All(c => c == Repetition)))
                continue;
            var reading = word.Surface.All(c => c == Repetition) ? Repeated(word, i > 0 ? words[i - 1] : null) : Sounds(word, lexicon);
            if (reading is not null)
                (word.Reading, word.Pronunciation, word.Moras) = (reading, Kana.Spoken(reading), Kana.CountMoras(reading));
        }
    }

    const char Repetition = '々';

    static string? Repeated(Word word, Word? before) =>
        before is { Moras: > 0, Surface: [.., var last] } && Kana.IsKanji(last) && Kana.IsAllMoras(before.Reading) ? string.Concat(Enumerable.Repeat(before.Reading, word.Surface.Length)) : null;

    static string? Sounds(Word word, Lexicon lexicon)
    {
        if (!word.Surface.All(Kana.IsKanji))
            return null;
        var sounds = word.Surface.Select(lexicon.Sounds.Of).ToArray();
        return sounds.Contains(null) ? null : string.Concat(sounds);
    }

    static List<Word> Parts(Word word, Lexicon lexicon)
    {
        var parts = new List<Word>();
        var unread = 0;             // where the characters that no word takes begin
        for (var at = 0; at <= word.Surface.Length;)
        {
            var (length, known) = (0, default(UserWord));
            for (var most = word.Surface.Length - at; most > 0 && known is null; most--)
                (length, known) = (most, lexicon.Known(word.Surface.Substring(at, most)));
            if ((known is not null || at == word.Surface.Length) && unread < at)
                Word.Append(parts, word.Surface[unread..at], new DictionaryEntry(word.Pos, word.Group1, word.Group2, word.Group3, "*", "*", word.ChainRule, null, [new DictionaryPart("*", "*", "*", 0, 0)]), word.Start + unread, unknown: true);
            if (known is not null)
                Word.Append(parts, known.Surface, known.Entry, word.Start + at, unknown: false);
            at += known is null ? 1 : length;
            if (known is not null)
                unread = at;
        }
        return parts;
    }
}
