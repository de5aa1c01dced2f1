namespace Kanade.Text;

/// <summary>What the heteronym model sees of one way to read a word among its neighbours.</summary>
internal static class HeteronymFeatures
{
    /// <summary>How far, in words, what is spoken of is sought.</summary>
    const int Topic = 6;

    /// <summary>A word in which the model has any say bears this feature.</summary>
    public static uint Gate(string stem) => FeatureHash.Join(100, FeatureHash.Of(stem));

    /// <param name="words">The sentence.</param>
    /// <param name="at">The word.</param>
    /// <param name="stem">Its kanji.</param>
    /// <param name="candidate">A way to read it.</param>
    /// <param name="chosen">The lattice and the rules read it so.</param>
    public static uint[] Of(List<Word> words, int at, string stem, ReadingCandidate candidate, bool chosen)
    {
        var features = new List<uint>(64);
        var word = words[at];
        var reading = FeatureHash.Join(FeatureHash.Of(stem), FeatureHash.Of(candidate.Stem));
        var pos = FeatureHash.Join(FeatureHash.Of(candidate.Entry.Pos), FeatureHash.Of(candidate.Entry.Group1));
        var (a, b) = (Neighbour(words, at - 1), Neighbour(words, at + 1));
        var (a2, b2) = (Neighbour(words, at - 2), Neighbour(words, at + 2));
        var said = chosen ? 1u : 0u;
        // Of any word.
        features.Add(FeatureHash.Join(101, said, pos));
        features.Add(FeatureHash.Join(102, said, FeatureHash.Of(word.Pos), pos));
        features.Add(FeatureHash.Join(103, said, (uint)Math.Min(12, candidate.Rank / 5)));
        features.Add(FeatureHash.Join(104, pos, a.Class, b.Class));
        features.Add(FeatureHash.Join(105, pos, a.Class));
        features.Add(FeatureHash.Join(106, pos, b.Class));
        // Of this one.
        features.Add(FeatureHash.Join(110, reading));
        features.Add(FeatureHash.Join(111, reading, said));
        features.Add(FeatureHash.Join(112, reading, FeatureHash.Of(word.Surface)));
        features.Add(FeatureHash.Join(113, reading, a.Class));
        features.Add(FeatureHash.Join(114, reading, b.Class));
        features.Add(FeatureHash.Join(115, reading, a.Lemma));
        features.Add(FeatureHash.Join(116, reading, b.Lemma));
        features.Add(FeatureHash.Join(117, reading, a.Lemma, b.Lemma));
        features.Add(FeatureHash.Join(118, reading, a.Class, b.Class));
        features.Add(FeatureHash.Join(119, reading, a2.Lemma, a.Lemma));
        features.Add(FeatureHash.Join(120, reading, b.Lemma, b2.Lemma));
        features.Add(FeatureHash.Join(121, reading, b.Class, b2.Class));
        features.Add(FeatureHash.Join(122, reading, a2.Class, a.Lemma));
        features.Add(FeatureHash.Join(123, reading, a.Last));
        features.Add(FeatureHash.Join(124, reading, b.First));
        features.Add(FeatureHash.Join(125, reading, a.Kanji, b.Kanji));
        features.Add(FeatureHash.Join(126, reading, a2.Last, a.Lemma));
        features.Add(FeatureHash.Join(127, reading, b.Lemma, b2.First));
        for (var i = Math.Max(0, at - Topic); i <= Math.Min(words.Count - 1, at + Topic); i++)
        {
            if (i != at && words[i].Pos is "名詞" or "動詞" or "形容詞")
                features.Add(FeatureHash.Join(128, reading, FeatureHash.Of(words[i].Lemma == "*" ? words[i].Surface : words[i].Lemma)));
        }
        return [.. features];
    }

    readonly record struct Attributes(uint Lemma, uint Class, uint First, uint Last, uint Kanji);

    static readonly Attributes Beyond = new(1, 1, 1, 1, 2);

    static Attributes Neighbour(List<Word> words, int at)
    {
        if (at < 0 || at >= words.Count)
            return Beyond;
        var word = words[at];
        return word.IsPause ? Beyond with { Lemma = 2 } : new Attributes(FeatureHash.Of(word.Lemma == "*" ? word.Surface : word.Lemma), FeatureHash.Join(FeatureHash.Of(word.Pos), FeatureHash.Of(word.Group1)),
            word.Surface[0], word.Surface[^1], (Kana.IsKanji(word.Surface[0]) ? 1u : 0u) + (Kana.IsKanji(word.Surface[^1]) ? 2u : 0u));
    }
}
