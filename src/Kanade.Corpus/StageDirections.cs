using System.Text.RegularExpressions;

namespace Kanade.Corpus;

/// <summary>Tells what is said in a script from how it is to be said, and from what is heard beside the words.</summary>
static partial class StageDirections
{
    /// <summary>Sounds in the order they are looked for, and the tags that the frontend reads for them.</summary>
    static readonly (Regex Direction, string Tag)[] Sounds =
    [
        (Laughter(), "（笑い）"), (SleepingBreath(), "（息）（吐息）"), (HeavyBreath(), "（吐息）"), (BreathIn(), "（息）"), (Sigh(), "（ため息）"), (Cough(), "（咳）"),
    ];

    /// <summary>The line with its brackets resolved, and the manner that they ask for ("楽しそうに"). A bracket of kana gives the reading of what stands
    /// before it: of signs and letters it takes the place, of kanji the dictionary knows it already. A bracket that speaks of laughter, breath or a cough
    /// becomes that sound's tag, where it stands. What else is in brackets (what happens on the stage) is neither said nor a manner.</summary>
    internal static (string Text, string Manner) Split(string line)
    {
        line = ReadSigns().Replace(line, "${reading}");
        var manners = Bracket().Matches(line).Select(m => m.Groups[1].Value.Trim()).Where(d => Manner().IsMatch(d) && !Kana().IsMatch(d) && TagOf(d) is null);
        // A half-width question mark stands for a wave dash that an old encoding lost (questions have the full-width one); ≪≫ only set a name apart.
        var text = LostDash().Replace(Bracket().Replace(line, m => TagOf(m.Groups[1].Value) ?? ""), "ー")
            .Replace("≪", "", StringComparison.Ordinal).Replace("≫", "", StringComparison.Ordinal);
        return (text.Trim(), string.Join('、', manners));
    }

    static string? TagOf(string direction) => Sounds.FirstOrDefault(s => s.Direction.IsMatch(direction)).Tag;

    [GeneratedRegex(@"[^ぁ-ゖァ-ヺー\u4E00-\u9FFF、。！？…\s「（(]+[（(](?<reading>[ぁ-ゖー]+)[）)]")]
    private static partial Regex ReadSigns();

    [GeneratedRegex("[にく]$|(感じ|イメージ|ニュアンス)で$|怒り$|コミカル$")]
    private static partial Regex Manner();

    [GeneratedRegex("[（(]([^）)]*)[）)]")]
    private static partial Regex Bracket();

    [GeneratedRegex("^[ぁ-ゖー]+$")]
    private static partial Regex Kana();

    [GeneratedRegex(@"(?<=[ぁ-ヺー\u4E00-\u9FFF])\?+")]
    private static partial Regex LostDash();

    [GeneratedRegex("笑(い声|い$|う|$)|^笑")]
    private static partial Regex Laughter();

    [GeneratedRegex("寝息")]
    private static partial Regex SleepingBreath();

    [GeneratedRegex("吐息|息づかい|息遣い|息切れ|息を(吐|は)")]
    private static partial Regex HeavyBreath();

    [GeneratedRegex("ブレス|息を(吸|す)|息を(呑|の)|あくび")]
    private static partial Regex BreathIn();

    [GeneratedRegex("(ため|溜め?)息")]
    private static partial Regex Sigh();

    [GeneratedRegex("咳")]
    private static partial Regex Cough();
}
