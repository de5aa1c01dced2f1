namespace Kanade.Text;

/// <summary>Puts accent phrases and nuclei on words by the learned model: in each stretch between pauses the best division into phrases (semi-Markov Viterbi),
/// then in each phrase the best nucleus.</summary>
internal sealed class AccentPredictor(AccentModel model)
{
    readonly NucleusFeatures _nucleus = new();
    readonly List<uint> _features = [];
    readonly List<AccentWord> _stretch = [];

    /// <param name="words">Words with the chaining of the rules, and their own nuclei still on them.</param>
    public void Apply(List<Word> words)
    {
        for (var i = 0; i <= words.Count; i++)
        {
            if (i < words.Count && !words[i].IsPause && !IsSettled(words, i))
            {
                _stretch.Add(new AccentWord(words[i], words[i].Chained == true));
            }
            else if (_stretch.Count > 0)
            {
                Decide(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_stretch));
                _stretch.Clear();
            }
        }
    }

    /// <summary>A settled word, or one that the rules joined to it.</summary>
    static bool IsSettled(List<Word> words, int i)
    {
        while (i > 0 && !words[i].Settled && words[i].Chained == true)
            i--;
        return words[i].Settled;
    }

    void Decide(ReadOnlySpan<AccentWord> words)
    {
        var starts = Divide(words);
        for (var p = 0; p + 1 < starts.Length; p++)
        {
            var (start, end) = (starts[p], starts[p + 1]);
            var nucleus = BestNucleus(words, start, end);
            for (var i = start; i < end; i++)
                words[i].Word.Chained = i > start;
            words[start].Word.Nucleus = nucleus;
        }
    }

    /// <summary>A boundary this much more (or less) likely than not is settled without looking at the phrases on both sides (log-odds).</summary>
    const float Settled = 5;

    /// <summary>Where phrases begin, and the end of the stretch.</summary>
    int[] Divide(ReadOnlySpan<AccentWord> words)
    {
        var boundary = new float[words.Length];
        for (var start = 1; start < words.Length; start++)
        {
            _features.Clear();
            BoundaryFeatures.Boundary(words, start, _features);
            boundary[start] = model.Score(_features);
        }
        var best = new float[words.Length + 1];
        var from = new int[words.Length + 1];
        Array.Fill(best, float.NegativeInfinity);
        best[0] = 0;
        for (var start = 0; start < words.Length; start++)
        {
            if (float.IsNegativeInfinity(best[start]))
                continue;
            var longest = Math.Min(words.Length, start + BoundaryFeatures.LongestPhrase);
            for (var end = start + 1; end <= longest; end++)
            {
                var impossible = end < words.Length && end < longest && boundary[end] < -Settled;
                if (!impossible)
                {
                    _features.Clear();
                    BoundaryFeatures.Phrase(words, start, end, _features);
                    var score = best[start] + boundary[start] + model.Score(_features);
                    if (score > best[end])
                        (best[end], from[end]) = (score, start);
                }
                if (end < words.Length && boundary[end] > Settled)
                    break;
            }
        }
        var starts = new Stack<int>();
        for (var end = words.Length; end > 0; end = from[end])
            starts.Push(end);
        starts.Push(0);
        return [.. starts];
    }

    int BestNucleus(ReadOnlySpan<AccentWord> words, int start, int end)
    {
        _nucleus.Open(words, start, end);
        var (best, bestScore) = (1, float.NegativeInfinity);
        for (var nucleus = 1; nucleus <= _nucleus.Moras; nucleus++)
        {
            _features.Clear();
            _nucleus.Candidate(words, start, end, nucleus, _features);
            var score = model.Score(_features);
            if (score > bestScore)
                (best, bestScore) = (nucleus, score);
        }
        // The labels do not tell a final nucleus from flat: the rules may, else the phrase is flat.
        return best < _nucleus.Moras || _nucleus.RulesEndOnLastMora ? best : 0;
    }
}
