using System.Text.RegularExpressions;

namespace Kanade.Text;

/// <summary>Rewrites what is written in figures and signs into words that can be read: dates, times, money, fractions, telephone numbers, ranges, units, operators.
/// Works on normalised (full-width) text; every new character keeps the place of what it replaces.</summary>
internal static partial class SymbolReading
{
    /// <summary>What units after a number are called. Longer units first.</summary>
    static readonly Dictionary<string, string> Units = new(StringComparer.Ordinal)
    {
        ["ｋｍ／ｈ"] = "キロメートル毎時",
        ["ｍ／ｓ"] = "メートル毎秒",
        ["ｋｍ"] = "キロメートル",
        ["ｃｍ"] = "センチメートル",
        ["ｍｍ"] = "ミリメートル",
        ["ｎｍ"] = "ナノメートル",
        ["μｍ"] = "マイクロメートル",
        ["ｍ２"] = "平方メートル",
        ["ｍ３"] = "立方メートル",
        ["ｃｍ２"] = "平方センチメートル",
        ["ｋｍ２"] = "平方キロメートル",
        ["ｍ"] = "メートル",
        ["ｋｇ"] = "キログラム",
        ["ｍｇ"] = "ミリグラム",
        ["ｇ"] = "グラム",
        ["ｔ"] = "トン",
        ["ｋＬ"] = "キロリットル",
        ["ｍＬ"] = "ミリリットル",
        ["ｍｌ"] = "ミリリットル",
        ["ｄＬ"] = "デシリットル",
        ["ｄｌ"] = "デシリットル",
        ["Ｌ"] = "リットル",
        ["ｌ"] = "リットル",
        ["ＴＢ"] = "テラバイト",
        ["ＧＢ"] = "ギガバイト",
        ["ＭＢ"] = "メガバイト",
        ["ＫＢ"] = "キロバイト",
        ["ｋＢ"] = "キロバイト",
        ["ＧＨｚ"] = "ギガヘルツ",
        ["ＭＨｚ"] = "メガヘルツ",
        ["ｋＨｚ"] = "キロヘルツ",
        ["Ｈｚ"] = "ヘルツ",
        ["ｋＷ"] = "キロワット",
        ["Ｗ"] = "ワット",
        ["ｋＶ"] = "キロボルト",
        ["Ｖ"] = "ボルト",
        ["ｍＡ"] = "ミリアンペア",
        ["Ａ"] = "アンペア",
        ["ｋｃａｌ"] = "キロカロリー",
        ["ｃａｌ"] = "カロリー",
        ["ｈＰａ"] = "ヘクトパスカル",
        ["ｄＢ"] = "デシベル",
        ["℃"] = "度",
        ["°Ｃ"] = "度",
        ["°"] = "度",
        ["％"] = "パーセント",
        ["‰"] = "パーミル",
        ["ｐｔ"] = "ポイント",
        ["ｆｐｓ"] = "フレーム毎秒",
    };

    static readonly Dictionary<string, string> Signs = new(StringComparer.Ordinal)
    {
        ["＆"] = "アンド",
        ["＠"] = "アット",
        ["＃"] = "シャープ",
        ["♯"] = "シャープ",
        ["＝"] = "イコール",
        ["≒"] = "ニアリーイコール",
        ["±"] = "プラスマイナス",
        ["∞"] = "無限大",
        ["√"] = "ルート",
        ["π"] = "パイ",
        ["〒"] = "郵便番号",
        ["№"] = "ナンバー",
        ["℃"] = "度",
        ["％"] = "パーセント",
        ["℡"] = "電話",
        ["㈱"] = "株式会社",
        ["㍿"] = "株式会社",
        ["α"] = "アルファ",
        ["β"] = "ベータ",
        ["γ"] = "ガンマ",
        ["Ω"] = "オーム",
        ["μ"] = "ミュー",
        ["→"] = "、",
        ["←"] = "、",
        ["⇒"] = "、",
        ["♪"] = "、",
        ["♫"] = "、",
        ["／"] = "、",
        ["｜"] = "、",
        ["＿"] = "、",
        ["＊"] = "、",
        ["•"] = "、",
        ["·"] = "・",
    };

