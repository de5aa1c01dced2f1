using System.Runtime.InteropServices;

namespace Kanade.Corpus;

/// <summary>How often words occur, in bounded memory: where there are too many kinds, the rarest are forgotten.</summary>
sealed class WordCounts(int mostKinds = 1 << 22)
{
    readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);

    internal void Add(PhonemeShard shard)
    {
        foreach (var (surface, count) in shard.CountWords())
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, surface, out _) += count;
        for (var rare = 1L; _counts.Count > mostKinds; rare++)
        {
            foreach (var surface in _counts.Where(c => c.Value <= rare).Select(c => c.Key).ToArray())
                _counts.Remove(surface);
        }
    }

    /// <summary>The most frequent words, first the most frequent; among equals by their characters.</summary>
    internal string[] Top(int count) =>
        [.. _counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Take(count).Select(c => c.Key)];
}
