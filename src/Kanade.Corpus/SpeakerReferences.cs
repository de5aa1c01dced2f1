namespace Kanade.Corpus;

/// <summary>Draws for an utterance another one of its speaker.</summary>
sealed class SpeakerReferences
{
    static readonly Comparer<Utterance> ById = Comparer<Utterance>.Create((a, b) => string.CompareOrdinal(a.Id, b.Id));

    readonly Dataset _dataset;
    readonly long _seed;
    readonly Action<Utterance>? _poisoned;
    readonly int _longest;
    readonly Dictionary<string, Utterance[]> _speakers;

    /// <param name="dataset">Where they are read from.</param>
    /// <param name="pool">Those that are drawn from.</param>
    /// <param name="seed">Decides with the place.</param>
    /// <param name="poisoned">Told of each that is not finite; the next one is taken in its place.</param>
    internal SpeakerReferences(Dataset dataset, IEnumerable<Utterance> pool, long seed, Action<Utterance>? poisoned)
    {
        (_dataset, _seed, _poisoned) = (dataset, seed, poisoned);
        _longest = 2 * (int)(ReferenceSound.LongestSeconds / (2 * dataset.Config.Mel.HopSeconds));
        _speakers = pool.GroupBy(u => u.Speaker).ToDictionary(g => g.Key, g => g.Order(ById).ToArray());
    }

    internal int HopLength => _dataset.Config.Mel.HopLength;

    /// <summary>Mel frames that are heard of an utterance.</summary>
    internal int Heard(Utterance utterance) => Math.Min(utterance.Frames, _longest);

    /// <summary>Another utterance of the same speaker; null where there is none.</summary>
    /// <param name="utterance">For which.</param>
    /// <param name="place">Epoch and number of the batch, hashed.</param>
    /// <param name="row">In the whole batch.</param>
    internal Utterance? Draw(Utterance utterance, ulong place, int row) => Others(utterance, place, row).FirstOrDefault();

    /// <summary>(N) the samples that are heard of the one that is drawn, or of the next that is finite; null where there is none.</summary>
    internal float[]? Read(Utterance utterance, ulong place, int row)
    {
        foreach (var other in Others(utterance, place, row))
        {
            var samples = _dataset.Read(other).Samples;
            if (Array.TrueForAll(samples, float.IsFinite))
                return samples[..(Heard(other) * HopLength)];
            _poisoned?.Invoke(other);
        }
        return null;
    }

    /// <summary>All others of the speaker, from the one that is drawn on.</summary>
    IEnumerable<Utterance> Others(Utterance utterance, ulong place, int row)
    {
        if (!_speakers.TryGetValue(utterance.Speaker, out var own))
            yield break;
        var self = Array.BinarySearch(own, utterance, ById);
        var others = own.Length - (self < 0 ? 0 : 1);
        if (others == 0)
            yield break;
        var seed = StableHash.Mix(StableHash.Mix(StableHash.Mix((ulong)_seed) ^ place) ^ (ulong)row);
        var first = (int)(StableHash.Of(utterance.Id, seed) % (ulong)others);
        for (var i = 0; i < others; i++)
        {
            var other = (first + i) % others;
            yield return own[self >= 0 && other >= self ? other + 1 : other];
        }
    }
}
