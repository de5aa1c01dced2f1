using Parquet;
using Parquet.Schema;

namespace Kanade.Corpus;

/// <summary>Reads and writes <c>manifest.parquet</c> (one row an utterance) and <c>rejects.parquet</c>.</summary>
public static class Manifest
{
    const int RowsAGroup = 2048;

    static readonly (string Name, Func<Utterance, string> Get)[] Texts =
    [
        ("id", u => u.Id), ("speaker", u => u.Speaker), ("style", u => u.Style), ("text", u => u.Text), ("phrases", u => u.Phrases),
        ("symbols", u => u.Symbols), ("split", u => Name(u.Split)), ("source", u => u.Source), ("source_sha256", u => u.SourceSha256),
    ];

    static readonly (string Name, Func<Utterance, int> Get)[] Counts =
        [("frames", u => u.Frames), ("sample_rate", u => u.SampleRate), ("shard", u => u.Shard), ("row", u => u.Row)];

    static readonly (string Name, Func<Utterance, double> Get)[] Figures =
    [
        ("seconds", u => u.Seconds), ("source_start_seconds", u => u.SourceStartSeconds), ("source_end_seconds", u => u.SourceEndSeconds),
        ("loudness_lufs", u => u.Quality.LoudnessLufs), ("loudness_range_lu", u => u.Quality.LoudnessRangeLu),
        ("true_peak_db", u => u.Quality.TruePeakDb), ("noise_floor_db", u => u.Quality.NoiseFloorDb),
        ("signal_to_noise_db", u => u.Quality.SignalToNoiseDb), ("clipped_share", u => u.Quality.ClippedShare),
        ("bandwidth_hz", u => u.Quality.BandwidthHz), ("silence_share", u => u.Quality.SilenceShare),
        ("morae_per_second", u => u.Quality.MoraePerSecond), ("f0_median_hz", u => u.Quality.F0MedianHz), ("voiced_share", u => u.Quality.VoicedShare),
    ];

    static readonly ParquetSchema Schema = new(
    [
        .. Texts.Select(c => new DataField(c.Name, typeof(string), isNullable: false)),
        .. Counts.Select(c => new DataField(c.Name, typeof(int), isNullable: false)),
        .. Figures.Select(c => new DataField(c.Name, typeof(double), isNullable: false)),
        new DataField("ids", typeof(int), isNullable: false, isArray: true),
    ]);

    static readonly string[] RejectColumns = ["source", "reason", "detail"];

    /// <summary>The word for a split in files and on screen.</summary>
    public static string Name(Split split) => split switch
    {
        Split.Train => "train",
        Split.Validation => "validation",
        Split.Test => "test",
        _ => throw new ArgumentOutOfRangeException(nameof(split)),
    };

    /// <summary>Writes the rows in the order they come; memory holds one row group of them.</summary>
    public static void Write(Stream stream, IEnumerable<Utterance> utterances) => WriteAsync(stream, utterances).GetAwaiter().GetResult();

    /// <summary>Reads all rows.</summary>
    /// <param name="path">The file.</param>
    /// <param name="phrases">Whether <see cref="Utterance.Phrases"/> is wanted, which is most of the file; otherwise it is empty.</param>
    /// <exception cref="InvalidDataException">The file is no manifest of this version.</exception>
    public static IReadOnlyList<Utterance> Read(string path, bool phrases = true) => ReadAsync(path, phrases).GetAwaiter().GetResult();

    /// <summary>Writes the rejects in the order they come.</summary>
    public static void WriteRejects(Stream stream, IEnumerable<RejectedRecording> rejects) => WriteRejectsAsync(stream, rejects).GetAwaiter().GetResult();

    /// <summary>Reads all rejects.</summary>
    public static IReadOnlyList<RejectedRecording> ReadRejects(string path) => [.. Rejects(path)];

