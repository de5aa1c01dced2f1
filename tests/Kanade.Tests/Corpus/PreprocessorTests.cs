using Kanade.Audio;
using Kanade.Corpus;
using Serilog;

namespace Kanade.Tests.Corpus;

[Collection(nameof(Alone))]
public sealed class PreprocessorTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("kanade-preprocess").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    string At(params string[] parts) => Path.Combine([_folder, .. parts]);

    static PreprocessResult Run(string corpus, string dataset, PreprocessConfig? config = null, int workers = 2, int rank = 0, int world = 1,
        IProgress<PreprocessProgress>? progress = null, CancellationToken cancel = default) =>
        new Preprocessor(config ?? PreprocessConfig.Default, new(Workers: workers, Rank: rank, World: world), Log.Logger).Run(corpus, dataset, progress, cancel);

    /// <summary>A corpus of some sentences of the sample corpus.</summary>
    string Corpus(int sentences, string name = "corpus")
    {
        Directory.CreateDirectory(At(name, "audio"));
        var lines = File.ReadAllLines(Path.Combine(SampleCorpus.Folder, "metadata.tsv"))[..(1 + 2 * sentences)];
        File.WriteAllLines(At(name, "metadata.tsv"), lines);
        foreach (var line in lines[1..])
            File.Copy(Path.Combine(SampleCorpus.Folder, line.Split('\t')[0]), At(name, line.Split('\t')[0]));
        return At(name);
    }

    static Dictionary<string, byte[]> Contents(string dataset) => Directory.EnumerateFiles(dataset, "*", SearchOption.AllDirectories)
        .ToDictionary(f => Path.GetRelativePath(dataset, f), File.ReadAllBytes);

    static void AssertSame(string expected, string actual)
    {
        var (a, b) = (Contents(expected), Contents(actual));
        Assert.Equal(a.Keys.Order(), b.Keys.Order());
        Assert.All(a, file => Assert.True(file.Value.AsSpan().SequenceEqual(b[file.Key]), $"{file.Key} differs"));
    }

    [Fact]
    public void A_file_is_no_corpus_and_no_dataset_and_a_corpus_that_is_not_there_leaves_no_folder()
    {
        var file = At("file");
        File.WriteAllText(file, "");
        Assert.Contains("is a file", Assert.Throws<InvalidDataException>(() => Run(file, At("dataset"))).Message, StringComparison.Ordinal);
        Assert.Contains("is a file", Assert.Throws<InvalidDataException>(() => Run(SampleCorpus.Folder, file)).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be made", Assert.Throws<IOException>(() => Run(SampleCorpus.Folder, Path.Combine(file, "dataset"))).Message, StringComparison.Ordinal);
        Assert.Throws<DirectoryNotFoundException>(() => Run(At("nowhere"), At("dataset")));
        Assert.Equal([file], Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public void The_sample_corpus_becomes_a_dataset_without_a_single_reject()
    {
        var result = Run(SampleCorpus.Folder, At("dataset"));
        using var dataset = Dataset.Open(At("dataset"));
        Assert.Empty(Manifest.ReadRejects(At("dataset", "rejects.parquet")));
        Assert.Equal((64, 0, 64), (result.Made, result.Reused, dataset.All.Count));
        Assert.Equal(["mei", "takumi"], dataset.Speakers);
        Assert.Equal(["happy", "neutral"], dataset.Styles);
        Assert.True(dataset.Utterances(Split.Validation).Count >= 2);
        Assert.True(dataset.Utterances(Split.Train).Count >= 48);
        Assert.Empty(dataset.Utterances(Split.Validation).Select(SpokenText.KeyOf).Intersect(dataset.Utterances(Split.Train).Select(SpokenText.KeyOf)));
        foreach (var utterance in dataset.All)
        {
            var features = dataset.Read(utterance);
            Assert.Equal(utterance.Frames * 300, features.Samples.Length);
            Assert.Equal(0, utterance.Frames % 2);
            Assert.Equal(utterance.Frames, features.F0.Length);
            Assert.Equal(utterance.Frames, features.Energy.Length);
            Assert.Equal((0, 0), (utterance.Ids[0], utterance.Ids[^1]));
            Assert.True(utterance.Ids.Length > 5);
            Assert.InRange(utterance.Quality.MoraePerSecond, 4, 12);
            Assert.InRange(features.F0.Count(f => f > 0) / (double)utterance.Frames, 0.3, 0.95);
            // Takumi's happy style speaks around 250 Hz, Mei's around 470: an octave error would leave these bounds.
            Assert.InRange(utterance.Quality.F0MedianHz, utterance.Speaker == "mei" ? 180 : 80, utterance.Speaker == "mei" ? 560 : 320);
            // The level is the target, but where the peak holds it back.
            var level = Loudness.Measure(new(features.Samples, 24000));
            Assert.True(Math.Abs(level.IntegratedLufs + 23) < 0.5 || Math.Abs(level.TruePeakDb + 1) < 0.5, $"{utterance.Id}: {level}");
        }
    }

    [Fact]
    public async Task The_bytes_are_the_same_for_any_number_of_workers_and_processes()
    {
        var corpus = Corpus(8);
        Run(corpus, At("one"), workers: 1);
        Run(corpus, At("four"), workers: 4);
        var second = Task.Run(() => Run(corpus, At("shared"), workers: 1, rank: 1, world: 2));
        Run(corpus, At("shared"), workers: 1, rank: 0, world: 2);
        await second;
        AssertSame(At("one"), At("four"));
        AssertSame(At("one"), At("shared"));
        // Once more, and nothing is done by anybody.
        var again = Task.Run(() => Run(corpus, At("shared"), rank: 1, world: 2));
        Assert.Equal(0, Run(corpus, At("shared"), rank: 0, world: 2).Made);
        Assert.Equal(0, (await again).Made);
        AssertSame(At("one"), At("shared"));
    }

    [Fact]
    public void The_same_sound_with_two_texts_is_not_believed()
    {
        var corpus = Corpus(2);
        File.Copy(At("corpus", "audio", "mei_02.flac"), At("corpus", "audio", "twin.flac"));
        File.AppendAllText(At("corpus", "metadata.tsv"), "audio/twin.flac\t駅前の図書館で待っています。\tmei\tneutral\n");
        Run(corpus, At("dataset"));
        var rejects = Manifest.ReadRejects(At("dataset", "rejects.parquet"));
        Assert.Equal([("audio/mei_02.flac", "contradiction"), ("audio/twin.flac", "contradiction")], rejects.Select(r => (r.Source, r.Reason)));
        Assert.Contains("as audio/twin.flac, but not the same text", rejects[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_run_makes_nothing_and_a_changed_or_added_recording_only_itself()
    {
        var corpus = Corpus(6);
        Assert.Equal((12, 0), Counts(Run(corpus, At("dataset"))));
        var before = Contents(At("dataset"));
        Assert.Equal((0, 12), Counts(Run(corpus, At("dataset"))));
        Assert.Equal(before.Keys.Order(), Contents(At("dataset")).Keys.Order());

        File.Copy(SampleCorpus.Recording("mei_31.flac"), At("corpus", "audio", "mei_01.flac"), overwrite: true);
        Assert.Equal((1, 11), Counts(Run(corpus, At("dataset"))));
        File.AppendAllText(At("corpus", "metadata.tsv"), "audio/new.flac\tあはははは、それはおかしい。\tmei\thappy\n");
        File.Copy(SampleCorpus.Recording("mei_32.flac"), At("corpus", "audio", "new.flac"));
        Assert.Equal((1, 12), Counts(Run(corpus, At("dataset"))));
        File.SetLastWriteTimeUtc(At("corpus", "audio", "new.flac"), DateTime.UtcNow.AddHours(-1)); // touched, not changed
        Assert.Equal((0, 13), Counts(Run(corpus, At("dataset"))));

        Run(corpus, At("fresh"));
        AssertSame(At("fresh"), At("dataset"));
        static (int, int) Counts(PreprocessResult r) => (r.Made, r.Reused);
    }

    [Fact]
    public void Another_configuration_makes_everything_again()
    {
        var corpus = Corpus(2);
        Run(corpus, At("dataset"));
        var louder = PreprocessConfig.Default with { Level = new(TargetLufs: -20) };
        Assert.Equal(4, Run(corpus, At("dataset"), louder).Made);
        Assert.Equal(louder, Dataset.Open(At("dataset")).Config);
    }

    [Fact]
    public void A_larger_corpus_has_more_shards_and_takes_over_what_was_made()
    {
        // 140 entries, which is more than a shard has, from segments of two recordings.
        var corpus = Corpus(2);
        Run(corpus, At("dataset"));
        WriteSegments(140);
        Assert.Equal((136, 4), Counts(Run(corpus, At("dataset"), Loose)));
        WriteSegments(100);
        Assert.Equal((0, 100), Counts(Run(corpus, At("dataset"), Loose)));
        Run(corpus, At("fresh"), Loose);
        AssertSame(At("fresh"), At("dataset"));

        void WriteSegments(int count)
        {
            var lines = new List<string> { "audio\ttext\tspeaker\tstyle\tstart\tend" };
            lines.AddRange(File.ReadAllLines(Path.Combine(SampleCorpus.Folder, "metadata.tsv"))[1..5].Select(l => l + "\t\t"));
            for (var i = 4; i < count; i++)
                lines.Add(FormattableString.Invariant($"audio/mei_01.flac\tあ\tmei\thappy\t{0.1 + 0.005 * i:F3}\t{0.6 + 0.005 * i:F3}"));
            File.WriteAllLines(At("corpus", "metadata.tsv"), lines);
        }
        static (int, int) Counts(PreprocessResult r) => (r.Made, r.Reused);
    }

    static PreprocessConfig Loose => PreprocessConfig.Default;

    [Fact]
    public void An_interrupted_run_leaves_an_unfinished_dataset_that_the_next_one_finishes()
    {
        var corpus = Corpus(8);
        using var stop = new CancellationTokenSource();
        var progress = new Immediately(p =>
        {
            if (p.Done == 5)
                stop.Cancel();
        });
        Assert.ThrowsAny<OperationCanceledException>(() => Run(corpus, At("dataset"), cancel: stop.Token, progress: progress));
        Assert.Contains("unfinished", Assert.Throws<InvalidDataException>(() => Dataset.Open(At("dataset"))).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(At("dataset"), "*.part", SearchOption.AllDirectories));
        Run(corpus, At("dataset"));
        Run(corpus, At("fresh"));
        AssertSame(At("fresh"), At("dataset"));
    }

    [Fact]
    public void Whatever_a_kill_leaves_behind_is_cleared_or_made_again()
    {
        var corpus = Corpus(4);
        Run(corpus, At("fresh"));
        Run(corpus, At("dataset"));
        var (shard, ledger) = (At("dataset", "shards", "00000.parquet"), At("dataset", "shards", "00000.ledger.gz"));
        Action[] deaths =
        [
            () => { File.Delete(At("dataset", "dataset.json")); },
            () => { File.Delete(At("dataset", "dataset.json")); File.Delete(ledger); },                                    // shard written, ledger not
            () => { File.WriteAllBytes(shard + ".part", File.ReadAllBytes(shard)[..1000]); File.Delete(ledger); File.Delete(shard); },
            () => { File.WriteAllBytes(ledger, File.ReadAllBytes(ledger)[..100]); },
            () => { File.WriteAllBytes(shard, File.ReadAllBytes(shard)[..5000]); File.Delete(ledger); },
            () => { Directory.Move(At("dataset", "shards"), At("dataset", "shards.old")); File.WriteAllText(At("dataset", "shards.old", "count"), "2"); },
        ];
        foreach (var death in deaths)
        {
            death();
            Run(corpus, At("dataset"));
            AssertSame(At("fresh"), At("dataset"));
        }
    }

    [Fact]
    public void Two_runs_into_one_folder_at_once_are_refused()
    {
        var corpus = Corpus(2);
        Exception? refused = null;
        Run(corpus, At("dataset"), progress: new Immediately(_ => refused ??= Record.Exception(() => Run(corpus, At("dataset")))));
        Assert.Contains("another run", Assert.IsType<IOException>(refused).Message, StringComparison.Ordinal);
        Assert.Equal(4, Dataset.Open(At("dataset")).All.Count);
    }

    [Fact]
    public void A_recording_that_is_there_twice_is_kept_once()
    {
        var corpus = Corpus(2);
        File.Copy(At("corpus", "audio", "mei_02.flac"), At("corpus", "audio", "twin.flac"));
        File.AppendAllText(At("corpus", "metadata.tsv"), "audio/twin.flac\t駅前の喫茶店で待っています。\tmei\tneutral\n");
        Run(corpus, At("dataset"));
        var reject = Assert.Single(Manifest.ReadRejects(At("dataset", "rejects.parquet")));
        Assert.Equal(new("audio/twin.flac", "duplicate", "the same sound as audio/mei_02.flac"), reject);
    }

    [Fact]
    public void A_corpus_of_which_nothing_can_be_used_says_why()
    {
        Directory.CreateDirectory(At("corpus"));
        WavFile.Write(At("corpus", "a.wav"), new(new float[24000], 24000));
        File.WriteAllText(At("corpus", "a.txt"), "あ");
        var e = Assert.Throws<InvalidDataException>(() => Run(At("corpus"), At("dataset")));
        Assert.Contains("1 silent", e.Message, StringComparison.Ordinal);
    }

    sealed class Immediately(Action<PreprocessProgress> report) : IProgress<PreprocessProgress>
    {
        public void Report(PreprocessProgress value) => report(value);
    }
}
