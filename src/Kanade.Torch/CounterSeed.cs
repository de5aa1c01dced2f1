namespace Kanade.Torch;

/// <summary>
/// Seeds as a pure function of where they are used, so that a resumed run draws what an uninterrupted one would, on any number of
/// processes. SplitMix64 (Steele, Lea and Flood 2014) over the words in turn.
/// </summary>
public static class CounterSeed
{
    /// <param name="seed">The run's seed.</param>
    /// <param name="words">What tells this draw from others: step, rank, purpose.</param>
    /// <returns>A seed in [0, 2⁶³).</returns>
    public static long Of(long seed, params ReadOnlySpan<long> words)
    {
        var state = Mix((ulong)seed);
        foreach (var word in words)
            state = Mix(state ^ Mix((ulong)word));
        return (long)(state >> 1);
    }

    static ulong Mix(ulong z)
    {
        z += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
}
