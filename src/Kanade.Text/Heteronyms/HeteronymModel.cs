namespace Kanade.Text;

/// <summary>Chooses between the dictionary's ways to read a word by what stands around it: a log-linear model over <see cref="HeteronymFeatures"/>, trained by <see cref="HeteronymTrainer"/>.
/// It speaks only of the words that its corpora showed to be read in more than one way, or in another than the lattice's.</summary>
internal sealed class HeteronymModel(FeatureWeights weights)
{
    public void Apply(List<Word> words, ReadingCandidates candidates)
    {
        for (var i = 0; i < words.Count; i++)
        {
            if (!IsOpen(words, i) || ReadingCandidates.StemOf(words[i].Surface) is not { Length: > 0 } stem || !weights.Knows(HeteronymFeatures.Gate(stem)))
                continue;
            var ways = candidates.Of(words[i].Surface);
            var chosen = Chosen(words[i], ways);
            if (chosen < 0 || ways.Length < 2)
                continue;
            var best = weights.Choose(Array.ConvertAll(ways, way => HeteronymFeatures.Of(words, i, stem, way, way == ways[chosen])), chosen);
            if (ways[best].Pronunciation != words[i].Pronunciation)
                Take(words[i], ways[best].Entry);
        }
    }

    /// <summary>Words that no writer, number, counter or rule has settled.</summary>
    public static bool IsOpen(List<Word> words, int at) =>
        words[at] is { Settled: false, Given: false, Unknown: false, Moras: > 0, Group1: not "数", IsPause: false } && (at == 0 || words[at - 1].Group1 != "数")
        && !ContextReadings.Decides(words[at]) && words[at].Surface.Any(Kana.IsKanji);

    /// <summary>Which way a word is read now, or -1.</summary>
    public static int Chosen(Word word, ReadingCandidate[] ways)
    {
        var same = Array.FindIndex(ways, way => way.Pronunciation == word.Pronunciation && way.Entry.Pos == word.Pos && way.Entry.Group1 == word.Group1);
        return same >= 0 ? same : Array.FindIndex(ways, way => way.Pronunciation == word.Pronunciation);
    }

    static void Take(Word word, DictionaryEntry entry)
    {
        var part = entry.Parts[0];
        (word.Reading, word.Pronunciation, word.Nucleus, word.Moras, word.ChainRule) = (part.Reading, part.Pronunciation, part.Nucleus, part.Moras, entry.ChainRule);
        (word.Pos, word.Group1, word.Group2, word.Group3, word.Lemma) = (entry.Pos, entry.Group1, entry.Group2, entry.Group3, part.Lemma);
        (word.ConjugationType, word.ConjugationForm) = (entry.ConjugationType, entry.ConjugationForm);
    }
}
