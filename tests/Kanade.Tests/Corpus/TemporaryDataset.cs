using System.Text.Json;
using Kanade.Corpus;

namespace Kanade.Tests.Corpus;

/// <summary>A small dataset written without any recording: samples count up, so that a test knows what belongs where.</summary>
sealed class TemporaryDataset : IDisposable
{
    public TemporaryDataset(int utterances, Func<int, int>? frames = null, Func<int, Split>? split = null, int shards = 2)
    {
        Folder = Directory.CreateTempSubdirectory("kanade-dataset").FullName;
        Directory.CreateDirectory(Path.Combine(Folder, "shards"));
        var rows = new List<Utterance>();
        for (var shard = 0; shard < shards; shard++)
        {
            using var stream = File.Create(Shard.PathOf(Folder, shard));
            using var writer = new ShardWriter(stream, SampleFormat.Pcm16);
            for (var i = shard; i < utterances; i += shards)
            {
                var length = frames?.Invoke(i) ?? 4 + 2 * (i % 7);
                rows.Add(Row(i, length, split?.Invoke(i) ?? Split.Train, shard, writer.Rows));
                writer.Add($"u{i:D4}", Features(i, length));
            }
        }
        rows.Sort((a, b) => string.CompareOrdinal(a.Id, b.Id));
        using (var manifest = File.Create(Path.Combine(Folder, "manifest.parquet")))
            Manifest.Write(manifest, rows);
        var description = new DatasetDescription(Dataset.Format, "test", PreprocessConfig.Default, "", "", "", utterances, 0, shards, 1,
            new Dictionary<string, int> { ["a"] = 1, ["b"] = 1 }, new Dictionary<string, int>(), new Dictionary<string, int>());
        File.WriteAllText(Path.Combine(Folder, "dataset.json"), JsonSerializer.Serialize(description, DatasetJson.Default.DatasetDescription));
        Dataset = Dataset.Open(Folder);
    }

    public string Folder { get; }

    public Dataset Dataset { get; }

    public static UtteranceFeatures Features(int i, int frames) => new(
        [.. Enumerable.Range(0, frames * 300).Select(n => (n % 100 + i) / 1024f)],
        [.. Enumerable.Range(0, frames).Select(f => 100f + i + f)],
        [.. Enumerable.Range(0, frames).Select(f => -(float)i - f)]);

    /// <summary>Every symbol one aligner frame, the first pad what is left; fewer for the last symbols of a short utterance.</summary>
    public static int[] Durations(Utterance utterance)
    {
        var frames = utterance.Frames / 2;
        var durations = utterance.Ids.Select((_, i) => i > 0 && i <= frames ? 1 : 0).ToArray();
        durations[0] = frames - durations.Sum();
        return durations;
    }

    public void WriteDurations(params string[] ids) =>
        AlignedDurations.Write(Dataset, "aligner", Dataset.All.Where(u => ids.Contains(u.Id)).ToDictionary(u => u.Id, Durations));

    static Utterance Row(int i, int frames, Split split, int shard, int row) => new($"u{i:D4}", i % 2 == 0 ? "a" : "b", "neutral", $"text {i}", "[]", "sym",
        [0, .. Enumerable.Range(1, 1 + i % 5), 0], frames * 300 / 24000.0, frames, 24000, new(-23, i, -1, -60, 40, 0, 12000, 0.1, 7, 150, 0.6), split,
        $"audio/{i}.wav", "00", 0, 1, shard, row);

    public void Dispose()
    {
        Dataset.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
