using System.Buffers;

namespace Kanade.Text;

/// <summary>Decides, word by word, what Latin letters are: romaji, a word the dictionary knows, English, or letters to be named.</summary>
internal sealed class LatinReading(string text, Lexicon lexicon)
{
    const int LongestAcronym = 5;
    const int LongestMended = 24;

    /// <summary>Little English words look like letters, chemical signs and romaji: a, I, He.</summary>
    const int LongestLittle = 2;

    static readonly SearchValues<char> Vowels = SearchValues.Create("aeiouyAEIOUY");
    static readonly SearchValues<char> Long = SearchValues.Create("āīūēōâîûêôĀĪŪĒŌÂÎÛÊÔ");

    int _romajiUpTo = -1;           // where the last romaji word ended

    /// <summary>The length of the Latin word at a place: letters, macron letters, and inner apostrophes and hyphens.</summary>
    public int WordAt(int start)
    {
        var end = start;
        while (end < text.Length && (IsLatin(text[end]) || (end > start && text[end] is '\'' or '’' or '-' && end + 1 < text.Length && IsLatin(text[end + 1])) || (end > start && text[end] is '\u0304' or '\u0302')))
            end++;
        // A hyphen at the end holds the vowel of a loanword: ko-hi-.
        return end > start && end < text.Length && text[end] == '-' && IsLoanword(text.AsSpan(start, end + 1 - start)) ? end + 1 - start : end - start;
    }

    /// <summary>Romaji that with its hyphens as ー is a word of the dictionary: ra-men, ko-hi-.</summary>
    bool IsLoanword(ReadOnlySpan<char> word) => Romaji.ToHiragana(word) is { } kana && lexicon.Exact(Kana.ToKatakana(kana)).Count > 0;

    static bool IsLatin(char c) => char.IsAsciiLetter(c) || c is >= 'À' and <= 'ɏ' and not ('×' or '÷');

    public void Append(NormalizedTextBuilder builder, int start, int length)
    {
        var word = text.AsSpan(start, length);
        var afterDigit = start > 0 && char.IsAsciiDigit(text[start - 1]) || start > 0 && text[start - 1] is >= '０' and <= '９';
        var wide = SourceReader.Widened(word.ToString());
        if (!afterDigit && length <= LongestLittle && IsInEnglish(start + length) && EnglishReading.InTable(word) is { } little)
        {
            builder.Force(lexicon.Foreign(wide, little), start);
        }
        else if (!afterDigit && Particle(word, start) is { } particle)
        {
            builder.Cut();
            builder.Append(particle, start);
            builder.Cut();
            _romajiUpTo = start + length;
        }
        else if (!afterDigit && !IsAcronym(word) && IsRomaji(word, start, length))
        {
            AppendRomaji(builder, start, length);
            _romajiUpTo = start + length;
        }
        else if (BeginsUserWord(start, length))
        {
            builder.Append(wide, start);
        }
        else if (!afterDigit && length > 1 && lexicon.Known(wide) is { } known)
        {
            builder.Force(known, start);
        }
        else if (afterDigit || IsLetters(word))
        {
            for (var i = 0; i < length; i++)
                builder.Append(TextNormalizer.Widen(word[i]), start + i);
        }
        else if (EnglishReading.ToKatakana(word) is { Length: > 0 } katakana)
        {
            builder.Force(lexicon.Foreign(wide, katakana), start);
        }
        else
        {
            builder.Append(wide, start);
        }
    }

    /// <summary>A word beside the dictionary begins with these letters and goes on with figures: CO2.</summary>
    bool BeginsUserWord(int start, int length)
    {
        if (start + length >= text.Length || !(char.IsAsciiDigit(text[start + length]) || text[start + length] is >= '０' and <= '９'))
            return false;
        foreach (var most in lexicon.UserWords.Lengths)
        {
            if (most > length && start + most <= text.Length && lexicon.UserWords.Find(SourceReader.Widened(text.Substring(start, most))).Length > 0)
                return true;
        }
        return false;
    }

    /// <summary>A word, or words joined by hyphens (Tanaka-san, juu-ichi) unless the hyphens hold the vowels of a loanword.</summary>
    void AppendRomaji(NormalizedTextBuilder builder, int start, int length)
    {
        var whole = IsLoanword(text.AsSpan(start, length));
        for (var (from, end) = (start, start + length); from < end;)
        {
            var hyphen = whole ? -1 : text.AsSpan(from, end - from).IndexOf('-');
            var to = hyphen < 0 ? end : from + hyphen;
            if (Romaji.ToHiragana(text.AsSpan(from, to - from)) is not { } kana)
            {
                to = end;
                kana = Romaji.ToHiragana(text.AsSpan(from, to - from))!;
            }
            builder.Cut();
            builder.AppendSpelled(Spelling(kana, text.AsSpan(from, to - from)), from);
            builder.Cut();
            from = to + (to < end ? 1 : 0);
        }
    }

