using System.Text;

namespace Kanade.Corpus;

/// <summary>A 64-bit hash that is the same on every machine, in every version: it decides splits, shards and the order of batches.</summary>
static class StableHash
{
    /// <summary>FNV-1a over UTF-8, mixed by the finaliser of SplitMix64 so that its high bits are as good as its low ones.</summary>
    internal static ulong Of(string text, ulong seed = 0) => Seeded(Unseeded(text), seed);

    /// <summary>What <see cref="Seeded"/> makes hashes of, where one text needs several.</summary>
    internal static ulong Unseeded(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var b in Encoding.UTF8.GetBytes(text))
            hash = (hash ^ b) * 1099511628211UL;
        return hash;
    }

    internal static ulong Seeded(ulong unseeded, ulong seed) => Mix(unseeded ^ Mix(seed));

    internal static ulong Mix(ulong x)
    {
        x += 0x9E3779B97F4A7C15UL;
        x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9UL;
        x = (x ^ x >> 27) * 0x94D049BB133111EBUL;
        return x ^ x >> 31;
    }

    /// <summary>The hash as a number from 0 up to 1.</summary>
    internal static double Share(ulong hash) => (hash >> 11) * (1.0 / (1UL << 53));
}
