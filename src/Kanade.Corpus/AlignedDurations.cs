using Parquet;
using Parquet.Schema;

namespace Kanade.Corpus;

/// <summary>
/// How long each symbol lasts, as an aligner found out after the dataset was made: <c>durations.parquet</c>, beside the manifest and not in
/// it, so that the manifest stays the one that runs were begun with. A row counts while recording, symbols and frames are those it was
/// found for.
/// </summary>
public static class AlignedDurations
{
    const string File = "durations.parquet", Value = "durations";

    static readonly ParquetSchema Schema = new(
    [
        .. new[] { "id", "source_sha256", "symbols", "aligner" }.Select(name => new DataField(name, typeof(string), isNullable: false)),
        new DataField(Value, typeof(int), isNullable: false, isArray: true),
    ]);

    /// <summary>Writes the durations given in the place of all there were: a dataset's are of one aligner.</summary>
    /// <param name="dataset">Whose.</param>
    /// <param name="aligner">What names the aligner: the SHA-256 of its checkpoint.</param>
    /// <param name="durations">By utterance id: (T) aligner frames (two mel frames) of each symbol, together those of the
    /// utterance.</param>
    /// <exception cref="ArgumentException">They are not an utterance's.</exception>
    public static void Write(Dataset dataset, string aligner, IReadOnlyDictionary<string, int[]> durations)
    {
        Utterance[] rows = [.. dataset.All.Where(u => durations.ContainsKey(u.Id)).Select(u => u with { Durations = durations[u.Id] })];
        if (Array.Find(rows, u => !Fits(u, u.Durations!)) is { } wrong)
        {
            throw new ArgumentException(
                $"{wrong.Id}: {wrong.Durations!.Length} durations of {wrong.Durations.Sum()} frames, "
                    + $"not {wrong.Ids.Length} of {wrong.Frames / 2}",
                nameof(durations));
        }
        AtomicFile.Write(Path.Combine(dataset.Folder, File), stream => WriteAsync(stream, aligner, rows).GetAwaiter().GetResult());
    }

    /// <summary>The utterances with the durations that were found for them.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    internal static IEnumerable<Utterance> Over(string folder, IEnumerable<Utterance> utterances)
    {
        var path = Path.Combine(folder, File);
        if (!System.IO.File.Exists(path))
            return utterances;
        var known = Read(path, folder);
        return utterances.Select(u =>
            known.TryGetValue((u.Id, u.SourceSha256, u.Symbols), out var durations) && Fits(u, durations) ? u with { Durations = durations }
                : u);
    }

    /// <summary>Other trimming gives the same recording and text other frames.</summary>
    static bool Fits(Utterance utterance, int[] durations) =>
        durations.Length == utterance.Ids.Length && Array.TrueForAll(durations, d => d >= 0)
        && durations.Sum(d => (long)d) == utterance.Frames / 2;

    static async Task WriteAsync(Stream stream, string aligner, Utterance[] rows)
    {
        await using var writer = await ParquetWriter.CreateAsync(Schema, stream, ParquetColumns.Packed);
        using var group = writer.CreateRowGroup();
        await ParquetColumns.Write(group, Schema.DataFields[0], Array.ConvertAll(rows, u => u.Id));
        await ParquetColumns.Write(group, Schema.DataFields[1], Array.ConvertAll(rows, u => u.SourceSha256));
        await ParquetColumns.Write(group, Schema.DataFields[2], Array.ConvertAll(rows, u => u.Symbols));
        await ParquetColumns.Write(group, Schema.DataFields[3], Array.ConvertAll(rows, _ => aligner));
        await ParquetColumns.WriteLists(group, Schema.DataFields[4], Array.ConvertAll(rows, u => u.Durations!));
    }

    static Dictionary<(string Id, string Sha256, string Symbols), int[]> Read(string path, string folder)
    {
        try
        {
            return ReadAsync(path).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is not UnauthorizedAccessException) // the library throws of every kind, at bytes that mean nothing
        {
            throw new InvalidDataException(
                $"{path}: damaged; delete it, then 'kanade align {folder} --aligner <run> --durations' makes it again", e);
        }
    }

    static async Task<Dictionary<(string Id, string Sha256, string Symbols), int[]>> ReadAsync(string path)
    {
        var known = new Dictionary<(string, string, string), int[]>();
        await using var reader = await Manifest.Open(path);
        var fields = Manifest.Fields(reader, path, Schema.DataFields.Select(f => f.Name));
        for (var g = 0; g < reader.RowGroupCount; g++)
        {
            using var group = reader.OpenRowGroupReader(g);
            var (ids, hashes, symbols) = (await ParquetColumns.ReadText(group, fields["id"]),
                await ParquetColumns.ReadText(group, fields["source_sha256"]), await ParquetColumns.ReadText(group, fields["symbols"]));
            var values = await ParquetColumns.ReadLists<int>(group, fields[Value]);
            for (var i = 0; i < ids.Length; i++)
                known[(ids[i], hashes[i], symbols[i])] = values[i];
        }
        return known;
    }
}
