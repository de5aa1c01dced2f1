using Parquet;
using Parquet.Schema;

namespace Kanade.Corpus;

/// <summary>
/// How well each text fits its sound, as an aligner found out after the dataset was made: <c>alignment.parquet</c>, beside the manifest and not in it,
/// so that the manifest stays the one that runs were begun with. A figure counts while recording and symbols are those it was found for.
/// </summary>
public static class AlignmentConfidence
{
    const string File = "alignment.parquet", Value = "alignment_confidence";

    static readonly ParquetSchema Schema = new(
    [
        .. new[] { "id", "source_sha256", "symbols" }.Select(name => new DataField(name, typeof(string), isNullable: false)),
        new DataField(Value, typeof(double), isNullable: false),
    ]);

    /// <summary>Writes the confidences given; other utterances keep theirs.</summary>
    /// <param name="dataset">Whose.</param>
    /// <param name="confidences">By utterance id, 0 to 1.</param>
    public static void Write(Dataset dataset, IReadOnlyDictionary<string, double> confidences)
    {
        var rows = dataset.All
            .Select(u => (Utterance: u, Confidence: confidences.TryGetValue(u.Id, out var found) ? found : u.Quality.AlignmentConfidence))
            .Where(row => row.Confidence is not null).ToArray();
        AtomicFile.Write(Path.Combine(dataset.Folder, File), stream => WriteAsync(stream, rows!).GetAwaiter().GetResult());
    }

    /// <summary>The utterances with the confidences that were found for them.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    internal static IEnumerable<Utterance> Over(string folder, IReadOnlyList<Utterance> utterances)
    {
        var path = Path.Combine(folder, File);
        if (!System.IO.File.Exists(path))
            return utterances;
        var known = ReadAsync(path).GetAwaiter().GetResult();
        return utterances.Select(u => known.TryGetValue((u.Id, u.SourceSha256, u.Symbols), out var confidence)
            ? u with { Quality = u.Quality with { AlignmentConfidence = confidence } } : u);
    }

    static async Task WriteAsync(Stream stream, (Utterance Utterance, double? Confidence)[] rows)
    {
        await using var writer = await ParquetWriter.CreateAsync(Schema, stream, ParquetColumns.Packed);
        using var group = writer.CreateRowGroup();
        await ParquetColumns.Write(group, Schema.DataFields[0], Array.ConvertAll(rows, r => r.Utterance.Id));
        await ParquetColumns.Write(group, Schema.DataFields[1], Array.ConvertAll(rows, r => r.Utterance.SourceSha256));
        await ParquetColumns.Write(group, Schema.DataFields[2], Array.ConvertAll(rows, r => r.Utterance.Symbols));
        await ParquetColumns.Write(group, Schema.DataFields[3], Array.ConvertAll(rows, r => r.Confidence!.Value));
    }

    static async Task<Dictionary<(string Id, string Sha256, string Symbols), double>> ReadAsync(string path)
    {
        var known = new Dictionary<(string, string, string), double>();
        await using var reader = await Manifest.Open(path);
        var fields = Manifest.Fields(reader, path, Schema.DataFields.Select(f => f.Name));
        for (var g = 0; g < reader.RowGroupCount; g++)
        {
            using var group = reader.OpenRowGroupReader(g);
            var (ids, hashes, symbols) = (await ParquetColumns.ReadText(group, fields["id"]),
                await ParquetColumns.ReadText(group, fields["source_sha256"]), await ParquetColumns.ReadText(group, fields["symbols"]));
            var values = await ParquetColumns.Read<double>(group, fields[Value]);
            for (var i = 0; i < ids.Length; i++)
                known[(ids[i], hashes[i], symbols[i])] = values[i];
        }
        return known;
    }
}
