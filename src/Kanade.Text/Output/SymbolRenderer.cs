using System.Text;

namespace Kanade.Text;

/// <summary>Writes accent phrases as the symbols that the networks read. One inventory, whatever script the text was in; every symbol is one id of <see cref="SymbolTable"/>.
/// <code>
/// text     = [ phrase { gap phrase } [ mark { mark } ] ]
/// gap      = " " | mark { mark } " "
/// mark     = "," 、・ and other short stops | "." 。 | "?" | "!" | "…" | "—" dashes | "“" "”" quotation | "«" "»" brackets | ":" | ";"
/// phrase   = mora { mora } with "↑" after the first mora where the pitch rises (not when the nucleus is 1, nor in a phrase of one mora)
///            and "↓" after the nucleus where there is one; a flat phrase has no "↓"
/// mora     = [ consonant ] vowel | "ː" (the vowel before, held) | "ɴ" (ん) | "ʔ" (っ) | nonverbal
/// vowel    = a i ɯ e o, devoiced ɐ ɪ ʊ ə ɵ
/// consonant= k kʲ ɡ ɡʲ s ɕ z dʑ t tʲ tɕ ts d dʲ n ɲ h ç ɸ b bʲ p pʲ m mʲ j ɽ ɽʲ w v (n and h before i are ɲ and ç)
/// nonverbal= "ʘ" laugh | "ǀ" breath in | "ǁ" breath out | "ǂ" sigh | "ǃ" cough
/// </code>
/// A vowel that repeats the one before it within a phrase is "ː" too, so that おおきい and オーキー are written alike.</summary>
public static class SymbolRenderer
{
    /// <summary>The symbols of the phrases.</summary>
    public static string Render(IReadOnlyList<AccentPhrase> phrases) => Render(phrases, []);

    /// <param name="phrases">What is written.</param>
    /// <param name="moras">Where the symbols of each mora begin and end, accents included, is added here.</param>
    internal static string Render(IReadOnlyList<AccentPhrase> phrases, List<(int Start, int End)> moras)
    {
        var text = new StringBuilder();
        for (var i = 0; i < phrases.Count; i++)
        {
            if (i > 0)
                text.Append(' ');
            Phrase(phrases[i], text, moras);
            var start = text.Length;
            foreach (var mark in phrases[i].Punctuation)
                Mark(mark, text, start);
            if (phrases[i].PauseAfter && text.Length == start)
                text.Append(',');
        }
        return text.ToString();
    }

    static void Phrase(AccentPhrase phrase, StringBuilder text, List<(int Start, int End)> moras)
    {
        var held = "";
        for (var m = 0; m < phrase.Moras.Count; m++)
        {
            var (phones, start) = (phrase.Moras[m].Phones, text.Length);
            if (phones.Count == 1 && phones[0] == held && held.Length == 1)
            {
                text.Append('ː');
            }
            else
            {
                for (var p = 0; p < phones.Count; p++)
                    text.Append(SymbolOf(phones[p], p + 1 < phones.Count ? phones[p + 1] : ""));
            }
            held = phones[^1] is "N" or "cl" ? phones[^1] : phones[^1].ToLowerInvariant();
            if (m == 0 && phrase.Nucleus != 1 && phrase.Moras.Count > 1)
                text.Append('↑');
            if (m + 1 == phrase.Nucleus)
                text.Append('↓');
            moras.Add((start, text.Length));
        }
    }

    /// <summary>One mark a kind: "。。。" is ".", "！？" is "!?".</summary>
    static void Mark(char mark, StringBuilder text, int start)
    {
        var symbol = mark switch
        {
            '。' or '．' or '.' or '｡' => '.',
            '？' or '?' => '?',
            '！' or '!' => '!',
            '…' or '‥' => '…',
            '—' or '―' or '─' or '〜' or '～' or '−' or '－' or '‐' => '—',
            '「' or '『' or '“' or '‘' or '〝' => '“',
            '」' or '』' or '”' or '’' or '〟' => '”',
            '（' or '〈' or '《' or '【' or '［' or '〔' or '｛' or '＜' => '«',
            '）' or '〉' or '》' or '】' or '］' or '〕' or '｝' or '＞' => '»',
            '：' or ':' => ':',
            '；' or ';' => ';',
            _ => ',',
        };
        for (var i = start; i < text.Length; i++)
        {
            if (text[i] == symbol)
                return;
        }
        text.Append(symbol);
    }

    static string SymbolOf(string phone, string next) => phone switch
    {
        "a" => "a",
        "i" => "i",
        "u" => "ɯ",
        "e" => "e",
        "o" => "o",
        "A" => "ɐ",
        "I" => "ɪ",
        "U" => "ʊ",
        "E" => "ə",
        "O" => "ɵ",
        "N" => "ɴ",
        "cl" => "ʔ",
        "k" => "k",
        "ky" => "kʲ",
        "g" => "ɡ",
        "gy" => "ɡʲ",
        "s" => "s",
        "sh" => "ɕ",
        "z" => "z",
        "j" => "dʑ",
        "t" => "t",
        "ty" => "tʲ",
        "ch" => "tɕ",
        "ts" => "ts",
        "d" => "d",
        "dy" => "dʲ",
        "n" => next is "i" or "I" ? "ɲ" : "n",
        "ny" => "ɲ",
        "h" => next is "i" or "I" ? "ç" : "h",
        "hy" => "ç",
        "f" => "ɸ",
        "b" => "b",
        "by" => "bʲ",
        "p" => "p",
        "py" => "pʲ",
        "m" => "m",
        "my" => "mʲ",
        "y" => "j",
        "r" => "ɽ",
        "ry" => "ɽʲ",
        "w" => "w",
        "v" => "v",
        "laugh" => "ʘ",
        "breath_in" => "ǀ",
        "breath_out" => "ǁ",
        "sigh" => "ǂ",
        "cough" => "ǃ",
        _ => throw new ArgumentOutOfRangeException(nameof(phone), phone, "not a phone"),
    };
}
