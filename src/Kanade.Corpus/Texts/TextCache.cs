using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Kanade.Text;
using Serilog;

namespace Kanade.Corpus;

/// <summary>
/// A folder in which text files are kept as <see cref="PhonemeShard"/>s. A shard is a stretch of lines and is named by the hash of them and of
/// whatever decides how they are read: what a killed run has made is found again, of a changed text only what changed is made again, and the
/// number of threads changes nothing. <c>NAME.json</c>, written last and named by the files' contents, says which shards the texts are.
/// </summary>
public sealed class TextCache
{
    const string IndexExtension = ".json", Extension = ".shard";

    /// <summary>A shard is full with this many characters; at the end of a file half of that is enough.</summary>
    const int CharactersAShard = 1 << 18;

    const int NamedLines = 10, NameLength = 32;
    static readonly TimeSpan Talk = TimeSpan.FromSeconds(10), Poll = TimeSpan.FromMilliseconds(200);

    readonly string _folder;
    readonly FrontendOptions _options;
    readonly ILogger _log;
    readonly string _key;
    readonly int _charactersAShard;
    int _named;

    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="options">How texts are read.</param>
    /// <param name="log">Talk for people.</param>
    /// <param name="charactersAShard">For tests: smaller shards.</param>
    /// <exception cref="InvalidDataException">There is no dictionary.</exception>
    public TextCache(string folder, FrontendOptions options, ILogger log, int charactersAShard = CharactersAShard)
    {
        (_folder, _options, _log, _charactersAShard) = (folder, options, log, charactersAShard);
        _key = FrontendKey.Of(options) + charactersAShard;
    }

    /// <summary>The texts, from the cache where it has them.</summary>
    /// <param name="paths">Files and folders (<see cref="TextFile"/>).</param>
    /// <param name="workers">Threads.</param>
    /// <param name="cancel">Ends the work; what is done stays.</param>
    /// <exception cref="InvalidDataException">A file cannot be read as text, or nothing in them is.</exception>
    public PhonemeCorpus Open(IReadOnlyList<string> paths, int workers, CancellationToken cancel = default)
    {
        var files = TextFile.Find(paths);
        Directory.CreateDirectory(_folder);
        using var alone = Hold(cancel);
        var sources = files.Select(file => FrontendKey.Hash(file, cancel)).ToArray();
        var indexPath = Path.Combine(_folder, PhonemeCorpus.HashOf(sources.Prepend(_key))[..NameLength] + IndexExtension);
        var index = ReadIndex(indexPath);
        if (index is null || !index.Shards.All(s => File.Exists(PathOf(s.Name))))
        {
            index = Make(files, workers, cancel);
            AtomicFile.Write(indexPath, stream => JsonSerializer.Serialize(stream, index, TextCacheJson.Default.TextIndex));
            Clean();
        }
        else
        {
            _log.Information("text: nothing has changed, {Shards} shards in {Folder:l}", index.Shards.Count, _folder);
        }
        var (lines, silent, unread) = (index.Shards.Sum(s => (long)s.Counts.Lines), index.Shards.Sum(s => (long)s.Counts.Silent), index.Shards.Sum(s => (long)s.Counts.Unread));
        _log.Information("text: {Lines} lines of {Files} files, {Symbols} symbols; {Silent} lines without speech left out, {Unread} with a piece that has no reading",
            lines, files.Count, index.Shards.Sum(s => s.Symbols), silent, unread);
        if (lines == silent)
            throw new InvalidDataException($"{string.Join(", ", paths)}: nothing in {(lines == 0 ? "there is text" : $"its {lines} lines can be read aloud")}: give Japanese text, a sentence a line");
        var names = index.Shards.Select(s => s.Name).ToArray();
        return new PhonemeCorpus(string.Join(", ", paths), names.Length, i => PhonemeShard.Read(PathOf(names[i])), index.Words, PhonemeCorpus.HashOf(index.Shards.Select(s => s.Hash)), isSplit: false);
    }