    /// <summary>An n that lacks its apostrophe is ん where only that is a word: kinyoubi; before a vowel in names alone: Junichi.</summary>
    string Spelling(string kana, ReadOnlySpan<char> word)
    {
        if (word.Length > LongestMended || word.Contains('\'') || word.Contains('’') || IsSpelling(kana, names: false))
            return kana;
        var name = char.IsAsciiLetterUpper(word[0]);
        for (var i = 1; i + 1 < word.Length; i++)
        {
            if (word[i] is not 'n' || !(word[i + 1] is 'y' || (name && word[i + 1] is 'a' or 'i' or 'u' or 'e' or 'o')))
                continue;
            var before = word[i - 1] is 'n' ? i - 1 : i;
            if (Romaji.ToHiragana($"{word[..before]}n'{word[(i + 1)..]}") is { } other && IsSpelling(other, names: word[i + 1] is not 'y'))
                return other;
        }
        return kana;
    }

    /// <summary>The dictionary has a word, or a person's name, of this reading.</summary>
    bool IsSpelling(string hiragana, bool names)
    {
        Span<int> tokens = stackalloc int[8];
        var found = lexicon.Readings.Find(Kana.ToKatakana(hiragana), tokens);
        if (!names)
            return found > 0;
        foreach (var token in tokens[..found])
        {
            if (lexicon.Entry(false, lexicon.System.Token(token).Feature).Group2 == "人名")
                return true;
        }
        return false;
    }

    /// <summary>wa, e, o, no, to after Japanese are particles.</summary>
    char? Particle(ReadOnlySpan<char> word, int start)
    {
        if (word.Length > 2 || !AfterJapanese(start))
            return null;
        return word switch { "wa" or "ha" => 'は', "e" or "he" => 'へ', "o" or "wo" => 'を', "no" => 'の', "to" => 'と', _ => null };
    }

    bool AfterJapanese(int start)
    {
        var at = start - 1;
        while (at >= 0 && text[at] == ' ')
            at--;
        return at >= 0 && (at + 1 == _romajiUpTo || Kana.IsKana(text[at]) || Kana.IsKanji(text[at]));
    }

    /// <summary>A Latin word follows that is no romaji.</summary>
    bool IsInEnglish(int end)
    {
        if (end >= text.Length || text[end] != ' ' || WordAt(end + 1) is not (> 0 and var next))
            return false;
        var word = text.AsSpan(end + 1, next);
        return !IsAcronym(word) && (Romaji.ToHiragana(word) is null || IsEnglishToo(word));
    }

    bool IsRomaji(ReadOnlySpan<char> word, int start, int length)
    {
        if (Romaji.ToHiragana(word) is null)
            return false;
        return !IsEnglishToo(word) || NeighbourIsRomaji(start, length);
    }

    static bool IsEnglishToo(ReadOnlySpan<char> word) => EnglishReading.IsAmbiguous(word) || EnglishReading.InTable(word) is not null;

    /// <summary>One of the two Latin words before or after is romaji beyond doubt.</summary>
    bool NeighbourIsRomaji(int start, int length)
    {
        if (_romajiUpTo >= 0 && start - _romajiUpTo is >= 0 and <= 3)
            return true;
        var at = start + length;
        for (var words = 0; words < 2; words++)
        {
            while (at < text.Length && text[at] is ' ' or ',' or '\'')
                at++;
            var next = at < text.Length ? WordAt(at) : 0;
            if (next == 0)
                return false;
            var word = text.AsSpan(at, next);
            if (Romaji.ToHiragana(word) is not null && !IsEnglishToo(word))
                return true;
            at += next;
        }
        return false;
    }

    /// <summary>Capitals only: NHK, PDF; a long one that reads as a word is shouted, not spelled.</summary>
    static bool IsAcronym(ReadOnlySpan<char> word) =>
        !word.ContainsAnyInRange('a', 'z') && (word.Length <= LongestAcronym - 1 || Romaji.ToHiragana(word) is null) && !word.ContainsAny(Long);

    /// <summary>To be named letter by letter: one letter, a short acronym, or no vowel at all.</summary>
    static bool IsLetters(ReadOnlySpan<char> word) =>
        word.Length == 1 || (!word.ContainsAnyInRange('a', 'z') && word.Length <= LongestAcronym && EnglishReading.InTable(word) is null) || !word.ContainsAny(Vowels);
}
