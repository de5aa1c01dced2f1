using System.Runtime.InteropServices;
using Kanade.Audio;
using Parquet;
using Parquet.Schema;

namespace Kanade.Corpus;

/// <summary>How samples are stored in a dataset.</summary>
public enum SampleFormat
{
    /// <summary>16-bit integers, little-endian.</summary>
    Pcm16,

    /// <summary>32-bit floating point, little-endian.</summary>
    Floating,
}

/// <summary>A shard of a dataset: a Parquet file with one row group an utterance, so that each can be read without its neighbours.
/// Columns: <c>id</c>, <c>samples</c> (bytes, see <see cref="SampleFormat"/>), <c>f0</c> and <c>energy</c> (lists of floats).</summary>
static class Shard
{
    internal static readonly ParquetSchema Schema = new(
        new DataField("id", typeof(string), isNullable: false),
        new DataField("samples", typeof(byte[]), isNullable: false),
        new DataField("f0", typeof(float), isNullable: false, isArray: true),
        new DataField("energy", typeof(float), isNullable: false, isArray: true));

    internal const string FormatKey = "sample_format", ContentKey = "content";

    internal static string PathOf(string dataset, int shard) => Path.Combine(dataset, "shards", $"{shard:D5}.parquet");

    internal static byte[] Encode(float[] samples, SampleFormat format) =>
        format == SampleFormat.Pcm16 ? Audio.Pcm16.Encode(samples) : MemoryMarshal.AsBytes<float>(samples).ToArray();
}

/// <summary>Appends utterances to a new shard.</summary>
sealed class ShardWriter : IDisposable
{
    readonly ParquetWriter _writer;
    readonly SampleFormat _format;

    internal ShardWriter(Stream stream, SampleFormat format)
    {
        _format = format;
        // Noise does not pack: what Zstandard saves on speech, a tenth, costs more time in training than it is worth.
        _writer = ParquetWriter.CreateAsync(Shard.Schema, stream, new ParquetOptions { CompressionMethod = CompressionMethod.None }).GetAwaiter().GetResult();
    }

    /// <summary>Hash of what was added, by which a ledger knows its shard.</summary>
    internal string Content { get; set; } = "";

    /// <summary>Row groups so far.</summary>
    internal int Rows { get; private set; }

    /// <param name="id">Whose.</param>
    /// <param name="features">The samples and what was measured of them.</param>
    /// <param name="encoded">The samples as <see cref="Shard.Encode"/> stores them, where that is done already.</param>
    internal void Add(string id, UtteranceFeatures features, byte[]? encoded = null) =>
        AddAsync(id, encoded ?? Shard.Encode(features.Samples, _format), features).GetAwaiter().GetResult();

    async Task AddAsync(string id, byte[] samples, UtteranceFeatures features)
    {
        using var group = _writer.CreateRowGroup();
        var fields = Shard.Schema.DataFields;
        await group.WriteAsync(fields[0], new[] { id });
        await group.WriteAsync(fields[1], new[] { samples });
        await ParquetColumns.WriteLists<float>(group, fields[2], [features.F0]);
        await ParquetColumns.WriteLists<float>(group, fields[3], [features.Energy]);
        Rows++;
    }

    public void Dispose()
    {
        _writer.CustomMetadata = new Dictionary<string, string> { [Shard.FormatKey] = _format.ToString(), [Shard.ContentKey] = Content };
        _writer.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}

/// <summary>Reads utterances of a shard by row; one at a time.</summary>
sealed class ShardReader : IDisposable
{
    readonly Lock _one = new();
    readonly ParquetReader _reader;
    readonly SampleFormat _format;

    ShardReader(ParquetReader reader, SampleFormat format) => (_reader, _format) = (reader, format);

    internal string? Content => _reader.CustomMetadata.GetValueOrDefault(Shard.ContentKey);

    internal static ShardReader Open(string path)
    {
        ParquetReader reader;
        try
        {
            reader = ParquetReader.CreateAsync(path).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is not (FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException))
        {
            throw new InvalidDataException($"{path}: not a shard that can be read: {e.Message}", e);
        }
        var format = reader.CustomMetadata.GetValueOrDefault(Shard.FormatKey);
        return Enum.TryParse<SampleFormat>(format, out var known) ? new(reader, known)
            : throw new InvalidDataException($"{path}: sample format '{format}' is not known to this version");
    }

    internal UtteranceFeatures Read(int row)
    {
        lock (_one)
            return ReadAsync(row).GetAwaiter().GetResult();
    }

    async Task<UtteranceFeatures> ReadAsync(int row)
    {
        using var group = _reader.OpenRowGroupReader(row);
        var fields = _reader.Schema.DataFields;
        var bytes = new byte[]?[1];
        await group.ReadAsync(fields[1], bytes.AsMemory());
        var samples = _format == SampleFormat.Pcm16 ? Audio.Pcm16.Decode(bytes[0]) : MemoryMarshal.Cast<byte, float>(bytes[0]).ToArray();
        return new(samples, (await ParquetColumns.ReadLists<float>(group, fields[2]))[0], (await ParquetColumns.ReadLists<float>(group, fields[3]))[0]);
    }

    public void Dispose() => _reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
