namespace Kanade.Text;

/// <summary>The numerals of Japanese: digits as written, powers of ten as dictionary words.</summary>
internal static class Numerals
{
    /// <summary>A numeral word: its kanji, reading, pronunciation, nucleus and moras.</summary>
    public readonly record struct Power(string Kanji, string Reading, string Pronunciation, int Nucleus, int Moras, string ChainRule = "*");

    /// <summary>10¹, 10², 10³.</summary>
    public static readonly Power[] Small = [new("十", "ジュウ", "ジュー", 1, 2), new("百", "ヒャク", "ヒャク", 2, 2), new("千", "セン", "セン", 1, 2)];

    /// <summary>10⁴, 10⁸, 10¹² … 10⁶⁸.</summary>
    public static readonly Power[] Large =
    [
        new("万", "マン", "マン", 1, 2), new("億", "オク", "オク", 1, 2), new("兆", "チョウ", "チョー", 1, 2, "C3"), new("京", "ケイ", "ケー", 1, 2),
        new("垓", "ガイ", "ガイ", 1, 2), new("𥝱", "ジョ", "ジョ", 1, 1), new("穣", "ジョウ", "ジョー", 1, 2), new("溝", "コウ", "コー", 1, 2),
        new("澗", "カン", "カン", 1, 2), new("正", "セイ", "セー", 1, 2), new("載", "サイ", "サイ", 1, 2), new("極", "ゴク", "ゴク", 1, 2),
        new("恒河沙", "ゴウガシャ", "ゴーガシャ", 1, 4), new("阿僧祇", "アソウギ", "アソーギ", 2, 4), new("那由他", "ナユタ", "ナユタ", 1, 3),
        new("不可思議", "フカシギ", "フカシギ", 2, 4), new("無量大数", "ムリョウタイスウ", "ムリョータイスー", 6, 7),
    ];

    const string Digits = "〇一二三四五六七八九";

    /// <summary>The value of a digit as the dictionary knows it (full-width, kanji, legal forms, kana), or -1.</summary>
    public static int ValueOf(string surface) => surface switch
    {
        [>= '０' and <= '９' and var c] => c - '０',
        [var c] when Digits.IndexOf(c, StringComparison.Ordinal) is >= 0 and var value => value,
        "○" => 0,
        "壱" or "いち" => 1,
        "弐" or "貳" or "ニ" or "に" => 2,
        "参" or "さん" => 3,
        "よん" or "し" => 4,
        "ご" => 5,
        "ろく" => 6,
        "なな" or "しち" => 7,
        "はち" => 8,
        "きゅう" or "く" => 9,
        _ => -1,
    };

    /// <summary>The kanji of a digit; a full-width zero stays as it is.</summary>
    public static string Kanji(string surface, int value) => surface == "０" ? surface : Digits[value].ToString();

    public static bool IsZero(Word word) => word.Surface is "〇" or "０";

    public static bool IsDigit(string surface) => surface is "一" or "二" or "三" or "四" or "五" or "六" or "七" or "八" or "九" or "何" or "幾" or "数";

    public static bool IsPower(string surface) => surface is "十" or "百" or "千" || Array.Exists(Large, power => power.Kanji == surface);

    public static bool IsPoint(Word word) => word.Surface is "．" or "・";

    public static bool IsComma(Word word) => word.Surface == "，";

    public static Word Of(in Power power, Word place) => new()
    {
        Surface = power.Kanji,
        Pos = "名詞",
        Group1 = "数",
        Lemma = power.Kanji,
        Reading = power.Reading,
        Pronunciation = power.Pronunciation,
        Nucleus = power.Nucleus,
        Moras = power.Moras,
        ChainRule = power.ChainRule,
        Start = place.Start,
        End = place.End,
    };

    public static void Become(Word word, in Power power) =>
        word.Become(power.Kanji, "名詞", "数", "*", power.Reading, power.Pronunciation, power.Nucleus, power.Moras, power.ChainRule);
}
