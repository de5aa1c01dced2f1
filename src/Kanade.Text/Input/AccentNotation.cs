using System.Text;

namespace Kanade.Text;

/// <summary>Reading and accent written out: katakana with ' after the nucleus, / between phrases, 、 and ？ as usual, _ before a devoiced mora: <c>{コンニチワ'/セ'カイ}</c>.
/// A phrase without ' is flat. (The kana notation of AquesTalk and VOICEVOX, in braces; a text that is nothing but notation needs none.)</summary>
internal static class AccentNotation
{
    /// <summary>One phrase: katakana with ’ after devoiced moras, the nucleus (0 flat), and the mark after it.</summary>
    public readonly record struct Phrase(string Kana, int Nucleus, string Mark);

    /// <summary>The phrases, or null where the text is not notation.</summary>
    public static List<Phrase>? Parse(ReadOnlySpan<char> text)
    {
        var phrases = new List<Phrase>();
        var kana = new StringBuilder();
        var (moras, nucleus, devoiced) = (0, 0, false);
        bool Close(string mark)
        {
            if (moras == 0 || devoiced)
                return mark.Length == 0 && phrases.Count > 0 && moras == 0 && !devoiced;
            phrases.Add(new Phrase(kana.ToString(), nucleus, mark));
            kana.Clear();
            (moras, nucleus) = (0, 0);
            return true;
        }
        for (var i = 0; i < text.Length;)
        {
            var length = Text.Kana.MoraLength(text[i..]);
            if (length > 0)
            {
                kana.Append(text.Slice(i, length));
                if (devoiced)
                    kana.Append(Text.Kana.Devoiced);
                (moras, devoiced) = (moras + 1, false);
                i += length;
                continue;
            }
            switch (text[i++])
            {
                case '\'' or '’' when moras > 0 && nucleus == 0:
                    nucleus = moras;
                    break;
                case '_' or '＿' when !devoiced:
                    devoiced = true;
                    break;
                case '/' or '／' when Close(""):
                    break;
                case '、' or ',' when Close("、"):
                    break;
                case '。' when Close("。"):
                    break;
                case '？' or '?' when Close("？"):
                    break;
                case '！' or '!' when Close("！"):
                    break;
                default:
                    return null;
            }
        }
        return Close("") && phrases.Count > 0 ? phrases : null;
    }

    /// <summary>A whole text is notation when it parses and marks a nucleus.</summary>
    public static bool IsWholly(string text) => text.AsSpan().IndexOfAny('\'', '’') >= 0 && text.Length < 2000 && Parse(text.AsSpan().Trim()) is not null;
}
