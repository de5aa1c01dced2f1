using System.Collections.Frozen;

namespace Kanade.Text;

/// <summary>Sounds that are not words: laugh, breath, sigh, cough. Each travels as one private character, which <see cref="Kana"/> knows as a mora of one phone.</summary>
internal static class Nonverbal
{
    public const char Laugh = '\ue000', BreathIn = '\ue001', BreathOut = '\ue002', Sigh = '\ue003', Cough = '\ue004';

    /// <summary>What stands between brackets of any kind: (笑), 〈息〉, [laugh] …</summary>
    static readonly FrozenDictionary<string, char> Tags = new Dictionary<string, char>
    {
        ["笑"] = Laugh,
        ["笑い"] = Laugh,
        ["笑い声"] = Laugh,
        ["笑う"] = Laugh,
        ["爆笑"] = Laugh,
        ["苦笑"] = Laugh,
        ["微笑"] = Laugh,
        ["ｗ"] = Laugh,
        ["w"] = Laugh,
        ["laugh"] = Laugh,
        ["laughs"] = Laugh,
        ["laughter"] = Laugh,
        ["息"] = BreathIn,
        ["息を吸う"] = BreathIn,
        ["吸う息"] = BreathIn,
        ["ブレス"] = BreathIn,
        ["breath"] = BreathIn,
        ["breath in"] = BreathIn,
        ["breath_in"] = BreathIn,
        ["inhale"] = BreathIn,
        ["吐息"] = BreathOut,
        ["息を吐く"] = BreathOut,
        ["吐く息"] = BreathOut,
        ["breath out"] = BreathOut,
        ["breath_out"] = BreathOut,
        ["exhale"] = BreathOut,
        ["ため息"] = Sigh,
        ["溜息"] = Sigh,
        ["溜め息"] = Sigh,
        ["sigh"] = Sigh,
        ["sighs"] = Sigh,
        ["咳"] = Cough,
        ["咳払い"] = Cough,
        ["せき"] = Cough,
        ["cough"] = Cough,
        ["coughs"] = Cough,
    }.ToFrozenDictionary();

    const string Open = "(（〈<＜[［【〔《*＊「『", Close = ")）〉>＞]］】〕》*＊」』";
    const int LongestTag = 12;

    /// <summary>The phone of a nonverbal character, or null.</summary>
    public static string? PhoneOf(char c) => c switch { Laugh => "laugh", BreathIn => "breath_in", BreathOut => "breath_out", Sigh => "sigh", Cough => "cough", _ => null };

    /// <summary>The sound written at a place, and how many characters write it; 0 where there is none.</summary>
    public static int At(string text, int start, out char sound)
    {
        sound = '\0';
        var bracket = Open.IndexOf(text[start], StringComparison.Ordinal);
        if (bracket >= 0)
        {
            var end = text.AsSpan(start + 1, Math.Min(LongestTag + 1, text.Length - start - 1)).IndexOf(Close[bracket]);
            // Words in quotation marks are said; the other brackets may hold a sound.
            if (end > 0 && text[start] is not ('「' or '『') && Tags.TryGetValue(text.Substring(start + 1, end), out sound))
                return end + 2;
            return 0;
        }
        return text[start] is 'w' or 'ｗ' or '笑' ? Written(text, start, out sound) : 0;
    }

    /// <summary>The length of laughter in kana at a place where no kana goes before: ははは, ふふふっ, えへへへ; three or more alike, else it may be a word.</summary>
    public static int Laughter(string text, int start)
    {
        if (start > 0 && (Kana.IsKana(text[start - 1]) || Kana.IsKanji(text[start - 1])))
            return 0;
        var at = start;
        if (Laughing.IndexOf(text[at], StringComparison.Ordinal) < 0)
            at++;
        var run = at;
        while (run < text.Length && run - at < LongestLaughter && text[run] == text[at] && Laughing.Contains(text[at], StringComparison.Ordinal))
            run++;
        return run - at >= 3 ? run - start : 0;
    }

    const string Laughing = "はひふへほくけハヒフヘホクケ";
    const int LongestLaughter = 60;

    /// <summary>ｗｗｗ and 笑 at the end of Japanese speech.</summary>
    static int Written(string text, int start, out char sound)
    {
        sound = Laugh;
        var end = start;
        while (end < text.Length && text[end] == text[start])
            end++;
        var before = start > 0 ? text[start - 1] : '\0';
        var after = end < text.Length ? text[end] : '。';
        var closes = after is '。' or '、' or '！' or '？' or '!' or '?' or '」' or '』' or '\n' or '\r' or ' ' or '　';
        var speechBefore = text[start] == '笑'
            ? Kana.IsHiragana(before) || before is '。' or '！' or '？' or '!' or '?' or '…'
            : Kana.IsKana(before) || Kana.IsKanji(before) || before is '。' or '！' or '？' or '!' or '?' or '…' or '」';
        return closes && speechBefore ? end - start : 0;
    }
}
