using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Kanade.Text;
using Serilog;
using TorchSharp;

namespace Kanade.Corpus;

/// <summary>How far a run is.</summary>
/// <param name="Done">Recordings seen.</param>
/// <param name="Total">Recordings in all.</param>
/// <param name="Seconds">Sound kept.</param>
/// <param name="Rejected">Recordings thrown away.</param>
public sealed record PreprocessProgress(int Done, int Total, double Seconds, int Rejected);

/// <summary>Where a run works and with whom.</summary>
/// <param name="Layout">How the corpus says who says what.</param>
/// <param name="Workers">Threads.</param>
/// <param name="Rank">This process among those that share the work; every one writes into the same folder.</param>
/// <param name="World">Processes.</param>
/// <param name="Frontend">How texts are read.</param>
public sealed record PreprocessOptions(CorpusLayout Layout = CorpusLayout.Auto, int Workers = 1, int Rank = 0, int World = 1, FrontendOptions? Frontend = null);

/// <summary>What a run did.</summary>
/// <param name="Description">The dataset; null in every process but the first.</param>
/// <param name="Made">Recordings that were decoded.</param>
/// <param name="Reused">Recordings whose result was there already.</param>
public sealed record PreprocessResult(DatasetDescription? Description, int Made, int Reused);

/// <summary>Makes a dataset of a corpus folder. Entries are spread over shards by the hash of their id; a shard and its ledger are the unit that is
/// written whole, found again after an interruption, and made again when something in it changed. The bytes of a dataset depend on the corpus and
/// the configuration alone, not on the number of threads, processes or runs it took.</summary>
public sealed class Preprocessor
{
    const int EntriesAShard = 128;
    const int EvaluationUtterances = 100;
    static readonly TimeSpan OthersPoll = TimeSpan.FromMilliseconds(200);

    readonly PreprocessConfig _config;
    readonly PreprocessOptions _options;
    readonly ILogger _log;

