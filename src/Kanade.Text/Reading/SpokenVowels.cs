namespace Kanade.Text;

/// <summary>Long vowels that the dictionary spells out though speech makes one of them (きれい, プレイ, とうもろこし), and the ヴ of names that it writes as ブ.</summary>
internal static class SpokenVowels
{
    public static void Apply(Word word)
    {
        if (word.Pos is not ("名詞" or "副詞") || word.Settled || word.Surface.Length < 2)
            return;
        if (word.Surface.Contains('ヴ') && !word.Pronunciation.Contains('ヴ') && Kana.IsAllMoras(word.Surface) && Kana.CountMoras(word.Surface) == word.Moras)
            word.Pronunciation = word.Surface;
        if (!word.Surface.All(c => Kana.IsHiragana(c) || Kana.IsKatakana(c)) || KeepsBoth(word.Surface))
            return;
        var spoken = word.Pronunciation.ToCharArray();
        for (var i = 1; i < spoken.Length; i++)
        {
            var vowel = Kana.VowelOf(spoken[i - 1]);
            if ((spoken[i] == 'イ' && vowel == 'e') || (spoken[i] == 'ウ' && vowel == 'o'))
                spoken[i] = Kana.LongVowel;
        }
        word.Pronunciation = new(spoken);
    }

    /// <summary>The seam of a compound, or a vowel that is heard.</summary>
    static bool KeepsBoth(string surface) => surface is "エイ" or "ノウハウ" || surface.StartsWith("レイン", StringComparison.Ordinal) || surface.StartsWith("ウェイト", StringComparison.Ordinal);
}
