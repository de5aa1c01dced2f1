using System.Text;
using System.Text.Json;
using Parquet;
using Parquet.Schema;

namespace Kanade.Corpus;

/// <summary>Rows with named columns from CSV, TSV, JSON lines or Parquet.</summary>
static class ListingFile
{
    static readonly Dictionary<string, string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["audio"] = "audio",
        ["path"] = "audio",
        ["file"] = "audio",
        ["filename"] = "audio",
        ["file_name"] = "audio",
        ["wav"] = "audio",
        ["audio_path"] = "audio",
        ["text"] = "text",
        ["transcript"] = "text",
        ["transcription"] = "text",
        ["sentence"] = "text",
        ["phonemes"] = "phonemes",
        ["symbols"] = "phonemes",
        ["ipa"] = "phonemes",
        ["speaker"] = "speaker",
        ["speaker_id"] = "speaker",
        ["client_id"] = "speaker",
        ["style"] = "style",
        ["emotion"] = "style",
        ["start"] = "start",
        ["end"] = "end",
        ["f0"] = "f0",
    };

    /// <summary>Whether the columns name recordings and what is said in them.</summary>
    internal static bool IsListing(string path)
    {
        try
        {
            IEnumerable<string> columns = Path.GetExtension(path).ToLowerInvariant() switch
            {
                ".csv" or ".tsv" => Header(path),
                ".parquet" => ParquetHeader(path),
                _ => Rows(path).FirstOrDefault()?.Keys ?? [],
            };
            return columns.Contains("audio") && (columns.Contains("text") || columns.Contains("phonemes"));
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>Rows by the names that this program uses; other columns are left out.</summary>
    internal static IEnumerable<IReadOnlyDictionary<string, string>> Rows(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".jsonl" or ".ndjson" => JsonRows(path),
        ".parquet" => ParquetRows(path),
        var extension => SeparatedRows(path, extension == ".tsv" ? '\t' : ','),
    };

    static IReadOnlyCollection<string> Header(string path)
    {
        using var reader = TranscriptText.Open(path);
        return [.. (Record(reader, path.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase) ? '\t' : ',') ?? []).Select(Known).OfType<string>()];
    }

    static string? Known(string column) => Names.GetValueOrDefault(column.Trim());

    static IEnumerable<IReadOnlyDictionary<string, string>> SeparatedRows(string path, char separator)
    {
        using var reader = TranscriptText.Open(path);
        var header = (Record(reader, separator) ?? []).ConvertAll(Known);
        for (var line = 2; Record(reader, separator) is { } cells; line++)
        {
            if (cells is [""])
                continue;
            if (cells.Count != header.Count)
                throw new InvalidDataException($"{path}: row {line} has {cells.Count} columns, the header {header.Count}");
            yield return Row(header, cells);
        }
    }

    /// <summary>A record of RFC 4180: quotes may enclose separators and line ends, a doubled quote is one.</summary>
    static List<string>? Record(TextReader reader, char separator)
    {
        if (reader.Peek() < 0)
            return null;
        List<string> cells = [];
        var cell = new StringBuilder();
        var quoted = false;
        while (true)
        {
            var c = reader.Read();
            if (quoted && c == '"' && reader.Peek() == '"')
                cell.Append((char)reader.Read());
            else if (c == '"' && (quoted || cell.Length == 0 && separator == ','))
                quoted = !quoted;
            else if (c < 0 || !quoted && (c == separator || c is '\n' or '\r'))
            {
                cells.Add(cell.ToString());
                cell.Clear();
                if (c == '\r' && reader.Peek() == '\n')
                    reader.Read();
                if (c != separator)
                    return cells;
            }
            else
                cell.Append((char)c);
        }
    }

    static IEnumerable<IReadOnlyDictionary<string, string>> JsonRows(string path)
    {
        var number = 0;
        foreach (var line in TranscriptText.Lines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            JsonDocument document;
            try
            {
                document = JsonDocument.Parse(line);
            }
            catch (JsonException e)
            {
                // The reader counts lines from the beginning of this one.
                throw new InvalidDataException($"{path}:{number}: not JSON: {e.Message.Split(" LineNumber:")[0]}", e);
            }
            using (document)
            {
                if (document.RootElement.ValueKind != JsonValueKind.Object)
                    throw new InvalidDataException($"{path}:{number}: expected an object");
                var cells = document.RootElement.EnumerateObject().ToList();
                yield return Row(cells.ConvertAll(p => Known(p.Name)), cells.ConvertAll(p => p.Value.ToString()));
            }
        }
    }

    static List<string> ParquetHeader(string path)
    {
        var reader = Open(path).GetAwaiter().GetResult();
        try
        {
            return [.. reader.Schema.DataFields.Select(f => Known(f.Name)).OfType<string>()];
        }
        finally
        {
            reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    /// <summary>Memory holds one row group.</summary>
    static IEnumerable<IReadOnlyDictionary<string, string>> ParquetRows(string path)
    {
        var reader = Open(path).GetAwaiter().GetResult();
        try
        {
            var fields = reader.Schema.DataFields.Where(f => Known(f.Name) is not null).ToList();
            var names = fields.ConvertAll(f => Known(f.Name));
            for (var g = 0; g < reader.RowGroupCount; g++)
            {
                var columns = ParquetGroup(reader, g, fields, path).GetAwaiter().GetResult();
                for (var i = 0; i < (columns.Count > 0 ? columns[0].Length : 0); i++)
                    yield return Row(names, columns.ConvertAll(c => c[i]));
            }
        }
        finally
        {
            reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    static async Task<List<string[]>> ParquetGroup(ParquetReader reader, int index, List<DataField> fields, string path)
    {
        using var group = reader.OpenRowGroupReader(index);
        var columns = new List<string[]>();
        foreach (var field in fields)
        {
            columns.Add((field.IsArray ? null : await ParquetColumns.ReadAsText(group, field))
                ?? throw new InvalidDataException($"{path}: the column '{field.Name}' holds {field.ClrType.Name}{(field.IsArray ? " lists" : "")}; texts and numbers can be read"));
        }
        return columns;
    }

    static async Task<ParquetReader> Open(string path)
    {
        try
        {
            return await ParquetReader.CreateAsync(path);
        }
        catch (Exception e) when (e is not (FileNotFoundException or UnauthorizedAccessException))
        {
            throw new InvalidDataException($"{path}: not a Parquet file that can be read: {e.Message}", e);
        }
    }

    static Dictionary<string, string> Row(List<string?> names, List<string> cells)
    {
        var row = new Dictionary<string, string>();
        for (var i = 0; i < names.Count; i++)
            if (names[i] is { } name)
                row.TryAdd(name, cells[i]);
        return row;
    }
}
