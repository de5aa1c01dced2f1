using System.Globalization;
using System.Text;

namespace Kanade.Text;

/// <summary>Unicode in any form to the characters of the dictionary: composed, compatibility forms resolved, ASCII and half-width made full-width, control characters dropped.
/// One source cluster (a character and the marks that combine with it) at a time, so that every character knows where it came from.</summary>
internal static class TextNormalizer
{
    /// <summary>From here on symbols are pictures and emoji: not read.</summary>
    const int FirstPicture = 0x2600;

    /// <summary>Forms of kanji in names that the dictionary has in the usual form only.</summary>
    static readonly Dictionary<string, string> Variants = new() { ["𠮷"] = "吉", ["﨑"] = "崎", ["𠮟"] = "叱", ["𣘺"] = "橋" };

    const string HalfWidthMarks = "ﾞﾟ";

    /// <summary>The cluster that begins at <paramref name="start"/>: its length in the source, and its normal form.</summary>
    public static int Cluster(string text, int start, Span<char> normal, out int written)
    {
        var first = text[start];
        var next = start + 1 < text.Length ? text[start + 1] : '\0';
        if (IsPlain(first) && !Combines(next))
        {
            normal[0] = Widen(first);
            written = 1;
            return 1;
        }
        var end = start + (char.IsSurrogatePair(first, next) ? 2 : 1);
        while (end < text.Length && end - start < 16 && Combines(text[end]))
            end++;
        written = 0;
        if (char.IsSurrogate(first) && end - start < 2)
            return end - start;         // half a character
        foreach (var rune in Compatible(text[start..end]).EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            if (category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse)
                continue;
            if (category == UnicodeCategory.OtherSymbol && rune.Value >= FirstPicture && !SymbolReading.IsSign(rune))
                continue;
            if (written + 2 > normal.Length)
                break;
            if (rune.IsBmp)
                normal[written++] = Widen((char)rune.Value);
            else
                written += rune.EncodeToUtf16(normal[written..]);
        }
        return end - start;
    }

    /// <summary>Kana, kanji, ASCII and the usual marks are in normal form already.</summary>
    static bool IsPlain(char c) => c is (>= ' ' and < '\u007f') or (>= '、' and <= 'ゖ') or (>= 'ァ' and <= 'ヿ') or (>= '一' and <= '鿿') or (>= '！' and <= '～') or '…' or '‥' or '―' or '—' or '　';

    static bool Combines(char c) => c is '\u3099' or '\u309a' || HalfWidthMarks.Contains(c, StringComparison.Ordinal)
        || (c >= '\u0300' && CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark);

    static string Compatible(string cluster)
    {
        if (cluster[0] is '…' or '‥' or '℃' or '゛' or '゜')
            return cluster[..1];
        if (cluster[0] is >= 'Ⅰ' and <= 'Ⅻ')
            return (cluster[0] - 'Ⅰ' + 1).ToString(CultureInfo.InvariantCulture);
        if (cluster[0] is >= 'ⅰ' and <= 'ⅻ')
            return (cluster[0] - 'ⅰ' + 1).ToString(CultureInfo.InvariantCulture);
        if (Variants.TryGetValue(cluster, out var usual))
            return usual;
        if (cluster[0] is >= '¼' and <= '¾' or (>= '⅐' and <= '⅞') && cluster[..1].Normalize(NormalizationForm.FormKD).Split('\u2044') is [var part, var whole])
            return $"{whole}分の{part}";
        try
        {
            return cluster.Normalize(NormalizationForm.FormKC);
        }
        catch (ArgumentException)       // a code point that Unicode does not have
        {
            return cluster;
        }
    }

    /// <summary>ASCII to full-width, with the dictionary's choice of minus, quotes and wave dash.</summary>
    public static char Widen(char c) => c switch
    {
        ' ' or '\u00a0' => ' ',
        '-' => '−',
        '"' => '”',
        '\'' => '’',
        '\\' or '¥' => '￥',
        '`' => '‘',
        '髙' => '高',
        '濵' => '浜',
        '德' => '徳',
        '~' => '〜',
        > ' ' and < '\u007f' => (char)(c + 0xfee0),
        _ => c,
    };
}
