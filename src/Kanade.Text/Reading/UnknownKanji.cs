namespace Kanade.Text;

/// <summary>A run of kanji that the lattice took for one unknown word and nobody could read, cut into the longest words that the dictionary can read; what is left stays unknown.</summary>
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
