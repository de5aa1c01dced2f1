using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kanade.Audio;
using Serilog;

namespace Kanade.Corpus;

/// <summary>A stretch of a long recording and what is said in it.</summary>
/// <param name="Start">Seconds in the recording.</param>
/// <param name="End">Seconds in the recording.</param>
/// <param name="Text">What is said.</param>
sealed record Piece(double Start, double End, string Text);

/// <summary>What became of a long recording, kept so that the next run need not listen again.</summary>
/// <param name="Key">Hash of the entry, its file's size and time, and what decides the cuts.</param>
/// <param name="Pieces">Empty when its pauses do not fit its text.</param>
sealed record CutRow(string Key, IReadOnlyList<Piece> Pieces);

[JsonSerializable(typeof(CutRow))]
sealed partial class CutJson : JsonSerializerContext;

/// <summary>Cuts recordings that are longer than an utterance may be at their pauses, where the sentences of the text can be told apart by them
/// (<see cref="PauseAlignment"/>). Where they cannot, the recording stays whole, and is rejected as too long.</summary>
/// <param name="dataset">The dataset's folder; what was found is kept in it.</param>
/// <param name="config">Longest utterance, voice activity.</param>
/// <param name="options">Threads; this process among others. Each finds the same cuts.</param>
/// <param name="frontend">Counts the morae of sentences.</param>
/// <param name="log">Talk for people.</param>
sealed class LongRecordings(string dataset, PreprocessConfig config, PreprocessOptions options, LazyFrontend frontend, ILogger log)
{
    /// <summary>Fewer characters for each second that an utterance may last are no text of a recording that is longer.</summary>
    const double LeastCharactersASecond = 2;
    const int Version = 1;

    string CutsPath => Path.Combine(dataset, "shards", "cuts.gz");

    /// <summary>The entries, with those that could be cut replaced by their pieces.</summary>
    internal CorpusListing Cut(CorpusListing listing, CancellationToken cancel)
    {
        var candidates = listing.Entries.Where(MayBeLong).ToList();
        if (candidates.Count == 0)
            return listing;
        var known = Known();
        var cuts = new ConcurrentDictionary<string, CutRow>(StringComparer.Ordinal);
        Parallel.ForEach(candidates, new() { MaxDegreeOfParallelism = options.Workers, CancellationToken = cancel }, entry =>
        {
            var key = Key(entry);
            cuts[entry.Id] = known.GetValueOrDefault(key) ?? new(key, PiecesOf(entry));
        });
        Keep(cuts);
        if (options.Rank == 0 && cuts.Values.Count(c => c.Pieces.Count > 0) is > 0 and var count)
            log.Information("{Count} long recordings are cut at their pauses into {Pieces} pieces", count, cuts.Values.Sum(c => c.Pieces.Count));
        using var entries = EntryList.Unordered(dataset);
        entries.AddRange(listing.Entries.SelectMany(e => cuts.GetValueOrDefault(e.Id) is { Pieces.Count: > 0 } cut ? cut.Pieces.Select(p => PieceOf(e, p)) : [e]));
        return listing with { Entries = EntryList.Of(dataset, entries) };
    }

    static CorpusEntry PieceOf(CorpusEntry entry, Piece piece) => entry with
    {
        Id = string.Create(CultureInfo.InvariantCulture, $"{entry.Id}@{piece.Start:F3}"),
        Text = piece.Text,
        StartSeconds = piece.Start,
        EndSeconds = piece.End,
    };

    /// <summary>Whether the text is long enough to be looked after, and is more than one sentence. Nothing is opened for that.</summary>
    bool MayBeLong(CorpusEntry entry) => entry.Symbols.Length == 0 && entry.Text.Length >= LeastCharactersASecond * config.Quality.LongestSeconds
        && !(entry.EndSeconds - entry.StartSeconds <= config.Quality.LongestSeconds) && Sentences.Of(entry.Text).Count > 1;

    IReadOnlyList<Piece> PiecesOf(CorpusEntry entry)
    {
        try
        {
            using var reader = AudioReader.Open(entry.Path);
            var first = (long)(entry.StartSeconds * reader.SampleRate);
            var frames = entry.EndSeconds is { } end ? (long)(end * reader.SampleRate) - first : reader.Frames >= 0 ? reader.Frames - first : long.MaxValue;
            if (frames <= (config.Quality.LongestSeconds + 0.5) * reader.SampleRate || reader.SampleRate < 1000)
                return [];
            if (first > 0)
                reader.Seek(first);
            var activity = new VoiceActivity(reader.SampleRate, new(config.Trim.AboveFloorDb, config.Trim.BelowPeakDb));
            var levels = activity.Levels(reader, frames);
            var speech = activity.FindIn(levels).Select(s => (s.Start * activity.HopSeconds, s.End * activity.HopSeconds)).ToList();
            if (levels.Length * activity.HopSeconds <= config.Quality.LongestSeconds)
                return [];
            var sentences = Sentences.Of(entry.Text).Select(s => (s, frontend.Value.Phonemize(s).Phrases.Sum(p => p.Moras.Count))).ToList();
            return [.. PauseAlignment.Align(speech, sentences, config.Quality.LongestSeconds, config.Trim.PaddingSeconds)
                .Select(p => p with { Start = Math.Round(entry.StartSeconds + p.Start, 3), End = Math.Round(entry.StartSeconds + p.End, 3) })];
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return []; // it will be rejected for that, with the reason, when its turn comes
        }
    }

    string Key(CorpusEntry entry)
    {
        var file = FileState.Of(entry.Path);
        var what = string.Create(CultureInfo.InvariantCulture,
            $"{Version}\0{entry.Id}\0{entry.Text}\0{entry.StartSeconds:R}\0{entry.EndSeconds:R}\0{file.Bytes}\0{file.Modified}\0{config.Quality.LongestSeconds:R}\0{config.Trim}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(what)))[..32];
    }

    Dictionary<string, CutRow> Known()
    {
        var rows = new Dictionary<string, CutRow>(StringComparer.Ordinal);
        try
        {
            using var reader = new StreamReader(new GZipStream(File.OpenRead(CutsPath), CompressionMode.Decompress), Encoding.UTF8);
            while (reader.ReadLine() is { } line)
                if (JsonSerializer.Deserialize(line, CutJson.Default.CutRow) is { } row)
                    rows[row.Key] = row;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or InvalidDataException or JsonException or EndOfStreamException)
        {
            rows.Clear(); // what cannot be read is found again
        }
        return rows;
    }

    /// <summary>The first process writes, when something is new.</summary>
    void Keep(IReadOnlyDictionary<string, CutRow> cuts)
    {
        if (options.Rank > 0)
            return;
        Directory.CreateDirectory(Path.Combine(dataset, "shards"));
        AtomicFile.Write(CutsPath, stream =>
        {
            using var zip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true);
            using var writer = new StreamWriter(zip, new UTF8Encoding(false)) { NewLine = "\n" };
            foreach (var (_, row) in cuts.OrderBy(c => c.Key, StringComparer.Ordinal))
                writer.WriteLine(JsonSerializer.Serialize(row, CutJson.Default.CutRow));
        });
    }
}
