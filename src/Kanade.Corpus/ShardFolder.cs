using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Kanade.Corpus;

/// <summary>The shards of a dataset that is being made, and those of an earlier run, from which unchanged utterances are taken over.</summary>
sealed class ShardFolder
{
    const string CountFile = "count", WholeFile = "whole";

    readonly string _dataset;
    readonly string _earlierFolder;
    readonly int _earlierCount, _count;
    readonly ConcurrentDictionary<int, Lazy<EarlierShard?>> _earlier = new();

    /// <summary>Prepares the folder. When the number of shards has changed, the old ones are put aside until the run is over.</summary>
    internal ShardFolder(string dataset, int count, int rank, int world)
    {
        (_dataset, _count) = (dataset, count);
        var (now, aside) = (Path.Combine(dataset, "shards"), Path.Combine(dataset, "shards.old"));
        if (rank == 0)
        {
            var counted = ReadCount(now);
            if (counted is not null && counted != count)
            {
                if (Directory.Exists(aside))
                    Directory.Delete(aside, recursive: true);
                Directory.Move(now, aside);
            }
            Directory.CreateDirectory(now);
            if (counted != count)
                AtomicFile.Write(Path.Combine(now, CountFile), s => s.Write(Encoding.ASCII.GetBytes(count.ToString(CultureInfo.InvariantCulture))));
        }
        while (ReadCount(now) != count)
            Thread.Sleep(100); // the first process prepares the folder
        for (var shard = rank; shard < count; shard += world)
        {
            File.Delete(ShardPath(shard) + AtomicFile.Unfinished);
            File.Delete(LedgerPath(shard) + AtomicFile.Unfinished);
        }
        (_earlierFolder, _earlierCount) = ReadCount(aside) is { } old ? (aside, old) : (now, count);
    }

    /// <summary>Shards in an order that needs each earlier one for a short while only: both numbers are powers of two, so that the entries of an
    /// earlier shard are found in those that leave the same remainder.</summary>
    internal IEnumerable<int> InOrder(IEnumerable<int> shards) => shards.OrderBy(Remainder).ThenBy(s => s);

    int Remainder(int shard) => shard % Math.Min(_count, _earlierCount);

    internal string ShardPath(int shard) => Shard.PathOf(_dataset, shard);

    internal string LedgerPath(int shard) => Ledger.PathOf(_dataset, shard);

    /// <summary>Whether a shard was made of just these entries.</summary>
    internal bool IsDone(int shard, string fingerprint) => File.Exists(ShardPath(shard)) && Ledger.Head(LedgerPath(shard))?.Fingerprint == fingerprint;

    /// <summary>What the manifest was last made of.</summary>
    internal string? Whole()
    {
        var path = Path.Combine(_dataset, "shards", WholeFile);
        return File.Exists(path) ? File.ReadAllText(path) : null;
    }

    /// <summary>The dataset is complete: drops what was put aside and what is left of a larger one.</summary>
    internal void Finish(string whole)
    {
        if (_earlierFolder.EndsWith(".old", StringComparison.Ordinal))
            Directory.Delete(_earlierFolder, recursive: true);
        AtomicFile.Write(Path.Combine(_dataset, "shards", WholeFile), s => s.Write(Encoding.ASCII.GetBytes(whole)));
    }

    /// <summary>What an earlier run made of an entry with this key.</summary>
    internal EarlierRow? Find(string id, string key)
    {
        var shard = (int)(StableHash.Of(id) % (uint)_earlierCount);
        var earlier = _earlier.GetOrAdd(shard, s => new(() => EarlierShard.Open(
            Path.Combine(_earlierFolder, Path.GetFileName(ShardPath(s))), Path.Combine(_earlierFolder, Path.GetFileName(LedgerPath(s)))))).Value;
        return earlier?.Find(key);
    }

    /// <summary>These shards are the next to be written: earlier ones that nobody needs any more are closed.</summary>
    internal void Release(int written, int? next)
    {
        if (next is { } n && Remainder(n) == Remainder(written))
            return;
        foreach (var shard in _earlier.Keys.Where(s => Remainder(s) == Remainder(written)))
            if (_earlier.TryRemove(shard, out var earlier))
                earlier.Value?.Dispose();
    }

    static int? ReadCount(string folder)
    {
        var path = Path.Combine(folder, CountFile);
        return File.Exists(path) && int.TryParse(File.ReadAllText(path), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;
    }
}

/// <summary>A row of an earlier run and the way to its features.</summary>
sealed record EarlierRow(LedgerRow Row, Func<UtteranceFeatures?> Read);

/// <summary>A shard of an earlier run. It stays readable while its successor takes its name.</summary>
sealed class EarlierShard : IDisposable
{
    readonly Dictionary<string, LedgerRow> _rows;
    readonly ShardReader _reader;

    EarlierShard(IReadOnlyList<LedgerRow> rows, ShardReader reader)
    {
        _rows = [];
        foreach (var row in rows)
            _rows.TryAdd(row.Key, row);
        _reader = reader;
    }

    /// <returns>Null when there is none, or shard and ledger do not belong together.</returns>
    internal static EarlierShard? Open(string shard, string ledger)
    {
        if (!File.Exists(shard) || Ledger.Head(ledger) is not { } head || Ledger.TryRead(ledger) is not { } rows)
            return null;
        try
        {
            var reader = ShardReader.Open(shard);
            if (reader.Content == head.Content)
                return new(rows, reader);
            reader.Dispose();
        }
        catch (InvalidDataException)
        {
            // A damaged shard is made again.
        }
        return null;
    }

    internal EarlierRow? Find(string key) => _rows.GetValueOrDefault(key) is { } row ? new(row, () => row.Utterance is { } u ? _reader.Read(u.Row) : null) : null;

    public void Dispose() => _reader.Dispose();
}