    /// <summary>The rejects, one after the other; memory holds one row group of them.</summary>
    public static IEnumerable<RejectedRecording> Rejects(string path)
    {
        var reader = Open(path).GetAwaiter().GetResult();
        try
        {
            var fields = Fields(reader, path, RejectColumns);
            for (var g = 0; g < reader.RowGroupCount; g++)
                foreach (var reject in RejectsOf(reader, g, fields).GetAwaiter().GetResult())
                    yield return reject;
        }
        finally
        {
            reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    static async Task WriteAsync(Stream stream, IEnumerable<Utterance> utterances)
    {
        await using var writer = await ParquetWriter.CreateAsync(Schema, stream, ParquetColumns.Packed);
        foreach (var rows in utterances.Chunk(RowsAGroup))
        {
            using var group = writer.CreateRowGroup();
            var field = 0;
            foreach (var (_, get) in Texts)
                await ParquetColumns.Write(group, Schema.DataFields[field++], Array.ConvertAll(rows, u => get(u)));
            foreach (var (_, get) in Counts)
                await ParquetColumns.Write(group, Schema.DataFields[field++], Array.ConvertAll(rows, u => get(u)));
            foreach (var (_, get) in Figures)
                await ParquetColumns.Write(group, Schema.DataFields[field++], Array.ConvertAll(rows, u => get(u)));
            await ParquetColumns.WriteLists(group, Schema.DataFields[field], Array.ConvertAll(rows, u => u.Ids));
        }
    }

    static async Task<IReadOnlyList<Utterance>> ReadAsync(string path, bool phrases)
    {
        await using var reader = await Open(path);
        var fields = Fields(reader, path, Schema.DataFields.Select(f => f.Name));
        var utterances = new List<Utterance>();
        for (var g = 0; g < reader.RowGroupCount; g++)
        {
            using var group = reader.OpenRowGroupReader(g);
            var texts = new Dictionary<string, string[]>();
            foreach (var (name, _) in Texts)
                texts[name] = name == "phrases" && !phrases ? [.. Enumerable.Repeat("", (int)group.RowCount)] : await ParquetColumns.ReadText(group, fields[name]);
            var counts = new Dictionary<string, int[]>();
            foreach (var (name, _) in Counts)
                counts[name] = await ParquetColumns.Read<int>(group, fields[name]);
            var figures = new Dictionary<string, double[]>();
            foreach (var (name, _) in Figures)
                figures[name] = await ParquetColumns.Read<double>(group, fields[name]);
            var ids = await ParquetColumns.ReadLists<int>(group, fields["ids"]);
            for (var i = 0; i < ids.Length; i++)
                utterances.Add(Row(i, texts, counts, figures, ids[i], path));
        }
        return utterances;
    }

    static Utterance Row(int i, Dictionary<string, string[]> texts, Dictionary<string, int[]> counts, Dictionary<string, double[]> figures, int[] ids, string path)
    {
        string T(string name) => texts[name][i];
        double F(string name) => figures[name][i];
        var quality = new Quality(F("loudness_lufs"), F("loudness_range_lu"), F("true_peak_db"), F("noise_floor_db"), F("signal_to_noise_db"),
            F("clipped_share"), F("bandwidth_hz"), F("silence_share"), F("morae_per_second"), F("f0_median_hz"), F("voiced_share"));
        var split = Enum.GetValues<Split>().Cast<Split?>().FirstOrDefault(s => Name(s!.Value) == T("split"))
            ?? throw new InvalidDataException($"{path}: row {i}: split '{T("split")}' is none of train, validation and test");
        return new(T("id"), T("speaker"), T("style"), T("text"), T("phrases"), T("symbols"), ids, F("seconds"), counts["frames"][i], counts["sample_rate"][i],
            quality, split, T("source"), T("source_sha256"), F("source_start_seconds"), F("source_end_seconds"), counts["shard"][i], counts["row"][i]);
    }

    static async Task WriteRejectsAsync(Stream stream, IEnumerable<RejectedRecording> rejects)
    {
        var schema = new ParquetSchema(RejectColumns.Select(c => new DataField(c, typeof(string), isNullable: false)));
        await using var writer = await ParquetWriter.CreateAsync(schema, stream, ParquetColumns.Packed);
        foreach (var rows in rejects.Chunk(RowsAGroup))
        {
            using var group = writer.CreateRowGroup();
            await ParquetColumns.Write(group, schema.DataFields[0], Array.ConvertAll(rows, r => r.Source));
            await ParquetColumns.Write(group, schema.DataFields[1], Array.ConvertAll(rows, r => r.Reason));
            await ParquetColumns.Write(group, schema.DataFields[2], Array.ConvertAll(rows, r => r.Detail));
        }
    }

    static async Task<RejectedRecording[]> RejectsOf(ParquetReader reader, int index, Dictionary<string, DataField> fields)
    {
        using var group = reader.OpenRowGroupReader(index);
        var (sources, reasons, details) = (await ParquetColumns.ReadText(group, fields["source"]),
            await ParquetColumns.ReadText(group, fields["reason"]), await ParquetColumns.ReadText(group, fields["detail"]));
        return [.. sources.Select((s, i) => new RejectedRecording(s, reasons[i], details[i]))];
    }

    internal static async Task<ParquetReader> Open(string path)
    {
        try
        {
            return await ParquetReader.CreateAsync(path);
        }
        catch (Exception e) when (e is not (FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException))
        {
            throw new InvalidDataException($"{path}: not a Parquet file that can be read: {e.Message}", e);
        }
    }

    internal static Dictionary<string, DataField> Fields(ParquetReader reader, string path, IEnumerable<string> wanted)
    {
        var fields = reader.Schema.DataFields.ToDictionary(f => f.Name);
        var missing = wanted.Where(w => !fields.ContainsKey(w)).ToList();
        return missing.Count == 0 ? fields : throw new InvalidDataException(
            $"{path}: the columns {string.Join(", ", missing)} are missing: made by another version of kanade? Preprocess the corpus again");
    }
}