    TextIndex Make(IReadOnlyList<string> files, int workers, CancellationToken cancel)
    {
        using var frontend = JapaneseFrontend.Open(_options);
        foreach (var left in Directory.GetFiles(_folder, "*" + AtomicFile.Unfinished))
            File.Delete(left);
        var names = new List<string>();
        var (made, reused, madeLines, symbols, clock, told) = (0, 0, 0L, 0L, Stopwatch.StartNew(), TimeSpan.Zero);
        var entries = new ConcurrentDictionary<string, TextShardEntry>();
        var counter = new Lock();

        // Each worker holds one stretch of lines: memory does not grow with the text. What occurs twice is made once.
        IEnumerable<(string Name, List<TextLine> Lines)> Jobs()
        {
            var seen = new HashSet<string>();
            foreach (var lines in Stretches(files))
            {
                var name = NameOf(lines);
                names.Add(name);
                if (seen.Add(name))
                    yield return (name, lines);
            }
        }
        Parallel.ForEach(Partitioner.Create(Jobs(), EnumerablePartitionerOptions.NoBuffering), new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancel }, job =>
        {
            var (shard, isNew) = Make(job.Name, job.Lines, frontend, cancel);
            var entry = new TextShardEntry(job.Name, shard.Hash(), Enumerable.Range(0, shard.Rows).Sum(r => (long)shard.Length(r)), shard.Counts);
            entries[job.Name] = entry;
            lock (counter)
            {
                (made, reused, madeLines, symbols) = (made + (isNew ? 1 : 0), reused + (isNew ? 0 : 1), madeLines + (isNew ? entry.Counts.Lines : 0), symbols + entry.Symbols);
                if (clock.Elapsed - told < Talk)
                    return;
                told = clock.Elapsed;
                _log.Information("text: {Symbols} symbols, {PerSecond:F0} lines/s", symbols, madeLines / clock.Elapsed.TotalSeconds);
            }
        });
        var counts = new WordCounts();
        foreach (var name in names)
            counts.Add(PhonemeShard.Read(PathOf(name)));
        _log.Information("text: {Made} shards made ({PerSecond:F0} lines/s on {Workers} threads), {Reused} were there already", made, madeLines / clock.Elapsed.TotalSeconds, workers, reused);
        return new TextIndex(_key, [.. names.Select(n => entries[n])], counts.Top(PhonemeCorpus.MostWords));
    }

    (PhonemeShard Shard, bool IsNew) Make(string name, List<TextLine> lines, JapaneseFrontend frontend, CancellationToken cancel)
    {
        var path = PathOf(name);
        if (File.Exists(path))
        {
            try
            {
                return (PhonemeShard.Read(path), false);
            }
            catch (InvalidDataException)
            {
                // A damaged shard is made again.
            }
        }
        var builder = new PhonemeShardBuilder();
        foreach (var line in lines)
        {
            cancel.ThrowIfCancellationRequested();
            var read = frontend.Phonemize(TranscriptLine.TextOf(line.Text));
            var heard = builder.Add(read);
            if ((!heard || read.Unread.Count > 0) && Interlocked.Increment(ref _named) <= NamedLines)
                _log.Warning("{File:l}: line {Line}: {What:l}", line.File, line.Number, heard ? $"no reading for '{Brief(read.Unread[0])}', the rest is used" : $"nothing that is spoken, left out: '{Brief(line.Text)}'");
        }
        var shard = builder.Build();
        AtomicFile.Write(path, shard.Write);
        return (shard, true);
    }

    /// <summary>Lines in stretches of a shard each. A stretch is of one file, but for the tails of files and for small ones.</summary>
    IEnumerable<List<TextLine>> Stretches(IReadOnlyList<string> files)
    {
        var (lines, characters) = (new List<TextLine>(), 0);
        foreach (var file in files)
        {
            foreach (var line in TextFile.Lines(file))
            {
                lines.Add(line);
                characters += line.Text.Length;
                if (characters < _charactersAShard)
                    continue;
                yield return lines;
                (lines, characters) = ([], 0);
            }
            if (characters < _charactersAShard / 2)
                continue;
            yield return lines;
            (lines, characters) = ([], 0);
        }
        if (lines.Count > 0)
            yield return lines;
    }

    string NameOf(List<TextLine> lines)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(_key));
        foreach (var line in lines)
            hash.AppendData(Encoding.Unicode.GetBytes("\n" + line.Text));
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, NameLength / 2));
    }

    string PathOf(string name) => Path.Combine(_folder, name + Extension);

    static string Brief(string text) => text.Length <= 40 ? text : text[..(char.IsHighSurrogate(text[39]) ? 39 : 40)] + "…";

    TextIndex? ReadIndex(string path)
    {
        try
        {
            var index = File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), TextCacheJson.Default.TextIndex) : null;
            return index?.Key == _key ? index : null;
        }
        catch (JsonException)
        {
            return null; // not ours, or damaged: it is made again
        }
    }

    /// <summary>Removes what another frontend, dictionary or symbol table has made, and shards that no index names.</summary>
    void Clean()
    {
        var kept = new HashSet<string>();
        foreach (var path in Ours(IndexExtension))
        {
            if (ReadIndex(path) is { } index)
                kept.UnionWith(index.Shards.Select(s => PathOf(s.Name)));
            else
                File.Delete(path);
        }
        foreach (var old in Ours(Extension).Where(f => !kept.Contains(f)))
            File.Delete(old);
    }

    IEnumerable<string> Ours(string extension) => Directory.GetFiles(_folder, "*" + extension)
        .Where(f => Path.GetFileNameWithoutExtension(f) is { Length: NameLength } name && name.All(char.IsAsciiHexDigitLower));

    /// <summary>One process at a time makes shards; another that wants the same ones waits, and finds them.</summary>
    FileStream Hold(CancellationToken cancel)
    {
        var path = Path.Combine(_folder, ".lock");
        for (var told = false; ; told = true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            }
            catch (IOException) when (File.Exists(path))
            {
                if (!told)
                    _log.Information("text: waiting for another kanade that works in {Folder:l}", _folder);
                cancel.WaitHandle.WaitOne(Poll);
                cancel.ThrowIfCancellationRequested();
            }
        }
    }
}
