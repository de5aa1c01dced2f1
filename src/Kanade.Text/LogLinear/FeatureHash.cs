using System.Numerics;

namespace Kanade.Text;

/// <summary>Features are 32-bit hashes of a template number and the attributes it joins: the same on every machine and in every run.</summary>
internal static class FeatureHash
{
    /// <summary>FNV-1a over UTF-16 units.</summary>
    public static uint Of(string text)
    {
        var hash = 2166136261u;
        foreach (var c in text)
            hash = (hash ^ c) * 16777619u;
        return hash;
    }

    public static uint Join(uint a, uint b) => Finish(Step(Step(Start, a), b));

    public static uint Join(uint a, uint b, uint c) => Finish(Step(Step(Step(Start, a), b), c));

    public static uint Join(uint a, uint b, uint c, uint d) => Finish(Step(Step(Step(Step(Start, a), b), c), d));

    public static uint Join(uint a, uint b, uint c, uint d, uint e) => Finish(Step(Step(Step(Step(Step(Start, a), b), c), d), e));

    public static uint Join(uint a, uint b, uint c, uint d, uint e, uint f) => Finish(Step(Step(Step(Step(Step(Step(Start, a), b), c), d), e), f));

    const ulong Start = 0x7f4a7c159e3779b9;

    static ulong Step(ulong hash, uint value) => BitOperations.RotateLeft((hash ^ value) * 0x9e3779b97f4a7c15ul, 29);

    static uint Finish(ulong hash)
    {
        hash *= 0xd6e8feb86659fd93ul;
        return (uint)(hash >> 32);
    }
}
