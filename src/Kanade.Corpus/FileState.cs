using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Kanade.Corpus;

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
        return Sha256(path) == row.Utterance.SourceSha256;
    }

    internal static string Sha256(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}

/// <summary>Hashes of recordings of which many utterances are made: each is read once for that, not once an utterance. Thread-safe.</summary>
sealed class SharedHashes
{
    const int Most = 256;

    readonly ConcurrentDictionary<string, Lazy<string>> _known = new(StringComparer.Ordinal);

    internal string Of(string path)
    {
        if (_known.Count > Most)
            _known.Clear();
        return _known.GetOrAdd(path, p => new(() => FileState.Sha256(p))).Value;
    }
}
