using System.Buffers;

namespace Kanade.Text;

/// <summary>Decides, word by word, what Latin letters are: romaji, a word the dictionary knows, English, or letters to be named.</summary>
internal sealed class LatinReading(string text, Lexicon lexicon)
{
    const int LongestAcronym = 5;

    static readonly SearchValues<char> Vowels = SearchValues.Create("aeiouyAEIOUY");
    static readonly SearchValues<char> Long = SearchValues.Create("āīūēōâîûêôĀĪŪĒŌÂÎÛÊÔ");

    int _romajiUpTo = -1;           // where the last romaji word ended

    /// <summary>The length of the Latin word at a place: letters, macron letters, and inner apostrophes and hyphens.</summary>
    public int WordAt(int start)
    {
        var end = start;
        while (end < text.Length && (IsLatin(text[end]) || (end > start && text[end] is '\'' or '’' or '-' && end + 1 < text.Length && IsLatin(text[end + 1])) || (end > start && text[end] is '\u0304' or '\u0302')))
            end++;
        return end - start;
    }

    static bool IsLatin(char c) => char.IsAsciiLetter(c) || c is >= 'À' and <= 'ɏ' and not ('×' or '÷');

    public void Append(NormalizedTextBuilder builder, int start, int length)
    {
        var word = text.AsSpan(start, length);
        var afterDigit = start > 0 && char.IsAsciiDigit(text[start - 1]) || start > 0 && text[start - 1] is >= '０' and <= '９';
        var wide = SourceReader.Widened(word.ToString());
        if (!afterDigit && Particle(word, start) is { } particle)
        {
            builder.Cut();
            builder.Append(particle, start);
            builder.Cut();
            _romajiUpTo = start + length;
        }
        else if (!afterDigit && !IsAcronym(word) && IsRomaji(word, start, length) && Romaji.ToHiragana(word) is { } kana)
        {
            builder.Cut();
            builder.AppendSpelled(kana, start);
            builder.Cut();
            _romajiUpTo = start + length;
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

    /// <summary>wa, e, o after Japanese are particles.</summary>
    char? Particle(ReadOnlySpan<char> word, int start)
    {
        if (word.Length > 2 || !AfterJapanese(start))
            return null;
        return word switch { "wa" or "ha" => 'は', "e" or "he" => 'へ', "o" or "wo" => 'を', _ => null };
    }

    bool AfterJapanese(int start)
    {
        var at = start - 1;
        while (at >= 0 && text[at] == ' ')
            at--;
        return at >= 0 && (at + 1 == _romajiUpTo || Kana.IsKana(text[at]) || Kana.IsKanji(text[at]));
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
        word.Length == 1 || (!word.ContainsAnyInRange('a', 'z') && word.Length <= LongestAcronym && EnglishReading.InTable(word) is null) || (word.Length <= 4 && !word.ContainsAny(Vowels));
}
