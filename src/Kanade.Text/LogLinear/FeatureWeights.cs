using System.IO.Compression;

namespace Kanade.Text;

/// <summary>Weights of hashed features, one byte each: weight = value × scale. The file: "KACC", version, scale, count, sorted hashes (as gaps) and values, deflated.</summary>
internal sealed class FeatureWeights
{
    const uint Magic = 0x4343414b;      // KACC
    const int Version = 1;

    /// <summary>A feature and its weight side by side: one cache line a look.</summary>
    record struct Slot(uint Key, int Value);

    readonly Slot[] _slots;             // open addressing, key 0 is empty
    readonly uint _mask;

    public FeatureWeights(IReadOnlyCollection<KeyValuePair<uint, float>> weights)
    {
        var largest = weights.Count == 0 ? 1 : weights.Max(weight => Math.Abs(weight.Value));
        Scale = largest / sbyte.MaxValue;
        (_slots, _mask) = Allocate(weights.Count);
        foreach (var (key, weight) in weights)
        {
            if ((sbyte)MathF.Round(weight / Scale) is not 0 and var value)
                Insert(key, value);
        }
    }

    FeatureWeights(float scale, uint[] keys, sbyte[] values)
    {
        Scale = scale;
        (_slots, _mask) = Allocate(keys.Length);
        for (var i = 0; i < keys.Length; i++)
            Insert(keys[i], values[i]);
    }

    public float Scale { get; }

    public int Count { get; private set; }

    public float Score(params ReadOnlySpan<uint> features)
    {
        var sum = 0;
        foreach (var feature in features)
            sum += Value(feature == 0 ? 1 : feature);
        return sum * Scale;
    }

    /// <summary>The way with the highest score, if it beats the one at hand by the margin.</summary>
    public int Choose(uint[][] ways, int atHand)
    {
        var best = atHand;
        var (kept, most) = (Score(ways[atHand]), float.NegativeInfinity);
        for (var k = 0; k < ways.Length; k++)
        {
            if (k != atHand && Score(ways[k]) is var score && score > kept + Margin && score > most)
                (best, most) = (k, score);
        }
        return best;
    }

    /// <summary>By how much, in nats, another way must beat the one at hand.</summary>
    const float Margin = 0.5f;

    /// <summary>The feature has a weight.</summary>
    public bool Knows(uint feature) => Value(feature == 0 ? 1 : feature) != 0;

    int Value(uint key)
    {
        for (var i = key & _mask; ; i = (i + 1) & _mask)
        {
            var slot = _slots[i];
            if (slot.Key == key || slot.Key == 0)
                return slot.Value;
        }
    }

    static (Slot[], uint) Allocate(int count)
    {
        var size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, 2 * count));
        return (new Slot[size], (uint)size - 1);
    }

    void Insert(uint key, sbyte value)
    {
        var i = (key == 0 ? 1 : key) & _mask;
        while (_slots[i].Key != 0)
            i = (i + 1) & _mask;
        _slots[i] = new Slot(key == 0 ? 1 : key, value);
        Count++;
    }

    public void Save(Stream file)
    {
        using var writer = new BinaryWriter(new DeflateStream(file, CompressionLevel.SmallestSize, leaveOpen: true));
        var order = _slots.Where(slot => slot.Key != 0).OrderBy(slot => slot.Key).ToArray();
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write(Scale);
        writer.Write(order.Length);
        var before = 0u;
        foreach (var slot in order)
        {
            writer.Write7BitEncodedInt64(slot.Key - before);
            before = slot.Key;
        }
        foreach (var slot in order)
            writer.Write((sbyte)slot.Value);
    }

    public static FeatureWeights Load(Stream file, string name)
    {
        try
        {
            using var reader = new BinaryReader(new BufferedStream(new DeflateStream(file, CompressionMode.Decompress), 1 << 16));
            if (reader.ReadUInt32() != Magic || reader.ReadInt32() != Version)
                throw new FormatException("another file, or another version");
            var scale = reader.ReadSingle();
            var keys = new uint[reader.ReadInt32()];
            var before = 0u;
            for (var i = 0; i < keys.Length; i++)
                keys[i] = before += (uint)reader.Read7BitEncodedInt64();
            var values = new sbyte[keys.Length];
            for (var i = 0; i < values.Length; i++)
                values[i] = reader.ReadSByte();
            return new FeatureWeights(scale, keys, values);
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or OverflowException or InvalidDataException)
        {
            throw new InvalidDataException($"{name}: not a model of this version, or damaged: copy it again, or train one with kanade pretrain accent or readings", e);
        }
    }
}
