using System.Runtime.InteropServices;

namespace Kanade.Text;

/// <summary>Puts accent phrases and nuclei on words by the learned model: in each stretch between pauses, the division into phrases with nuclei of which most may be expected to be right.</summary>
internal sealed class AccentPredictor(FeatureWeights model)
{
    readonly NucleusFeatures _nucleus = new();
    readonly List<uint> _features = [];
    readonly List<AccentWord> _stretch = [];
    readonly PhraseDivision _division = new(model);
    double[] _best = [], _likely = [];
    int[] _from = [], _nuclei = [];

    /// <param name="words">Words with the chaining of the rules, and their own nuclei still on them.</param>
    public void Apply(List<Word> words)
    {
        for (var i = 0; i < words.Count;)
        {
            var end = i;
            while (end < words.Count && !words[end].IsPause && !IsSettled(words, end))
                end++;
            if (end > i)
            {
                _stretch.Clear();
                AccentWord.Append(words, i, end, _stretch);
                Decide(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_stretch));
            }
            i = Math.Max(end, i + 1);
        }
    }

    /// <summary>A settled word, or one that the rules joined to it.</summary>
    static bool IsSettled(List<Word> words, int i)
    {
        while (i > 0 && !words[i].Settled && words[i].Chained == true)
            i--;
        return words[i].Settled;
    }

    /// <summary>What a rightly placed boundary is worth beside a phrase that is right in span and nucleus, and how likely a boundary must be to be worth its risk.</summary>
    const double BoundaryWorth = 1, BoundaryRisk = 0.45;

    /// <summary>What the share of moras with the right pitch is worth beside the right nucleus.</summary>
    const double PitchWorth = 0.2;

    /// <summary>Phrases less likely than this are taken only where there is no other way through the words; their nuclei are then sought last.</summary>
    const double Unlikely = 0.03;
    const int LastResort = -1;

    /// <summary>The division with the most phrases expected to be right (least Bayes risk), not the single likeliest one: a phrase counts with its probability times that of its nucleus.</summary>
    void Decide(ReadOnlySpan<AccentWord> words)
    {
        var n = words.Length;
        _division.Open(words);
        if (_best.Length <= n)
            (_best, _from, _nuclei) = (new double[n + 1], new int[n + 1], new int[n + 1]);
        _best.AsSpan(0, n + 1).Fill(double.NegativeInfinity);
        _best[0] = 0;
        for (var start = 0; start < n; start++)
        {
            if (double.IsNegativeInfinity(_best[start]))
                continue;
            var worth = _best[start] + (start == 0 ? 0 : BoundaryWorth * (_division.Boundary(start) - BoundaryRisk));
            for (var end = start + 1; end <= Math.Min(n, start + PhraseDivision.Longest); end++)
            {
                var phrase = _division.Phrase(start, end);
                var nucleus = LastResort;
                var total = worth - n;          // worse than any way of likely phrases, better than no way at all
                if (phrase > Unlikely)
                {
                    nucleus = BestNucleus(words, start, end, out var probability);
                    total = worth + phrase * probability;
                }
                if (total > _best[end])
                    (_best[end], _from[end], _nuclei[end]) = (total, start, nucleus);
            }
        }
        for (var (end, start) = (n, 0); end > 0; end = start)
        {
            start = _from[end];
            for (var i = start; i < end; i++)
                words[i].Word.Chained = i > start;
            words[start].Word.Nucleus = _nuclei[end] == LastResort ? BestNucleus(words, start, end, out _) : _nuclei[end];
        }
    }

    /// <summary>The nucleus with the highest expected worth, and its probability.</summary>
    int BestNucleus(ReadOnlySpan<AccentWord> words, int start, int end, out double probability)
    {
        _nucleus.Open(words, start, end);
        var moras = _nucleus.Moras;
        if (_likely.Length < moras)
            _likely = new double[2 * moras];
        var likely = _likely.AsSpan(0, moras);
        for (var nucleus = 1; nucleus <= moras; nucleus++)
        {
            _features.Clear();
            _nucleus.Candidate(words, start, end, nucleus, _features);
            likely[nucleus - 1] = model.Score(CollectionsMarshal.AsSpan(_features));
        }
        Normalize(likely);
        var (best, bestWorth) = (0, double.NegativeInfinity);
        for (var k = 0; k < moras; k++)
        {
            var agree = 0.0;
            for (var other = 0; other < moras; other++)
                agree += likely[other] * (moras - Differing(k, other, moras));
            var worth = (1 - PitchWorth) * likely[k] + PitchWorth * agree / moras;
            if (worth > bestWorth)
                (best, bestWorth) = (k, worth);
        }
        probability = likely[best];
        // The labels do not tell a final nucleus from flat: the rules may, else the phrase is flat.
        return best + 1 < moras || _nucleus.RulesEndOnLastMora ? best + 1 : 0;
    }

    /// <summary>How many moras of a phrase differ in pitch between two nuclei (0-based): those between, and the first where one of the two falls at once.</summary>
    static int Differing(int a, int b, int moras) => a == b ? 0 : Math.Min(moras, Math.Abs(a - b) + (Math.Min(a, b) == 0 ? 1 : 0));

    static void Normalize(Span<double> scores)
    {
        var most = double.NegativeInfinity;
        foreach (var score in scores)
            most = Math.Max(most, score);
        var sum = 0.0;
        foreach (ref var score in scores)
            sum += score = Math.Exp(score - most);
        foreach (ref var score in scores)
            score /= sum;
    }
}
