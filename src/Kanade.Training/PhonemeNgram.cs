using System.Runtime.InteropServices;

namespace Kanade.Training;

/// <summary>
/// An n-gram model of symbols, interpolated after Witten and Bell (1991): what a prediction from neighbours alone can do, to judge PL-BERT by.
/// P(x | h) = (c(hx) + t(h) P(x | h')) / (c(h) + t(h)), where h' is h without its oldest symbol, t(h) the number of kinds that follow h, and the
/// last P is uniform over the symbols that were seen.
/// </summary>
sealed class PhonemeNgram
{
    /// <summary>Symbols of context and the predicted one, 8 bits each in one key.</summary>
    public const int Order = 5;

    const int Bits = 8, Symbols = 1 << Bits;

    /// <summary>In nats behind the best path: further behind, none is followed.</summary>
    const double Hopeless = 10;

    readonly Dictionary<ulong, (int Start, int Kinds, long Total)>[] _contexts = new Dictionary<ulong, (int, int, long)>[Order];
    readonly byte[][] _followers = new byte[Order][];
    readonly int[][] _counts = new int[Order][];
    readonly byte[] _seen;

    PhonemeNgram(Dictionary<ulong, int> joint)
    {
        for (var order = Order; order >= 1; order--)
        {
            var keys = joint.Keys.ToArray();
            Array.Sort(keys);
            (_followers[order - 1], _counts[order - 1]) = (new byte[keys.Length], new int[keys.Length]);
            var contexts = _contexts[order - 1] = new(KeyHash.Shared);
            var shorter = new Dictionary<ulong, int>(KeyHash.Shared);
            for (var i = 0; i < keys.Length; i++)
            {
                var count = joint[keys[i]];
                (_followers[order - 1][i], _counts[order - 1][i]) = ((byte)keys[i], count);
                ref var context = ref CollectionsMarshal.GetValueRefOrAddDefault(contexts, keys[i] >> Bits, out var known);
                context = known ? (context.Start, context.Kinds + 1, context.Total + count) : (i, 1, count);
                CollectionsMarshal.GetValueRefOrAddDefault(shorter, keys[i] & ((1UL << Bits * (order - 1)) - 1), out _) += count;
            }
            joint = shorter;
        }
        _seen = _followers[0];
    }

    /// <summary>Counts texts with pads at both ends; before its first pad a text has more of them.</summary>
    public static PhonemeNgram Train(IEnumerable<int[]> texts)
    {
        var joint = new Dictionary<ulong, int>(KeyHash.Shared);
        foreach (var text in texts)
        {
            var key = 0UL;
            for (var i = 1; i < text.Length; i++)
                CollectionsMarshal.GetValueRefOrAddDefault(joint, key = Next(key, text[i]), out _)++;
        }
        return new PhonemeNgram(joint);
    }

    /// <param name="history">The symbols before, newest last; the last four count.</param>
    /// <param name="symbol">The one asked for.</param>
    public double Probability(IReadOnlyList<int> history, int symbol)
    {
        var probabilities = new double[Symbols];
        Distribution(history.Aggregate(0UL, Next), probabilities);
        return probabilities[symbol];
    }

    /// <summary>The likeliest symbol at each hidden place, given the four symbols before it as they truly are, hidden or not.</summary>
    public int[] FromTheLeft(ReadOnlySpan<int> text, ReadOnlySpan<bool> hidden)
    {
        var (guesses, probabilities, key) = (text.ToArray(), new double[Symbols], 0UL);
        for (var i = 1; i < text.Length; i++)
        {
            if (hidden[i])
            {
                Distribution(key, probabilities);
                guesses[i] = _seen.MaxBy(x => probabilities[x]);
            }
            key = Next(key, text[i]);
        }
        return guesses;
    }

    /// <summary>The likeliest whole text, given what is not hidden, before and after: what PL-BERT sees, and no more. A beam search.</summary>
    /// <param name="text">With pads.</param>
    /// <param name="hidden">Where <paramref name="text"/> is not looked at.</param>
    /// <param name="beam">Contexts that are followed.</param>
    public int[] FromBothSides(ReadOnlySpan<int> text, ReadOnlySpan<bool> hidden, int beam = 32)
    {
        var probabilities = new double[Symbols];
        var paths = new List<Path> { new(0, 0, null, text[0]) };
        var best = new Dictionary<ulong, Path>(KeyHash.Shared);
        var scores = new double[beam, _seen.Length];
        for (var i = 1; i < text.Length; i++)
        {
            // Of a visible symbol there is one kind; one that the training text lacks is as likely after every path.
            ReadOnlySpan<byte> symbols = hidden[i] ? _seen : [(byte)text[i]];
            var highest = double.NegativeInfinity;
            for (var p = 0; p < paths.Count; p++)
            {
                Distribution(paths[p].Key, probabilities);
                for (var s = 0; s < symbols.Length; s++)
                    highest = Math.Max(highest, scores[p, s] = paths[p].Score + Math.Log(Math.Max(probabilities[symbols[s]], 1e-12)));
            }
            best.Clear();
            for (var p = 0; p < paths.Count; p++)
            {
                for (var s = 0; s < symbols.Length; s++)
                {
                    if (scores[p, s] < highest - Hopeless)
                        continue;
                    var key = Next(paths[p].Key, symbols[s]);
                    ref var rival = ref CollectionsMarshal.GetValueRefOrAddDefault(best, key & ((1UL << Bits * (Order - 1)) - 1), out _);
                    if (rival is null || scores[p, s] > rival.Score)
                        rival = new Path(key, scores[p, s], paths[p], symbols[s]);
                }
            }
            paths.Clear();
            paths.AddRange(best.Count <= beam ? best.Values : best.Values.OrderByDescending(p => p.Score).Take(beam));
        }
        var guesses = new int[text.Length];
        var last = paths.MaxBy(p => p.Score);
        for (var i = text.Length - 1; i >= 0; i--, last = last.Before)
            guesses[i] = last!.Symbol;
        return guesses;
    }

    static ulong Next(ulong key, int symbol) => (key << Bits | (uint)symbol) & ((1UL << Bits * Order) - 1);

    void Distribution(ulong key, double[] probabilities)
    {
        Array.Clear(probabilities);
        foreach (var symbol in _seen)
            probabilities[symbol] = 1.0 / _seen.Length;
        for (var order = 1; order <= Order; order++)
        {
            if (!_contexts[order - 1].TryGetValue(key & ((1UL << Bits * (order - 1)) - 1), out var context))
                return;
            var whole = (double)(context.Total + context.Kinds);
            foreach (var symbol in _seen)
                probabilities[symbol] *= context.Kinds / whole;
            for (var i = context.Start; i < context.Start + context.Kinds; i++)
                probabilities[_followers[order - 1][i]] += _counts[order - 1][i] / whole;
        }
    }

    /// <summary>The usual hash of a key folds its oldest symbol onto its newest, and dozens of keys into one.</summary>
    sealed class KeyHash : IEqualityComparer<ulong>
    {
        public static readonly KeyHash Shared = new();

        public bool Equals(ulong x, ulong y) => x == y;

        public int GetHashCode(ulong key) => (int)(key * 0x9E3779B97F4A7C15 >> 32);
    }

    sealed record Path(ulong Key, double Score, Path? Before, int Symbol);
}
