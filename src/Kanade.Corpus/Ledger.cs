using System.IO.Compression;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kanade.Corpus;

/// <summary>What was made of an entry, kept so that the next run makes only what changed.</summary>
/// <param name="Key">Hash of the entry and the configuration: another key, another result.</param>
/// <param name="Bytes">Size of the recording's file.</param>
/// <param name="Modified">Its time of modification, in ticks.</param>
/// <param name="Sound">Hash of the samples that were stored; empty when it was rejected.</param>
/// <param name="Utterance">What it became; null when it was rejected.</param>
/// <param name="Rejection">Why not; null when it was taken.</param>
sealed record LedgerRow(string Key, long Bytes, long Modified, string Sound, Utterance? Utterance, RejectedRecording? Rejection);

/// <summary>What a ledger says of its shard as a whole.</summary>
/// <param name="Fingerprint">Hash of the entries, their files' sizes and times, and the configuration.</param>
/// <param name="Content">Hash of what is in the shard, which names it too.</param>
sealed record LedgerHead(string Fingerprint, string Content);

/// <summary>The ledger of a shard, as JSON lines packed with gzip. It is written after its shard and says which one it belongs to.</summary>
static class Ledger
{
    static readonly LedgerJson Json = new(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals });

    internal static string PathOf(string dataset, int shard) => Path.ChangeExtension(Shard.PathOf(dataset, shard), ".ledger.gz");

    internal static void Write(string path, LedgerHead head, IEnumerable<LedgerRow> rows) => AtomicFile.Write(path, stream =>
    {
        using var zip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true);
        using var writer = new StreamWriter(zip, new UTF8Encoding(false)) { NewLine = "\n" };
        writer.WriteLine(JsonSerializer.Serialize(head, Json.LedgerHead));
        foreach (var row in rows)
            writer.WriteLine(JsonSerializer.Serialize(row, Json.LedgerRow));
    });

    /// <summary>The first line; null when there is no ledger, or a damaged one.</summary>
    internal static LedgerHead? Head(string path) => Open(path, reader => JsonSerializer.Deserialize(reader.ReadLine() ?? "", Json.LedgerHead));

    /// <summary>The rows; null when there is no ledger, or a damaged one.</summary>
    internal static IReadOnlyList<LedgerRow>? TryRead(string path) => Open(path, reader => Rows(reader).ToList());

    /// <summary>The rows of a ledger that has to be there, one by one.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    internal static IEnumerable<LedgerRow> Read(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress), Encoding.UTF8);
        foreach (var row in Rows(reader))
            yield return row;
    }

    static IEnumerable<LedgerRow> Rows(StreamReader reader)
    {
        reader.ReadLine();
        while (reader.ReadLine() is { } line)
            yield return JsonSerializer.Deserialize(line, Json.LedgerRow)!;
    }

    static T? Open<T>(string path, Func<StreamReader, T?> read)
        where T : class
    {
        try
        {
            using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress), Encoding.UTF8);
            return read(reader);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or InvalidDataException or JsonException or EndOfStreamException)
        {
            return null; // what cannot be read is made again
        }
    }
}

[JsonSerializable(typeof(LedgerHead))]
[JsonSerializable(typeof(LedgerRow))]
sealed partial class LedgerJson : JsonSerializerContext;
