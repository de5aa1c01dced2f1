using System.Text.RegularExpressions;

namespace Kanade.Corpus;

/// <summary>Tells what is said in a script from how it is to be said.</summary>
static partial class StageDirections
{
    /// <summary>The line without brackets, and the manner that its brackets ask for ("楽しそうに"). A bracket of kana gives the reading of what stands
    /// before it: of signs and letters it takes the place, of kanji the dictionary knows it already. What else is in brackets (what happens, who laughs) is
    /// neither said nor a manner.</summary>
    internal static (string Text, string Manner) Split(string line)
    {
        line = ReadSigns().Replace(line, "${reading}");
        var manners = Bracket().Matches(line).Select(m => m.Groups[1].Value.Trim()).Where(d => Manner().IsMatch(d) && !Kana().IsMatch(d));
        // A question mark in the middle of kana stands for a wave dash that an old encoding lost; ≪≫ only set a name apart.
        var text = LostDash().Replace(Bracket().Replace(line, ""), "ー").Replace("≪", "", StringComparison.Ordinal).Replace("≫", "", StringComparison.Ordinal);
        return (text.Trim(), string.Join('、', manners));
    }

    [GeneratedRegex(@"[^ぁ-ゖァ-ヺー\u4E00-\u9FFF、。！？…\s「（(]+[（(](?<reading>[ぁ-ゖー]+)[）)]")]
    private static partial Regex ReadSigns();

    [GeneratedRegex("[にく]$|感じで$|怒り$")]
    private static partial Regex Manner();

    [GeneratedRegex("[（(]([^）)]*)[）)]")]
    private static partial Regex Bracket();

    [GeneratedRegex("^[ぁ-ゖー]+$")]
    private static partial Regex Kana();

    [GeneratedRegex(@"(?<=[ぁ-ヺー])\?")]
    private static partial Regex LostDash();
}
