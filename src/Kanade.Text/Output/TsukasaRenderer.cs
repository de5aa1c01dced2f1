using System.Text;

namespace Kanade.Text;

/// <summary>Writes words in the notation that Tsukasa's checkpoints were trained on: cutlet's Hepburn in IPA letters, no accents, words apart, and the faults of that
/// pipeline where they are systematic: r for ru but ɽ for ra ri re ro, long vowels as ː only after o and u spelled twice, っ as ʔ, ん assimilated, punctuation in ASCII.</summary>
internal static class TsukasaRenderer
{
    /// <summary>Phones of a mora in its letters. ら り れ ろ have ɽ, る keeps r.</summary>
    static string Letters(string consonant, string vowel) => (consonant switch
    {
        "" => "",
        "sh" => "ɕ",
        "ch" => "tɕ",
        "j" => "dʑ",
        "ts" => "ts",
        "f" => "f",
        "y" => "j",
        "r" => vowel == "ɯ" ? "r" : "ɽ",
        "ky" => "kʲ",
        "gy" => "gʲ",
        "ny" => "ɲ",
        "hy" => "ç",
        "by" => "bʲ",
        "py" => "pʲ",
        "my" => "mʲ",
        "ry" => "ɽʲ",
        "ty" => "tʲ",
        "dy" => "dʲ",
        _ => consonant,
    }) + vowel;

    public static string Render(IReadOnlyList<Word> words)
    {
        var text = new StringBuilder();
        var open = false;               // a word has been written since the last mark
        for (var i = 0; i < words.Count; i++)
        {
            if (words[i].IsPause)
            {
                Mark(words[i].Surface, text);
                open = false;
                continue;
            }
            if (text.Length > 0 && text[^1] != ' ' && (!open || !Joins(words[i - 1], words[i])))
                text.Append(' ');
            Spell(words[i].Pronunciation, text);
            open = true;
        }
        Assimilate(text);
        return text.ToString().Trim();
    }

    /// <summary>Cutlet writes inflection with its verb and て with what it follows; particles, です and だ stand apart.</summary>
    static bool Joins(Word before, Word word) =>
        (word.Pos == "助動詞" && word.Lemma is not ("です" or "だ" or "らしい" or "じゃ") && before.Pos is "動詞" or "形容詞" or "助動詞")
        || (word is { Pos: "助詞", Group1: "接続助詞", Surface: "て" or "で" or "ば" or "ちゃ" or "たり" } && before.Pos is "動詞" or "形容詞" or "助動詞")
        || word.Group1 == "接尾";

    static void Spell(string pronunciation, StringBuilder text)
    {
        var rest = pronunciation.Replace(Kana.Devoiced.ToString(), "", StringComparison.Ordinal).AsSpan();
        while (!rest.IsEmpty)
        {
            var length = Math.Max(1, Kana.MoraLength(rest));
            var mora = rest[..length];
            rest = rest[length..];
            if (mora is [Kana.LongVowel])
            {
                text.Append(text.Length > 0 && text[^1] == 'ː' ? "" : "ː");
                continue;
            }
            if (Kana.PhonesOf(mora) is not { } phones)
                continue;
            var vowel = phones[^1] switch { "u" => "ɯ", "N" => "ɴ", "cl" => "ʔ", var other => other };
            if (phones.Count == 1 && vowel is "a" or "i" or "ɯ" or "e" or "o" && text.Length > 0 && text[^1] == vowel[0])
                text.Append('ː');
            else
                text.Append(Letters(phones.Count > 1 ? phones[0] : "", vowel));
        }
    }

    static void Mark(string surface, StringBuilder text)
    {
        foreach (var c in surface)
        {
            var mark = c switch
            {
                '。' or '．' => ".",
                '、' or '，' => ",",
                '！' => "!",
                '？' => "?",
                '…' or '‥' => "...",
                '「' or '『' => " \"",
                '」' or '』' => "\"",
                '：' => ":",
                '；' => ";",
                '—' or '―' or '〜' => "—",
                _ => "",
            };
            text.Append(mark);
        }
        if (text.Length > 0 && text[^1] != ' ')
            text.Append(' ');
    }

    /// <summary>ɴ becomes m before m b p, ŋ before k g, n before t d n s z ɽ; at the end it stays.</summary>
    static void Assimilate(StringBuilder text)
    {
        for (var i = 0; i + 1 < text.Length; i++)
        {
            if (text[i] != 'ɴ')
                continue;
            text[i] = text[i + 1] switch { 'm' or 'b' or 'p' => 'm', 'k' or 'g' => 'ŋ', 't' or 'd' or 'n' or 's' or 'z' or 'ɽ' or 'r' or 'ɲ' => 'n', _ => 'ɴ' };
        }
    }
}
