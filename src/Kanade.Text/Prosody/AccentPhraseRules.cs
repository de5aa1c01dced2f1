namespace Kanade.Text;

/// <summary>Where accent phrases begin, by the parts of speech of neighbouring words: the ordered rules of Open JTalk, of which later ones override.
/// Words whose chaining the dictionary or the number rules have settled keep it.</summary>
internal static class AccentPhraseRules
{
    public static void Apply(List<Word> words)
    {
        for (var i = 1; i < words.Count; i++)
            words[i].Chained = words[i].Settled ? false
                : words[i - 1].Settled ? IsAncillary(words[i]) && words[i - 1].Group1 != "非言語"
                : words[i].Chained ?? Chains(words[i - 1], words[i]);
    }

    static bool Chains(Word before, Word word)
    {
        var nouns = before.Pos == "名詞" && word.Pos == "名詞";
        var chain = true;
        if (before.Pos == "形容詞" && word.Pos == "名詞")
            chain = false;
        if (nouns && before.Group1 == "形容動詞語幹")
            chain = false;
        if (before.Pos == "動詞" && word.Pos is "形容詞" or "名詞")
            chain = false;
        if (StandsAlone(word.Pos) || StandsAlone(before.Pos))
            chain = false;
        if (IsAdverbialNoun(before) || IsAdverbialNoun(word))
            chain = false;
        if (IsAncillary(word))
            chain = true;
        if (IsAncillary(before) && !IsAncillary(word))
            chain = false;
        if (before.Group1 == "接尾" && word.Pos == "名詞")
            chain = false;
        if (word is { Pos: "形容詞", Group1: "非自立" } && (IsContinuative(before) || IsTe(before)))
            chain = true;
        if (word is { Pos: "動詞", Group1: "非自立" } && ((before.Pos == "動詞" && IsContinuative(before)) || before is { Pos: "名詞", Group1: "サ変接続" }))
            chain = true;
        if (before.Pos == "名詞" && (word.Pos is "動詞" or "形容詞" || word.Group1 == "形容動詞語幹"))
            chain = false;
        if (word.Pos == "記号" || before.Pos == "記号")
            chain = false;
        if (word.Pos == "接頭詞")
            chain = false;
        if (before.Group3 == "姓" && word.Pos == "名詞")
            chain = false;
        if (before.Pos == "名詞" && word.Group3 == "名")
            chain = false;
        if (word.Group1 == "接尾")
            chain = true;
        return chain;
    }

    static bool StandsAlone(string pos) => pos is "副詞" or "接続詞" or "連体詞";

    static bool IsAdverbialNoun(Word word) => word is { Pos: "名詞", Group1: "副詞可能" };

    static bool IsAncillary(Word word) => word.Pos is "助詞" or "助動詞";

    static bool IsContinuative(Word word) => word.Pos is "動詞" or "形容詞" && word.ConjugationForm.StartsWith("連用", StringComparison.Ordinal);

    static bool IsTe(Word word) => word is { Pos: "助詞", Group1: "接続助詞", Surface: "て" or "で" };
}