    /// <param name="config">What is made.</param>
    /// <param name="options">Where and with whom.</param>
    /// <param name="log">Talk for people.</param>
    public Preprocessor(PreprocessConfig config, PreprocessOptions options, ILogger log)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Workers, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(options.Rank, options.World);
        (_config, _options, _log) = (config, options, log);
    }

    /// <summary>Version of this program, as datasets remember it.</summary>
    public static string Tool { get; } =
        $"kanade {typeof(Preprocessor).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0"}";

    /// <summary>Makes the dataset, or what is missing of it.</summary>
    /// <exception cref="InvalidDataException">The corpus has no layout that is known, or none of its recordings can be used.</exception>
    /// <exception cref="IOException">Another run works in the folder, or the disk is full. Nothing half-written stays; the same command goes on.</exception>
    public PreprocessResult Run(string corpus, string dataset, IProgress<PreprocessProgress>? progress = null, CancellationToken cancel = default)
    {
        if (Path.GetFullPath(dataset).TrimEnd('/') == Path.GetFullPath(corpus).TrimEnd('/'))
            throw new InvalidDataException($"{dataset}: is the corpus itself: give the dataset a folder of its own");
        Directory.CreateDirectory(dataset);
        using var held = Hold(dataset);
        var listing = CorpusReader.Read(corpus, _options.Layout);
        _log.Information("{Corpus:l}: layout {Layout:l}, {Entries} recordings with a text, {Problems} that cannot be used", corpus, listing.Layout.ToString(), listing.Entries.Count, listing.Problems.Count);

        var parts = Divide(listing.Entries);
        var folder = new ShardFolder(dataset, parts.Count, _options.Rank, _options.World);
        var files = listing.Entries.ToDictionary(e => e.Id, e => FileState.Of(e.Path));
        var wanted = parts.ConvertAll(part => Fingerprint(part, files));
        var whole = Hash(string.Join('\n', wanted) + _config.Split + string.Join('\n', listing.Problems));
        var descriptionPath = Path.Combine(dataset, "dataset.json");
        var mine = Enumerable.Range(0, parts.Count).Where(p => p % _options.World == _options.Rank && !folder.IsDone(p, wanted[p])).ToList();
        if (mine.Count == 0 && _options.World == 1 && File.Exists(descriptionPath) && folder.Whole() == whole)
        {
            folder.Finish(whole);
            _log.Information("{Dataset:l}: nothing has changed", dataset);
            return new(Dataset.Describe(descriptionPath), 0, listing.Entries.Count);
        }
        if (_options.Rank == 0)
            File.Delete(descriptionPath); // from here on the folder is unfinished

        var counts = Work(parts, wanted, files, mine, folder, listing.Entries.Count, progress, cancel);
        if (_options.Rank > 0)
            return new(null, counts.Made, counts.Reused);
        WaitForOthers(folder, wanted, cancel);
        var description = Finish(corpus, dataset, listing, parts.Count, folder);
        folder.Finish(whole);
        return new(description, counts.Made, counts.Reused);
    }

    /// <summary>Shards by the hash of the id: an entry more or less changes one of them. Their number is a power of two, so that it seldom changes.</summary>
    static List<List<CorpusEntry>> Divide(IReadOnlyList<CorpusEntry> entries)
    {
        var count = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)((entries.Count + EntriesAShard - 1) / EntriesAShard));
        var parts = Enumerable.Range(0, count).Select(_ => new List<CorpusEntry>()).ToList();
        foreach (var entry in entries)
            parts[(int)(StableHash.Of(entry.Id) % (uint)count)].Add(entry);
        return parts;
    }

    (int Made, int Reused) Work(List<List<CorpusEntry>> parts, List<string> wanted, Dictionary<string, FileState> files, List<int> mine, ShardFolder folder,
        int total, IProgress<PreprocessProgress>? progress, CancellationToken cancel)
    {
        var skipped = Enumerable.Range(0, parts.Count).Where(p => p % _options.World == _options.Rank).Except(mine).Sum(p => parts[p].Count);
        var (done, made, reused, rejected, seconds) = (skipped, 0, skipped, 0, 0.0);
        if (mine.Count == 0)
            return (made, reused);
        using var frontend = parts.Any(p => p.Any(e => e.Symbols.Length == 0)) ? JapaneseFrontend.Open(_options.Frontend ?? new()) : null;
        using var processor = new RecordingProcessor(_config, frontend);
        var threads = torch.get_num_threads();
        torch.set_num_threads(1); // each worker is one thread, and sums come out the same on every machine
        try
        {
            // Shards follow each other without a pause: while one is written its successor is made already.
            using var line = new OrderedWork<CorpusEntry, Made>(_options.Workers, entry => Make(entry, files[entry.Id], folder, processor), cancel);
            List<int> order = [.. folder.InOrder(mine)];
            line.Start(order.SelectMany(p => parts[p]));
            foreach (var (place, part) in order.Index())
            {
                var rows = new List<LedgerRow>(parts[part].Count);
                var content = "";
                AtomicFile.Write(folder.ShardPath(part), stream =>
                {
                    using var writer = new ShardWriter(stream, _config.Samples);
                    foreach (var _ in parts[part])
                    {
                        var outcome = line.Next();
                        if (outcome.Row.Utterance is { } utterance)
                        {
                            outcome = outcome with { Row = outcome.Row with { Utterance = utterance with { Shard = part, Row = writer.Rows } } };
                            writer.Add(utterance.Id, outcome.Features!);
                            seconds += utterance.Seconds;
                        }
                        else
                            rejected++;
                        rows.Add(outcome.Row);
                        done++;
                        (made, reused) = outcome.IsNew ? (made + 1, reused) : (made, reused + 1);
                        progress?.Report(new(done, total, seconds, rejected));
                    }
                    writer.Content = content = Hash(string.Join('\n', rows.Select(r => r.Key + r.Sound)));
                });
                Ledger.Write(folder.LedgerPath(part), new(wanted[part], content), rows);
                folder.Release(part, place + 1 < order.Count ? order[place + 1] : null);
            }
        }
        finally
        {
            torch.set_num_threads(threads);
        }
        return (made, reused);
    }

    sealed record Made(LedgerRow Row, UtteranceFeatures? Features, bool IsNew);

    Made Make(CorpusEntry entry, FileState file, ShardFolder folder, RecordingProcessor processor)
    {
        var key = Key(entry);
        if (folder.Find(entry.Id, key) is { } earlier && file.IsUnchanged(earlier.Row, entry.Path))
        {
            var row = earlier.Row with { Modified = file.Modified };
            if (row.Utterance is null)
                return new(row, null, false);
            if (earlier.Read() is { } features)
                return new(row, features, false);
        }
        var outcome = processor.Process(entry);
        var sound = outcome.Features is { } f ? Convert.ToHexStringLower(SHA256.HashData(Shard.Encode(f.Samples, _config.Samples))) : "";
        return new(new(key, file.Bytes, file.Modified, sound, outcome.Utterance, outcome.Rejection), outcome.Features, true);
    }

    string Fingerprint(List<CorpusEntry> part, Dictionary<string, FileState> files) => Hash(string.Join('\n', part.Select(e =>
        string.Create(CultureInfo.InvariantCulture, $"{Key(e)} {files[e.Id].Bytes} {files[e.Id].Modified}"))));

    string Key(CorpusEntry entry) => Hash(string.Join('\0', entry.Id, entry.Source, entry.Text, entry.Symbols, entry.Speaker, entry.Style,
        entry.StartSeconds.ToString("R", CultureInfo.InvariantCulture), entry.EndSeconds?.ToString("R", CultureInfo.InvariantCulture), ConfigText));

    /// <summary>Everything beside the entry that decides what becomes of it. Splits do not: they are decided over all entries.</summary>
    string ConfigText => field ??= JsonSerializer.Serialize(_config with { Split = new() }, DatasetJson.Default.PreprocessConfig) + SymbolTable.Fingerprint + Tool + Dataset.Format;

    static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32];

    static void WaitForOthers(ShardFolder folder, List<string> wanted, CancellationToken cancel)
    {
        for (var part = 0; part < wanted.Count;)
        {
            cancel.ThrowIfCancellationRequested();
            if (folder.IsDone(part, wanted[part]))
                part++;
            else
                cancel.WaitHandle.WaitOne(OthersPoll);
        }
    }

    DatasetDescription Finish(string corpus, string dataset, CorpusListing listing, int shards, ShardFolder folder)
    {
        var rows = Enumerable.Range(0, shards).SelectMany(s => Ledger.Read(folder.LedgerPath(s))
            ?? throw new InvalidDataException($"{folder.LedgerPath(s)}: damaged while the run went on: run the same command again")).ToList();
        var (utterances, duplicates) = WithoutDuplicates(rows);
        var rejects = listing.Problems.Concat(rows.Select(r => r.Rejection).OfType<RejectedRecording>()).Concat(duplicates)
            .OrderBy(r => r.Source, StringComparer.Ordinal).ThenBy(r => r.Reason, StringComparer.Ordinal).ThenBy(r => r.Detail, StringComparer.Ordinal).ToList();
        if (utterances.Count == 0)
            throw new InvalidDataException($"{corpus}: none of {rows.Count} recordings can be used: "
                + string.Join(", ", rejects.CountBy(r => r.Reason).OrderByDescending(r => r.Value).Select(r => $"{r.Value} {r.Key}")) + $"; the first: {rejects[0].Source}: {rejects[0].Detail}");
        var splits = SplitAssignment.Assign(utterances, _config.Split);
        utterances = [.. utterances.Select((u, i) => u with { Split = splits[i] })];
        AtomicFile.Write(Path.Combine(dataset, "manifest.parquet"), s => Manifest.Write(s, utterances));
        AtomicFile.Write(Path.Combine(dataset, "rejects.parquet"), s => Manifest.WriteRejects(s, rejects));
        var description = new DatasetDescription(Dataset.Format, Tool, _config, SymbolTable.Fingerprint, Path.GetFileName(Path.GetFullPath(corpus).TrimEnd('/')),
            listing.Layout.ToString(), utterances.Count, rejects.Count, shards, utterances.Sum(u => u.Seconds), Count(utterances, u => u.Speaker), Count(utterances, u => u.Style),
            Count(utterances, u => Manifest.Name(u.Split)));
        AtomicFile.Write(Path.Combine(dataset, "evaluation.tsv"), s => WriteEvaluation(s, utterances));
        var paths = listing.Entries.DistinctBy(e => e.Source).ToDictionary(e => e.Source, e => e.Path, StringComparer.Ordinal);
        AtomicFile.Write(Path.Combine(dataset, "report.html"), s => DatasetReport.Write(s, description, utterances, rejects, ReadOne, source => paths.GetValueOrDefault(source)));
        AtomicFile.Write(Path.Combine(dataset, "dataset.json"), s => JsonSerializer.Serialize(s, description, DatasetJson.Default.DatasetDescription));
        return description;

        UtteranceFeatures ReadOne(Utterance utterance)
        {
            using var reader = ShardReader.Open(folder.ShardPath(utterance.Shard));
            return reader.Read(utterance.Row);
        }
    }

    /// <summary>Up to a hundred utterances that voices are compared on (id, speaker, style, text), from the test split where there is one. Chosen by hash:
    /// they stay the same while the corpus grows.</summary>
    static void WriteEvaluation(Stream stream, List<Utterance> utterances)
    {
        var split = utterances.Any(u => u.Split == Split.Test) ? Split.Test : Split.Validation;
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine("id\tspeaker\tstyle\ttext");
        foreach (var u in utterances.Where(u => u.Split == split).OrderBy(u => StableHash.Of(u.Id, 1)).Take(EvaluationUtterances).OrderBy(u => u.Id, StringComparer.Ordinal))
            writer.WriteLine($"{u.Id}\t{u.Speaker}\t{u.Style}\t{u.Text.Replace('\t', ' ')}");
    }

    /// <summary>Of recordings with the same sound the first by id is kept.</summary>
    (List<Utterance> Kept, List<RejectedRecording> Duplicates) WithoutDuplicates(List<LedgerRow> rows)
    {
        var (kept, duplicates, seen) = (new List<Utterance>(rows.Count), new List<RejectedRecording>(), new Dictionary<string, string>());
        foreach (var row in rows.Where(r => r.Utterance is not null).OrderBy(r => r.Utterance!.Id, StringComparer.Ordinal))
        {
            if (_config.Quality.Duplicates && !seen.TryAdd(row.Sound, row.Utterance!.Source))
                duplicates.Add(new(row.Utterance.Source, "duplicate", $"the same sound as {seen[row.Sound]}"));
            else
                kept.Add(row.Utterance!);
        }
        return (kept, duplicates);
    }

    static SortedDictionary<string, int> Count(List<Utterance> utterances, Func<Utterance, string> of) =>
        new(utterances.CountBy(of).ToDictionary(), StringComparer.Ordinal);

    /// <summary>Keeps a second run out of the folder until this one is over, however it ends.</summary>
    FileStream Hold(string dataset)
    {
        var path = Path.Combine(dataset, _options.Rank == 0 ? ".lock" : string.Create(CultureInfo.InvariantCulture, $".lock.{_options.Rank}"));
        try
        {
            return new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new IOException($"{dataset}: another run of kanade preprocess is writing here: wait for it, or give another --out", e);
        }
    }
}

/// <summary>Size and time of a recording's file; -1 where there is none.</summary>
readonly record struct FileState(long Bytes, long Modified)
{
    internal static FileState Of(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? new(file.Length, file.LastWriteTimeUtc.Ticks) : new(-1, -1);
    }

    /// <summary>Whether the file is what the row was made of: the same size and time, or, copied or touched, the same bytes.</summary>
    internal bool IsUnchanged(LedgerRow row, string path)
    {
        if (Bytes < 0 || row.Bytes != Bytes)
            return false;
        if (row.Modified == Modified)
            return true;
        if (row.Utterance is null)
            return false;
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream)) == row.Utterance.SourceSha256;
    }
}
