namespace Kanade.Corpus;

/// <summary>How often each utterance comes in an epoch in which pairs of speaker and style that are rare weigh more.</summary>
static class BalancedDraw
{
    /// <summary>
    /// Draws counts by systematic sampling: of utterances that weigh w, on average 1, each comes floor(w) or floor(w) + 1 times, all together as often as there are
    /// utterances, and a pair's together as often as they weigh, to within one.
    /// </summary>
    /// <param name="utterances">Those of an epoch.</param>
    /// <param name="balance">0, all weigh the same, to 1, all pairs do.</param>
    /// <param name="seed">Decides which of a pair come once more.</param>
    internal static IEnumerable<(Utterance Utterance, int Count)> Counts(IReadOnlyCollection<Utterance> utterances, double balance, ulong seed)
    {
        var pairs = utterances
            .GroupBy(u => (u.Speaker, u.Style))
            .OrderBy(g => g.Key.Speaker, StringComparer.Ordinal).ThenBy(g => g.Key.Style, StringComparer.Ordinal)
            .Select(g => g.OrderBy(u => StableHash.Of(u.Id, StableHash.Mix(seed))).ThenBy(u => u.Id, StringComparer.Ordinal).ToArray())
            .ToArray();
        var scale = utterances.Count / pairs.Sum(pair => Math.Pow(pair.Length, 1 - balance));
        var offset = StableHash.Share(StableHash.Mix(seed));
        var (before, taken, weighed) = (0.0, 0L, 0);
        foreach (var pair in pairs)
        {
            var weight = scale * Math.Pow(pair.Length, -balance);
            for (var i = 0; i < pair.Length; i++)
            {
                weighed++;
                var until = weighed == utterances.Count ? weighed : before + (i + 1) * weight; // the last is exact: rounding adds or loses none
                var upTo = (long)Math.Floor(until + offset);
                yield return (pair[i], (int)(upTo - taken));
                taken = upTo;
            }
            before += pair.Length * weight;
        }
    }
}
