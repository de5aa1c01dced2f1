namespace Kanade.Text;

/// <summary>What the accent model sees of a word: hashed attributes, its moras, and what dictionary and rules say of its accent.</summary>
internal readonly struct AccentWord
{
    /// <summary>Stands for what is beyond the edge of a sentence or a pause.</summary>
    public static readonly AccentWord Edge = new("^");

    AccentWord(string edge)
    {
        Pos = Class = Lemma = Said = Surface = Form = Rule = Kind = FeatureHash.Of(edge);
        Word = null!;
        PhraseShape = 4;
    }

    /// <summary>Appends the words [start, end) of a stretch between pauses, with the chaining of the rules and their own nuclei still on them.</summary>
    public static void Append(List<Word> words, int start, int end, List<AccentWord> stretch)
    {
        for (var i = start; i < end;)
        {
            var next = i + 1;
            while (next < end && words[next].Chained == true)
                next++;
            var nucleus = AccentRules.Combine(words, i, next);
            var moras = 0;
            for (var w = i; w < next; w++)
                moras += words[w].Moras;
            for (; i < next; i++)
                stretch.Add(new AccentWord(words[i], words[i].Chained == true, nucleus == 0 ? 0u : nucleus >= moras ? 3u : nucleus == 1 ? 1u : 2u));
        }
    }

    AccentWord(Word word, bool chainedByRule, uint phraseShape)
    {
        Word = word;
        Pos = FeatureHash.Of(word.Pos);
        Class = FeatureHash.Join(Pos, FeatureHash.Of(word.Group1));
        Kind = FeatureHash.Join(Class, FeatureHash.Of(word.Group2), FeatureHash.Of(word.Group3));
        Lemma = FeatureHash.Of(word.Lemma == "*" ? word.Surface : word.Lemma);
        Said = word.Pos == "名詞" ? FeatureHash.Join(Lemma, FeatureHash.Of(word.Pronunciation)) : Lemma;
        Surface = FeatureHash.Of(word.Surface);
        Form = FeatureHash.Join(FeatureHash.Of(word.ConjugationForm), FeatureHash.Of(word.ConjugationType));
        Rule = FeatureHash.Of(word.ChainRule);
        Moras = Math.Max(1, Kana.CountMoras(word.Pronunciation));
        Nucleus = word.Nucleus;
        Ancillary = word.Pos is "助詞" or "助動詞";
        ChainedByRule = chainedByRule;
        PhraseShape = phraseShape;
    }

    public Word Word { get; }
    public uint Pos { get; }
    public uint Class { get; }
    public uint Kind { get; }
    public uint Lemma { get; }

    /// <summary>The lemma, of nouns with what they are read as: the キョー of 歩道橋 tells nothing of the accent of 橋 ハシ.</summary>
    public uint Said { get; }

    public uint Surface { get; }
    public uint Form { get; }
    public uint Rule { get; }

    /// <summary>At least 1.</summary>
    public int Moras { get; }

    /// <summary>The word's own nucleus in the dictionary, before any rule.</summary>
    public int Nucleus { get; }

    public bool Ancillary { get; }

    public bool ChainedByRule { get; }

    /// <summary>Of the phrase that the rules would put the word in: 0 flat, 1 on the first mora, 2 inside, 3 on the last; 4 beyond the edge.</summary>
    public uint PhraseShape { get; }

    /// <summary>0 flat, 1 on the first mora, 2 inside, 3 on the last.</summary>
    public uint Shape => Nucleus == 0 ? 0u : Nucleus == Moras ? 3u : Nucleus == 1 ? 1u : 2u;
}
