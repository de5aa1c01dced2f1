using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Kanade.Corpus;

/// <summary>Some thousand texts as symbols, 16 bits each, with the words that the symbols speak. Immutable.</summary>
public sealed class PhonemeShard
{
    /// <summary>In a cell of <see cref="Symbols"/>: the bits of the id, and what it is in its word.</summary>
    public const int IdBits = 0x3FFF, InWord = 0x4000, BeginsWord = 0x8000;

    static readonly byte[] Magic = "KPS1"u8.ToArray();

    readonly int[] _starts;
    readonly uint[] _draws;
    readonly ushort[] _symbols, _words;
    readonly IReadOnlyList<string>? _names;

    internal PhonemeShard(
        IReadOnlyList<string> surfaces, int[] starts, uint[] draws, ushort[] symbols, ushort[] words, PhonemeShardCounts counts, IReadOnlyList<string>? names = null) =>
        (Surfaces, _starts, _draws, _symbols, _words, Counts, _names) = (surfaces, starts, draws, symbols, words, counts, names);

    /// <summary>Texts.</summary>
    public int Rows => _draws.Length;

    /// <summary>The surfaces of its words; <see cref="Words"/> counts in them from 1.</summary>
    public IReadOnlyList<string> Surfaces { get; }

    /// <summary>What it was made of.</summary>
    public PhonemeShardCounts Counts { get; }

    /// <summary>How many symbols a text has, without pads.</summary>
    public int Length(int row) => _starts[row + 1] - _starts[row];

    /// <summary>The symbols of a text, without pads: id and bits.</summary>
    public ReadOnlySpan<ushort> Symbols(int row) => _symbols.AsSpan(_starts[row], Length(row));

    /// <summary>For each symbol the word that it speaks, from 1 in <see cref="Surfaces"/>; 0 for marks, gaps and words without a surface.</summary>
    public ReadOnlySpan<ushort> Words(int row) => _words.AsSpan(_starts[row], Length(row));

    /// <summary>A number drawn by the text itself, over the whole range: the smallest are held out. Texts of the same symbols draw the same.</summary>
    public uint Draw(int row) => _draws[row];

    /// <summary>What the log calls a text.</summary>
    /// <param name="row">Which.</param>
    /// <param name="shard">Where the shard stands in its corpus.</param>
    public string Name(int row, int shard) => _names?[row] ?? $"text {shard}:{row}";

    /// <summary>How often each word occurs.</summary>
    internal IEnumerable<(string Surface, int Count)> CountWords()
    {
        var counts = new int[Surfaces.Count];
        for (var i = 0; i < _symbols.Length; i++)
        {
            if (_words[i] > 0 && (_symbols[i] & BeginsWord) != 0)
                counts[_words[i] - 1]++;
        }
        return Surfaces.Select((surface, i) => (surface, counts[i]));
    }

    /// <summary>SHA-256 of its contents.</summary>
    internal string Hash() => Convert.ToHexStringLower(SHA256.HashData(ToBytes()));

    internal void Write(Stream stream)
    {
        var bytes = ToBytes();
        stream.Write(bytes);
        stream.Write(SHA256.HashData(bytes));
    }

    /// <exception cref="InvalidDataException">It is damaged.</exception>
    internal static PhonemeShard Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        if (bytes.Length < Magic.Length + SHA256.HashSizeInBytes || !SHA256.HashData(bytes.AsSpan(..^SHA256.HashSizeInBytes)).AsSpan().SequenceEqual(bytes.AsSpan(^SHA256.HashSizeInBytes..)))
            throw new InvalidDataException($"{path}: damaged; delete it, and the same command makes it again");
        using var reader = new BinaryReader(new MemoryStream(bytes, Magic.Length, bytes.Length - Magic.Length), Encoding.UTF8);
        var counts = new PhonemeShardCounts(reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
        var surfaces = new string[reader.ReadInt32()];
        for (var i = 0; i < surfaces.Length; i++)
            surfaces[i] = reader.ReadString();
        var rows = reader.ReadInt32();
        var (starts, draws) = (Cells<int>(reader, rows + 1), Cells<uint>(reader, rows));
        return new PhonemeShard(surfaces, starts, draws, Cells<ushort>(reader, starts[^1]), Cells<ushort>(reader, starts[^1]), counts);
    }

    byte[] ToBytes()
    {
        using var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(bytes, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Magic);
            writer.Write(Counts.Lines);
            writer.Write(Counts.Silent);
            writer.Write(Counts.Unread);
            writer.Write(Surfaces.Count);
            foreach (var surface in Surfaces)
                writer.Write(surface);
            writer.Write(Rows);
            writer.Write(MemoryMarshal.AsBytes<int>(_starts));
            writer.Write(MemoryMarshal.AsBytes<uint>(_draws));
            writer.Write(MemoryMarshal.AsBytes<ushort>(_symbols));
            writer.Write(MemoryMarshal.AsBytes<ushort>(_words));
        }
        return bytes.ToArray();
    }

    static T[] Cells<T>(BinaryReader reader, int count)
        where T : struct
    {
        var cells = new T[count];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(cells.AsSpan()));
        return cells;
    }
}

/// <summary>What a shard was made of.</summary>
/// <param name="Lines">Lines of text.</param>
/// <param name="Silent">Those in which nothing is to be heard, left out.</param>
/// <param name="Unread">Those with a piece that has no reading; the rest of them is there.</param>
public readonly record struct PhonemeShardCounts(int Lines, int Silent, int Unread);