    [GeneratedRegex("""
        (?<postal>〒[０-９]{3}−[０-９]{4}(?![０-９−]))
        |(?<monthday>(?<![０-９／．])(?<mm>０?[１-９]|１[０-２])／(?<dd>０?[１-９]|[１２][０-９]|３[０１])(?=[（(][月火水木金土日][)）])|(?<![０-９／．])(?<mm>０?[２-９]|１[０-２])／(?<dd>１[１-９]|２[０-９]|３[０１])(?=に|から|まで))
        |(?<date>(?<![０-９])(?<y>[０-９]{4})[／−．](?<m>[０-９]{1,2})[／−．](?<d>[０-９]{1,2})(?![０-９／−．]))
        |(?<time>(?<![０-９：])(?<h>[０-９]{1,2})：(?<min>[０-５][０-９])(：(?<s>[０-５][０-９]))?(?![０-９：]))
        |(?<money>[￥＄€£](?<sum>[０-９][０-９，]*(．[０-９]+)?[万億兆千]*))
        |(?<phone>(?<![０-９−ー])[０-９]{2,5}[−ー][０-９]{1,4}[−ー][０-９]{3,4}(?![０-９−ー]))
        |(?<ratio>(?<![０-９：])(?<left>[０-９]{1,4})：(?<right>[０-９]{1,4})(?![０-９：]))
        |(?<fraction>(?<![０-９．／])(?<n>[０-９]{1,4})／(?<q>[０-９]{1,4})(?![０-９／]))
        |(?<range>(?<=[０-９][^\s、。０-９]{0,3})[〜～](?=[０-９])|(?<=(?<![Ａ-Ｚａ-ｚ])[Ａ-Ｚ])[〜～](?=[Ａ-Ｚ](?![Ａ-Ｚａ-ｚ])))
        |(?<number>(?<![Ａ-Ｚａ-ｚ])[Ｎｎ]ｏ．\ ?(?=[０-９]))
        |(?<dot>(?<=[Ａ-Ｚａ-ｚ]{2})．(?=[ａ-ｚ０-９])|(?<=[ａ-ｚ]．?[０-９]+)．(?=[ａ-ｚ]))
        |(?<unit>(?<=[０-９](．[０-９]+)?)(ｋｍ／ｈ|ｍ／ｓ|ｋｍ２|ｃｍ２|ｍ２|ｍ３|ｋｍ|ｃｍ|ｍｍ|ｎｍ|μｍ|ｋｇ|ｍｇ|ｋＬ|ｍＬ|ｍｌ|ｄＬ|ｄｌ|ＴＢ|ＧＢ|ＭＢ|ＫＢ|ｋＢ|ＧＨｚ|ＭＨｚ|ｋＨｚ|Ｈｚ|ｋＷ|ｋＶ|ｍＡ|ｋｃａｌ|ｃａｌ|ｈＰａ|ｄＢ|ｆｐｓ|ｐｔ|°Ｃ|[ｍｇｔＬｌＷＶＡ℃°％‰])(?![Ａ-Ｚａ-ｚ]))
        |(?<times>(?<=[０-９])[×✕](?=[０-９]))|(?<divide>(?<=[０-９])÷(?=[０-９]))|(?<plus>(?<=[０-９])＋(?=[０-９]))
        |(?<minus>(?<![０-９Ａ-Ｚａ-ｚァ-ヶー−])−(?=[０-９]))
        |(?<sign>[＆＠＃♯＝≒±∞√π〒№℃％℡㈱㍿αβγΩμ→←⇒♪♫／｜＿＊•·])
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture)]
    private static partial Regex Pattern();

    const string Digits = "ゼロ イチ ニー サン ヨン ゴー ロク ナナ ハチ キュー";
    static readonly string[] DigitNames = Digits.Split(' ');

    /// <summary>True where a character makes it worth looking.</summary>
    public static bool MayApply(char c) => c is '／' or '：' or '￥' or '＄' or '€' or '£' or '〜' or '～' or '×' or '÷' or '＋' or '−' or '．' or (>= '０' and <= '９') || Signs.ContainsKey(c.ToString());

    /// <summary>A sign that has a reading.</summary>
    public static bool IsSign(System.Text.Rune rune) => rune.IsBmp && (Signs.ContainsKey(rune.ToString()) || rune.Value is '°' or '○' or '◯' or '△' or '×');

    public static NormalizedText Apply(NormalizedText text, Lexicon lexicon)
    {
        var builder = new NormalizedTextBuilder(text.Text.Length + 16);
        builder.Unread.AddRange(text.Unread);
        var at = 0;
        foreach (Match match in Pattern().Matches(text.Text))
        {
            builder.Copy(text, at, match.Index);
            Replace(builder, match, text.Source[match.Index], lexicon);
            at = match.Index + match.Length;
        }
        builder.Copy(text, at, text.Text.Length);
        return builder.Build(text.Source[^1]);
    }

    static void Replace(NormalizedTextBuilder builder, Match match, int source, Lexicon lexicon)
    {
        string Group(string name) => match.Groups[name].Value;
        string Plain(string name) => Group(name).TrimStart('０') is { Length: > 0 } digits ? digits : "０";
        if (match.Groups["date"].Success)
            builder.Append($"{Group("y")}年{Plain("m")}月{Plain("d")}日", source);
        else if (match.Groups["time"].Success)
            builder.Append($"{Plain("h")}時{(Plain("min") == "０" ? "" : Plain("min") + "分")}{(match.Groups["s"].Success ? Plain("s") + "秒" : "")}", source);
        else if (match.Groups["money"].Success)
            builder.Append(Money(match.Value[0], Group("sum")), source);
        else if (match.Groups["postal"].Success)
            Postal(builder, match.Value, source, lexicon);
        else if (match.Groups["monthday"].Success)
            builder.Append($"{Plain("mm")}月{Plain("dd")}日", source);
        else if (match.Groups["ratio"].Success)
            builder.Append($"{Group("left")}対{Group("right")}", source);
        else if (match.Groups["number"].Success)
            builder.Append("ナンバー", source);
        else if (match.Groups["dot"].Success)
            builder.Append("ドット", source);
        else if (match.Groups["phone"].Success)
            Telephone(builder, match.Value, source, lexicon);
        else if (match.Groups["fraction"].Success)
            builder.Append($"{Plain("q")}分の{Plain("n")}", source);
        else if (match.Groups["range"].Success)
            builder.Append("から", source);
        else if (match.Groups["unit"].Success)
            Unit(builder, Units[match.Value], source, lexicon);
        else if (match.Groups["times"].Success)
            builder.Append("かける", source);
        else if (match.Groups["divide"].Success)
            builder.Append("わる", source);
        else if (match.Groups["plus"].Success)
            builder.Append("たす", source);
        else if (match.Groups["minus"].Success)
            builder.Append("マイナス", source);
        else
            builder.Append(Signs[match.Value], source);
    }

    static void Unit(NormalizedTextBuilder builder, string name, int source, Lexicon lexicon)
    {
        if (lexicon.Counter(name) is { } counter)
            builder.Force(counter, source);
        else
            builder.Append(name, source);
    }

    /// <summary>A sum with its currency; two decimals are cents or pence.</summary>
    static string Money(char sign, string sum)
    {
        var (unit, part) = sign switch { '￥' => ("円", ""), '＄' => ("ドル", "セント"), '€' => ("ユーロ", "セント"), _ => ("ポンド", "ペンス") };
        if (part.Length == 0 || sum.Split('．') is not [var whole, { Length: 2 } cents] || !cents.All(c => c is >= '０' and <= '９'))
            return sum + unit;
        return (whole is "０" ? "" : whole + unit) + (cents is "００" ? "" : cents.TrimStart('０') + part);
    }

    static void Postal(NormalizedTextBuilder builder, string number, int source, Lexicon lexicon)
    {
        builder.Append("郵便番号", source);
        Telephone(builder, number[1..], source, lexicon);
    }

    /// <summary>Digit by digit, the groups joined by の.</summary>
    static void Telephone(NormalizedTextBuilder builder, string number, int source, Lexicon lexicon)
    {
        foreach (var (group, index) in number.Split('−', 'ー').Select((group, index) => (group, index)))
        {
            if (index > 0)
                builder.Append('の', source);
            builder.Force(lexicon.Settled(group, string.Concat(group.Select(digit => DigitNames[digit - '０'])), 0), source);
        }
    }
}
