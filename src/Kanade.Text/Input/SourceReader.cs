using System.Text;

namespace Kanade.Text;

/// <summary>From the text as given to the text for the lattice: notation, ruby and nonverbal sounds taken out, normal forms, spaces as word boundaries,
/// Latin words as romaji, English or letters, figures and signs as words.</summary>
internal static class SourceReader
{
    const int LongestRuby = 40;
    const int LongestNotation = 400;

    public static NormalizedText Read(string text, Lexicon lexicon)
    {
        var builder = new NormalizedTextBuilder(text.Length);
        if (AccentNotation.IsWholly(text))
        {
            Settle(builder, AccentNotation.Parse(text.AsSpan().Trim())!, 0, lexicon);
            return builder.Build(text.Length);
        }
        var (figures, kanji, hiragana) = ReadCharacters(text, builder, lexicon);
        // Hiragana with spaces between its words, or nothing but hiragana: the words are those that are written in kanji elsewhere.
        if (!kanji && hiragana > 0)
            builder.SpellAll();
        var normalized = builder.Build(text.Length);
        return figures ? SymbolReading.Apply(normalized, lexicon) : normalized;
    }

    static (bool Figures, bool Kanji, int Hiragana) ReadCharacters(string text, NormalizedTextBuilder builder, Lexicon lexicon)
    {
        Span<char> cluster = stackalloc char[32];
        var latin = new LatinReading(text, lexicon);
        var (figures, kanji, hiragana, rubyBase) = (false, false, 0, -1);
        for (var i = 0; i < text.Length;)
        {
            if (Special(text, i, builder, lexicon, rubyBase) is > 0 and var special)
            {
                i += special;
                rubyBase = -1;
                continue;
            }
            if (text[i] is '｜' && text.AsSpan(i, Math.Min(LongestRuby, text.Length - i)).Contains('《'))
            {
                rubyBase = builder.Length;
                i++;
                continue;
            }
            if (latin.WordAt(i) is > 0 and var length)
            {
                latin.Append(builder, i, length);
                i += length;
                continue;
            }
            var taken = TextNormalizer.Cluster(text, i, cluster, out var written);
            if (written > 2 && cluster[1] == '分' && IsDigit(builder.Last))
                builder.Append('と', i);                // 1½
            for (var k = 0; k < written; k++)
            {
                var c = cluster[k];
                if (c == ' ')
                {
                    builder.Cut();
                    if (IsDigit(builder.Last) && i + 1 < text.Length && IsDigit(text[i + 1]))
                        builder.Append('　', i);        // two numbers are not one
                }
                else if (!char.IsWhiteSpace(c) || c == '　')
                {
                    builder.Append(c, i);
                    figures |= SymbolReading.MayApply(c);
                    kanji |= Kana.IsKanji(c);
                    hiragana += Kana.IsHiragana(c) ? 1 : 0;
                }
            }
            if (text[i] is '\n' or '\r' or '\u2028' or '\u2029' && builder.Length > 0 && builder.Last != '。')
                builder.Append('。', i);
            else if (text[i] == '\t')
                builder.Cut();
            i += taken;
        }
        return (figures, kanji, hiragana);
    }

    static bool IsDigit(char c) => char.IsAsciiDigit(c) || c is >= '０' and <= '９';

    /// <summary>Notation, ruby or a sound at a place: appends it and returns how much of the source it is, else 0.</summary>
    static int Special(string text, int i, NormalizedTextBuilder builder, Lexicon lexicon, int rubyBase)
    {
        switch (text[i])
        {
            case '{' or '｛':
                var close = text.AsSpan(i, Math.Min(LongestNotation, text.Length - i)).IndexOfAny('}', '｝');
                if (close < 0 || AccentNotation.Parse(text.AsSpan(i + 1, close - 1)) is not { } phrases)
                    return 0;
                Settle(builder, phrases, i, lexicon);
                return close + 1;
            case '《' when Ruby(text, i, builder, lexicon, rubyBase) is > 0 and var ruby:
                return ruby;
        }
        if (Kana.IsKana(text[i]) && Nonverbal.Laughter(text, i) is > 0 and var laughter)
        {
            builder.Force(lexicon.Interjection(text.Substring(i, laughter)), i);
            return laughter;
        }
        if (Nonverbal.At(text, i, out var sound) is > 0 and var length)
        {
            builder.Force(lexicon.Sound(sound), i);
            return length;
        }
        return 0;
    }

    /// <summary>漢字《かんじ》: the reading goes to the run of kanji before it, or to everything since ｜.</summary>
    static int Ruby(string text, int i, NormalizedTextBuilder builder, Lexicon lexicon, int rubyBase)
    {
        var close = text.AsSpan(i, Math.Min(LongestRuby, text.Length - i)).IndexOf('》');
        if (close < 2)
            return 0;
        var reading = Kana.ToKatakana(text.Substring(i + 1, close - 1));
        var start = rubyBase >= 0 ? rubyBase : builder.Length;
        while (rubyBase < 0 && start > 0 && Kana.IsKanji(builder[start - 1]))
            start--;
        if (start == builder.Length || !Kana.IsAllMoras(reading))
            return 0;
        builder.ForceFrom(start, surface => lexicon.WithReading(surface, reading));
        return close + 1;
    }

    static void Settle(NormalizedTextBuilder builder, List<AccentNotation.Phrase> phrases, int source, Lexicon lexicon)
    {
        foreach (var phrase in phrases)
        {
            builder.Force(lexicon.Settled(phrase.Kana.Replace(Kana.Devoiced.ToString(), "", StringComparison.Ordinal), phrase.Kana, phrase.Nucleus), source);
            builder.Append(phrase.Mark, source);
        }
    }

    /// <summary>A word as it would stand in a normalised text.</summary>
    public static string Widened(string surface)
    {
        var widened = new StringBuilder(surface.Length);
        Span<char> cluster = stackalloc char[32];
        for (var i = 0; i < surface.Length;)
        {
            i += TextNormalizer.Cluster(surface, i, cluster, out var written);
            widened.Append(cluster[..written]);
        }
        return widened.ToString();
    }
}
