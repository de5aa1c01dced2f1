using System.IO.Compression;
using System.Text;
using Kanade.Corpus;
using Kanade.Text;
using Serilog.Core;

namespace Kanade.Tests.Corpus;

public sealed class TextCacheTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    static string[] Sentences(int count, int from = 0) => [.. Enumerable.Range(from, count).Select(i => $"これは{i}番目の文で、猫が{i % 7}匹います。")];

    string Write(string name, params string[] lines)
    {
        var path = Path.Combine(_folder.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllLines(path, lines);
        return path;
    }

    PhonemeCorpus Open(string cache, int workers, params string[] paths) =>
        new TextCache(Path.Combine(_folder.Path, cache), new FrontendOptions(), Logger.None, charactersAShard: 400).Open(paths, workers);

    Dictionary<string, byte[]> Files(string cache) =>
        Directory.GetFiles(Path.Combine(_folder.Path, cache)).ToDictionary(f => Path.GetFileName(f), File.ReadAllBytes);

    [Fact]
    public void Any_number_of_workers_writes_the_same_bytes()
    {
        var text = Write("a.txt", Sentences(120));
        var one = Open("one", 1, text);
        Open("four", 4, text);
        Assert.True(one.Shards > 3);
        Assert.Equal(Files("one").OrderBy(f => f.Key), Files("four").OrderBy(f => f.Key));
    }

    [Fact]
    public void A_row_is_what_the_frontend_says_with_its_words()
    {
        var corpus = Open("cache", 1, Write("a.txt", "箸で橋の端を渡る。"));
        using var frontend = JapaneseFrontend.Open(new FrontendOptions());
        var read = frontend.Phonemize("箸で橋の端を渡る。");
        var shard = corpus.Read(0);
        Assert.Equal(read.Symbols, SymbolTable.SymbolsOf([0, .. shard.Symbols(0).ToArray().Select(s => s & PhonemeShard.IdBits), 0]));
        var begins = shard.Symbols(0).ToArray().Index().Where(s => (s.Item & PhonemeShard.BeginsWord) != 0).Select(s => s.Index);
        Assert.Equal(read.Words.Select(w => w.Start), begins);
        Assert.Equal(read.Words.Select(w => w.Surface), begins.Select(i => shard.Surfaces[corpus.Read(0).Words(0)[i] - 1]));
        Assert.Contains("橋", corpus.Words);
    }

    [Fact]
    public void The_same_text_is_not_read_twice_and_of_a_changed_one_only_what_changed()
    {
        var text = Write("a.txt", Sentences(60));
        var before = Open("cache", 2, text);
        var times = Directory.GetFiles(Path.Combine(_folder.Path, "cache"), "*.shard").ToDictionary(f => f, File.GetLastWriteTimeUtc);
        Assert.Equal(before.Hash, Open("cache", 2, text).Hash);
        Assert.All(times, t => Assert.Equal(t.Value, File.GetLastWriteTimeUtc(t.Key)));

        Write("a.txt", [.. Sentences(60), .. Sentences(40, 100)]);
        var after = Open("cache", 2, text);
        Assert.NotEqual(before.Hash, after.Hash);
        Assert.All(times, t => Assert.Equal(t.Value, File.GetLastWriteTimeUtc(t.Key)));
    }

    [Fact]
    public void What_a_killed_run_left_is_used_and_what_is_damaged_or_missing_is_made_again()
    {
        var text = Write("a.txt", Sentences(60));
        Open("cache", 2, text);
        var whole = Files("cache");
        var shards = Directory.GetFiles(Path.Combine(_folder.Path, "cache"), "*.shard");
        File.Delete(Directory.GetFiles(Path.Combine(_folder.Path, "cache"), "*.json").Single());
        File.Delete(shards[0]);
        File.WriteAllBytes(shards[1], File.ReadAllBytes(shards[1])[..100]);
        File.WriteAllText(shards[0] + ".part", "half");
        var kept = File.GetLastWriteTimeUtc(shards[2]);
        Open("cache", 2, text);
        Assert.Equal(whole.OrderBy(f => f.Key), Files("cache").OrderBy(f => f.Key));
        Assert.Equal(kept, File.GetLastWriteTimeUtc(shards[2]));
    }

    [Fact]
    public void A_cache_of_another_symbol_table_or_frontend_is_made_again()
    {
        var text = Write("a.txt", Sentences(20));
        Open("cache", 1, text);
        var index = Directory.GetFiles(Path.Combine(_folder.Path, "cache"), "*.json").Single();
        var old = Path.Combine(_folder.Path, "cache", new string('0', 32));
        File.WriteAllText(old + ".json", File.ReadAllText(index).Replace("\"key\":\"", "\"key\":\"other", StringComparison.Ordinal));
        File.WriteAllText(old + ".shard", "of the other table");
        File.WriteAllText(Path.Combine(_folder.Path, "cache", "mine.json"), "somebody else's file");
        File.Delete(index);
        Open("cache", 1, text);
        Assert.False(File.Exists(old + ".json"));
        Assert.False(File.Exists(old + ".shard"));
        Assert.True(File.Exists(index));
        Assert.True(File.Exists(Path.Combine(_folder.Path, "cache", "mine.json")));
    }

    [Fact]
    public void A_damaged_shard_is_refused_when_it_is_read()
    {
        var corpus = Open("cache", 1, Write("a.txt", Sentences(3)));
        var shard = Directory.GetFiles(Path.Combine(_folder.Path, "cache"), "*.shard").Single();
        var bytes = File.ReadAllBytes(shard);
        bytes[^50] ^= 1;
        File.WriteAllBytes(shard, bytes);
        Assert.Contains("damaged", Assert.Throws<InvalidDataException>(() => corpus.Read(0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plain_packed_and_differently_encoded_text_is_the_same_text()
    {
        var lines = Sentences(5);
        var bytes = Encoding.UTF8.GetBytes(string.Join('\n', lines));
        var hashes = new List<string> { Open("plain", 1, Write("plain.txt", lines)).Hash };
        var gz = Path.Combine(_folder.Path, "packed.txt.gz");
        using (var stream = new GZipStream(File.Create(gz), CompressionLevel.Fastest))
            stream.Write(bytes);
        hashes.Add(Open("gz", 1, gz).Hash);
        foreach (var (name, encoding) in new[] { ("sjis", CodePagesEncodingProvider.Instance.GetEncoding(932)!), ("euc", CodePagesEncodingProvider.Instance.GetEncoding(51932)!), ("utf16", Encoding.Unicode), ("bom", new UTF8Encoding(true)) })
        {
            var path = Path.Combine(_folder.Path, name + ".txt");
            File.WriteAllText(path, string.Join("\r\n", lines), encoding);
            hashes.Add(Open(name, 1, path).Hash);
        }
        Assert.Single(hashes.Distinct());
    }

    [Fact]
    public void A_folder_gives_its_texts_and_each_file_counts_once()
    {
        Write("books/one.txt", Sentences(4));
        Write("books/deep/two.txt", Sentences(4, 4));
        Write("books/LICENSE", "not a text");
        var books = Path.Combine(_folder.Path, "books");
        var corpus = Open("cache", 1, books, Path.Combine(books, "one.txt"));
        Assert.Equal(8, Enumerable.Range(0, corpus.Shards).Sum(s => corpus.Read(s).Rows));
    }

    [Fact]
    public void A_line_of_a_megabyte_comes_in_pieces_and_loses_nothing()
    {
        var line = string.Concat(Enumerable.Repeat("長い話は続く。", 150_000));
        var path = Write("long.txt", line, "終わり。");
        var pieces = TextFile.Lines(path).ToArray();
        Assert.Equal(line + "終わり。", string.Concat(pieces.Select(p => p.Text)));
        Assert.All(pieces, p => Assert.InRange(p.Text.Length, 1, TextFile.LongestLine));
        Assert.All(pieces[..^1], p => Assert.Equal(1, p.Number));
        Assert.Equal(2, pieces[^1].Number);
    }

    [Fact]
    public void What_is_no_text_is_refused_in_a_line_that_names_it()
    {
        var binary = Path.Combine(_folder.Path, "noise.txt");
        File.WriteAllBytes(binary, [.. Enumerable.Range(0, 4000).Select(i => (byte)(i * i * 7 + 0x80 * (i % 2)))]);
        AssertRefused("UTF-8", binary);
        var turns = Path.Combine(_folder.Path, "turns.txt");
        File.WriteAllBytes(turns, [.. Encoding.UTF8.GetBytes(new string('あ', 40_000)), 0xFF, 0xFF]);
        AssertRefused("turns.txt: near line 1", turns);
        var gz = Path.Combine(_folder.Path, "broken.txt.gz");
        using (var stream = new GZipStream(File.Create(gz), CompressionLevel.Fastest))
            stream.Write(Encoding.UTF8.GetBytes(string.Join('\n', Sentences(2000))));
        File.WriteAllBytes(gz, File.ReadAllBytes(gz)[..2000]);
        AssertRefused("broken.txt.gz: cannot be unpacked", gz);
        AssertRefused("nothing in there is text", Write("empty.txt"));
        AssertRefused("can be read aloud", Write("marks.txt", "…", "。。。"));
        Directory.CreateDirectory(Path.Combine(_folder.Path, "void"));
        AssertRefused("no text in this folder", Path.Combine(_folder.Path, "void"));
        Assert.Contains("no such text file", Assert.Throws<FileNotFoundException>(() => Open("cache", 1, Path.Combine(_folder.Path, "away.txt"))).Message, StringComparison.Ordinal);

        void AssertRefused(string what, string path)
        {
            var problem = Assert.Throws<InvalidDataException>(() => ExceptionOf(() => Open("cache", 2, path)));
            Assert.Contains(what, problem.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', problem.Message);
        }

        // As the program does it.
        static void ExceptionOf(Action action)
        {
            try
            {
                action();
            }
            catch (AggregateException e) when (e.InnerExceptions is [var only])
            {
                throw only;
            }
        }
    }

    [Theory]
    [InlineData("ただの文。", "ただの文。")]
    [InlineData("時刻は10:30です。", "時刻は10:30です。")]
    [InlineData("BASIC5000_0001:水を買う。", "水を買う。")]
    [InlineData("ROHAN4600_0003:酒(さけ)ならウォッカを好(この)みますな。,サケナラウォッカヲコノミマスナ。", "｜酒《さけ》ならウォッカを｜好《この》みますな。")]
    public void A_line_of_a_transcript_gives_what_is_said(string line, string text) => Assert.Equal(text, TranscriptLine.TextOf(line));

    public void Dispose() => _folder.Dispose();
}
