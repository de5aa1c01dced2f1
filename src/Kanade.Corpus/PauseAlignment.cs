namespace Kanade.Corpus;

/// <summary>Finds which sentence is in which stretch of speech between pauses. Nothing is recognised: a sentence takes about as long as its morae at the
/// speaker's own rate, and sentences end at pauses, rather at long ones. The best way to give stretches to sentences in order is found by dynamic
/// programming; it counts only where every piece that results lasts about as long as it should.</summary>
static class PauseAlignment
{
    /// <summary>Share by which the rate of a piece may be off the recording's.</summary>
    const double RateTolerance = 0.25;

    /// <summary>Morae by which it may be off beside that: short sentences vary more.</summary>
    const double MoraSlack = 2;

    /// <summary>Morae a second of speech, pauses left out. Nobody reads more slowly or faster: then the text is another one.</summary>
    const double SlowestRate = 4.5, FastestRate = 12;
    const int MostStretches = 24, MostSentences = 12;
    const double LongPauseSeconds = 0.6;

    /// <summary>The pieces, in order and apart; none where speech and text do not fit.</summary>
    /// <param name="speech">Start and end of each stretch of speech, in seconds.</param>
    /// <param name="sentences">Each sentence and its morae.</param>
    /// <param name="longest">Seconds that a piece may last.</param>
    /// <param name="padding">Silence wanted around a piece, in seconds; at most half of the pause is taken.</param>
    internal static IReadOnlyList<Piece> Align(IReadOnlyList<(double Start, double End)> speech, IReadOnlyList<(string Text, int Morae)> sentences, double longest, double padding)
    {
        var (n, m) = (speech.Count, sentences.Count);
        var spoken = Sums(speech.Select(s => s.End - s.Start));     // seconds of speech before stretch i
        var said = Sums(sentences.Select(s => (double)s.Morae));    // morae before sentence j
        if (n == 0 || said[m] == 0)
            return [];
        var rate = said[m] / spoken[n];
        if (rate is < SlowestRate or > FastestRate)
            return [];
        // The way stays near the straight line from the first sound and mora to the last.
        var band = Math.Max(30, 0.05 * spoken[n]);
        var best = new Dictionary<int, (double Cost, int I, int J)>[n + 1];
        best[0] = new() { [0] = (0, 0, 0) };
        for (var i = 1; i <= n; i++)
        {
            best[i] = [];
            for (var before = i - 1; before >= Math.Max(0, i - MostStretches); before--)
            {
                if (speech[i - 1].End - speech[before].Start > longest - 2 * padding)
                    break;
                foreach (var (j, (cost, _, _)) in best[before])
                    for (var after = j + 1; after <= Math.Min(m, j + MostSentences); after++)
                    {
                        if (said[after] / rate - spoken[i] > band)
                            break;
                        if (spoken[i] - said[after] / rate > band || (after == m) != (i == n))
                            continue;
                        var sum = cost + Cost(before, i, j, after);
                        if (!best[i].TryGetValue(after, out var known) || sum < known.Cost)
                            best[i][after] = (sum, before, j);
                    }
            }
        }
        return best[n].ContainsKey(m) ? Pieces() : [];

        double Cost(int from, int to, int first, int last)
        {
            var (morae, expected) = (said[last] - said[first], (spoken[to] - spoken[from]) * rate);
            var variance = 0.5 * morae + 0.01 * morae * morae + 1;
            var cost = (expected - morae) * (expected - morae) / variance + Math.Log(variance) / 2;
            cost += last - first - 1;                                                       // sentences that are not told apart
            for (var i = from + 1; i < to; i++)                                             // long pauses inside
                cost += Math.Min(3, Math.Max(0, speech[i].Start - speech[i - 1].End - LongPauseSeconds) * 4);
            if (to < n)                                                                     // a short pause at the end
                cost += Math.Max(0, LongPauseSeconds - (speech[to].Start - speech[to - 1].End)) * 5;
            return cost;
        }

        IReadOnlyList<Piece> Pieces()
        {
            var pieces = new List<Piece>();
            for (var (i, j) = (n, m); i > 0;)
            {
                var (_, before, first) = best[i][j];
                var (morae, seconds) = (said[j] - said[first], spoken[i] - spoken[before]);
                if (Math.Abs(seconds * rate - morae) > RateTolerance * morae + MoraSlack)
                    return [];
                var start = speech[before].Start - (before == 0 ? Math.Min(padding, speech[0].Start) : Math.Min(padding, (speech[before].Start - speech[before - 1].End) / 2));
                var end = speech[i - 1].End + (i == n ? padding : Math.Min(padding, (speech[i].Start - speech[i - 1].End) / 2));
                pieces.Add(new(start, end, string.Concat(sentences.Skip(first).Take(j - first).Select(s => s.Text))));
                (i, j) = (before, first);
            }
            pieces.Reverse();
            return pieces;
        }
    }

    static double[] Sums(IEnumerable<double> values)
    {
        var sums = new List<double> { 0 };
        foreach (var value in values)
            sums.Add(sums[^1] + value);
        return [.. sums];
    }
}
