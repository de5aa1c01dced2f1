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
    /// <summary>Raised when something else is made of a recording than before: then nothing of an earlier run is taken over.</summary>
    const int Recipe = 5;

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
        CorpusFolder.RequireFolder(corpus);
        if (File.Exists(dataset))
            throw new InvalidDataException($"{dataset}: is a file: give the dataset a folder of its own");
        try
        {
            Directory.CreateDirectory(dataset);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{dataset}: a folder cannot be made there: give another --out", e);
        }
        using var held = Hold(dataset);
        using var whole = CorpusReader.Read(corpus, _options.Layout, dataset);
        Describe(corpus, whole);
        using var frontend = new LazyFrontend(_options.Frontend ?? new());
        using var listing = new LongRecordings(dataset, _config, _options, frontend, _log).Cut(whole, cancel);

        var parts = Divide(listing.Entries);
        var folder = new ShardFolder(dataset, parts.Count, _options.Rank, _options.World);
        var wanted = parts.ConvertAll(p => Fingerprint(p.Select(i => listing.Entries[i])));
        var all = Whole(wanted, listing.Problems);
        var descriptionPath = Path.Combine(dataset, "dataset.json");
        var own = Enumerable.Range(0, parts.Count).Where(p => p % _options.World == _options.Rank).ToList();
        var mine = own.Where(p => !folder.IsDone(p, wanted[p])).ToList();
        if (File.Exists(descriptionPath) && folder.Whole() == all && Enumerable.Range(0, parts.Count).All(p => folder.IsDone(p, wanted[p])))
        {
            if (_options.Rank > 0)
                return new(null, 0, own.Sum(p => parts[p].Count));
            folder.Finish(all);
            _log.Information("{Dataset:l}: nothing has changed", dataset);
            return new(Dataset.Describe(descriptionPath), 0, listing.Entries.Count);
        }
        if (_options.Rank == 0)
            File.Delete(descriptionPath); // from here on the folder is unfinished

        var counts = Work(listing.Entries, parts, wanted, own, mine, folder, frontend, progress, cancel);
        if (_options.Rank > 0)
            return new(null, counts.Made, counts.Reused);
        WaitForOthers(folder, wanted, cancel);
        var description = new DatasetAssembly(dataset, folder, parts.Count, _config).Write(corpus, Tool, listing);
        folder.Finish(all);
        return new(description, counts.Made, counts.Reused);
    }

    void Describe(string corpus, CorpusListing listing)
    {
        if (_options.Rank > 0)
            return;
        _log.Information("{Corpus:l}: layout {Layout:l}, {Entries} recordings with a text", corpus, CorpusReader.Name(listing.Layout), listing.Entries.Count);
        if (listing.Problems.Count > 0)
            _log.Warning("{Corpus:l}: {Problems} that cannot be used: {Counts:l}; the first: {Source:l}: {Detail:l}", corpus, listing.Problems.Count,
                RejectedRecording.Counts(listing.Problems), listing.Problems.First().Source, listing.Problems.First().Detail);
        if (listing.Unlisted > 0)
            _log.Warning("{Corpus:l}: {Unlisted} recordings that nothing names are left out", corpus, listing.Unlisted);
    }

    /// <summary>Shards by the hash of the id, as places of entries: an entry more or less changes one of them. Their number is a power of two, so that it seldom changes.</summary>
    static List<List<int>> Divide(IReadOnlyList<CorpusEntry> entries)
    {
        var count = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)((entries.Count + EntriesAShard - 1) / EntriesAShard));
        var parts = Enumerable.Range(0, count).Select(_ => new List<int>()).ToList();
        foreach (var (place, entry) in entries.Index())
            parts[(int)(StableHash.Of(entry.Id) % (uint)count)].Add(place);
        return parts;
    }

    (int Made, int Reused) Work(IReadOnlyList<CorpusEntry> entries, List<List<int>> parts, List<string> wanted, List<int> own, List<int> mine, ShardFolder folder,
        LazyFrontend frontend, IProgress<PreprocessProgress>? progress, CancellationToken cancel)
    {
        var total = own.Sum(p => parts[p].Count); // of this process: the others go at about the same speed
        var skipped = total - mine.Sum(p => parts[p].Count);
        var (done, made, reused, rejected, seconds) = (skipped, 0, skipped, 0, 0.0);
        if (mine.Count == 0)
            return (made, reused);
        using var processor = new RecordingProcessor(_config, entries.Any(e => e.Symbols.Length == 0) ? frontend.Value : null);
        // Shards follow each other without a pause: while one is written its successor is made already.
        using var line = new OrderedWork<CorpusEntry, Made>(_options.Workers, entry => Make(entry, folder, processor), cancel);
        List<int> order = [.. folder.InOrder(mine)];
        line.Start(order.SelectMany(p => parts[p]).Select(i => entries[i]));
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
                        writer.Add(utterance.Id, outcome.Features!, outcome.Encoded);
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
        return (made, reused);
    }

    /// <summary>A row with its features; <see cref="Encoded"/> are the samples as they are stored, where they had to be hashed.</summary>
    sealed record Made(LedgerRow Row, UtteranceFeatures? Features, byte[]? Encoded, bool IsNew);

    Made Make(CorpusEntry entry, ShardFolder folder, RecordingProcessor processor)
    {
        var (key, file) = (Key(entry), FileState.Of(entry.Path));
        if (folder.Find(entry.Id, key) is { } earlier && file.IsUnchanged(earlier.Row, entry.Path))
        {
            var row = earlier.Row with { Modified = file.Modified };
            if (row.Utterance is null)
                return new(row, null, null, false);
            if (earlier.Read() is { } features)
                return new(row, features, null, false);
        }
        var outcome = processor.Process(entry);
        var encoded = outcome.Features is { } f ? Shard.Encode(f.Samples, _config.Samples) : null;
        var sound = encoded is null ? "" : Convert.ToHexStringLower(SHA256.HashData(encoded));
        return new(new(key, file.Bytes, file.Modified, sound, outcome.Utterance, outcome.Rejection), outcome.Features, encoded, true);
    }

    string Fingerprint(IEnumerable<CorpusEntry> part)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var entry in part)
        {
            var file = FileState.Of(entry.Path);
            Append(hash, string.Create(CultureInfo.InvariantCulture, $"{Key(entry)} {file.Bytes} {file.Modified}\n"));
        }
        return Short(hash.GetHashAndReset());
    }

    /// <summary>Everything that the manifest and the rejects are made of.</summary>
    string Whole(List<string> wanted, IEnumerable<RejectedRecording> problems)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var fingerprint in wanted)
            Append(hash, fingerprint);
        Append(hash, _config.Split.ToString());
        foreach (var problem in problems)
            Append(hash, $"{problem.Source}\0{problem.Reason}\0{problem.Detail}\n");
        return Short(hash.GetHashAndReset());
    }

    string Key(CorpusEntry entry) => Hash(string.Join('\0', entry.Id, entry.Source, entry.Text, entry.Symbols, entry.Speaker, entry.Style,
        entry.StartSeconds.ToString("R", CultureInfo.InvariantCulture), entry.EndSeconds?.ToString("R", CultureInfo.InvariantCulture),
        entry.F0Path is { } f0 ? FileState.Sha256(f0) : "", ConfigHash));

    /// <summary>Everything beside the entry that decides what becomes of it. Splits do not: they are decided over all entries.</summary>
    string ConfigHash => field ??= Hash(JsonSerializer.Serialize(_config with { Split = new() }, DatasetJson.Default.PreprocessConfig)
        + string.Create(CultureInfo.InvariantCulture, $"{SymbolTable.Fingerprint}{Tool} {Recipe} {Dataset.Format} {FrontendKey.OfChoices(_options.Frontend ?? new())}"));

    static void Append(IncrementalHash hash, string text) => hash.AppendData(Encoding.UTF8.GetBytes(text));

    static string Short(byte[] hash) => Convert.ToHexStringLower(hash)[..32];

    static string Hash(string text) => Short(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

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
