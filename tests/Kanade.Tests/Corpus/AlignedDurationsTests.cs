using Kanade.Corpus;

namespace Kanade.Tests.Corpus;

[Collection(nameof(Alone))]
public sealed class AlignedDurationsTests
{
    [Fact]
    public void Durations_are_added_and_the_manifest_stays_as_it_was()
    {
        using var made = new TemporaryDataset(4);
        var manifest = Path.Combine(made.Folder, "manifest.parquet");
        var before = File.ReadAllBytes(manifest);
        Assert.False(made.Dataset.HasDurations);

        made.WriteDurations("u0001", "u0003");

        Assert.Equal(before, File.ReadAllBytes(manifest));
        using var read = Dataset.Open(made.Folder);
        Assert.True(read.HasDurations);
        var all = made.Dataset.All;
        Assert.Equal([null, TemporaryDataset.Durations(all[1]), null, TemporaryDataset.Durations(all[3])],
            read.All.Select(u => u.Durations));
    }

    [Fact]
    public void Durations_of_another_aligner_take_the_place_of_all_there_were()
    {
        using var made = new TemporaryDataset(3);
        made.WriteDurations("u0000", "u0001");
        made.WriteDurations("u0002");
        using var read = Dataset.Open(made.Folder);
        Assert.Equal(["u0002"], read.All.Where(u => u.Durations is not null).Select(u => u.Id));
    }

    [Fact]
    public void Durations_are_forgotten_when_text_recording_or_length_are_others()
    {
        using var made = new TemporaryDataset(4);
        made.WriteDurations("u0000", "u0001", "u0002", "u0003");
        using (var manifest = File.Create(Path.Combine(made.Folder, "manifest.parquet")))
        {
            Manifest.Write(manifest, made.Dataset.All.Select(u => u.Id switch
            {
                "u0000" => u with { Symbols = "other" },
                "u0001" => u with { SourceSha256 = "11" },
                "u0002" => u with { Frames = u.Frames + 2 },
                _ => u,
            }));
        }
        using var read = Dataset.Open(made.Folder);
        Assert.Equal(["u0003"], read.All.Where(u => u.Durations is not null).Select(u => u.Id));
    }

    [Fact]
    public void Durations_that_are_not_the_utterances_are_not_written()
    {
        using var made = new TemporaryDataset(1);
        foreach (var wrong in new int[][] { [1, 1], [1, 1, 1], [3, -1, 0] })
            Assert.Throws<ArgumentException>(() =>
                AlignedDurations.Write(made.Dataset, "", new Dictionary<string, int[]> { ["u0000"] = wrong }));
        Assert.False(File.Exists(Path.Combine(made.Folder, "durations.parquet")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(300)]
    public void A_damaged_file_is_said_to_be(int kept)
    {
        using var made = new TemporaryDataset(4);
        made.WriteDurations("u0000", "u0001");
        var path = Path.Combine(made.Folder, "durations.parquet");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..kept]);
        var error = Assert.Throws<InvalidDataException>(() => Dataset.Open(made.Folder));
        Assert.StartsWith($"{path}: damaged; delete it", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_file_with_bytes_that_mean_nothing_is_said_to_be_damaged()
    {
        using var made = new TemporaryDataset(4);
        made.WriteDurations("u0000", "u0001");
        var path = Path.Combine(made.Folder, "durations.parquet");
        var bytes = File.ReadAllBytes(path);
        Array.Fill(bytes, (byte)0xAB, 4, 200);
        File.WriteAllBytes(path, bytes);
        Assert.Throws<InvalidDataException>(() => Dataset.Open(made.Folder));
    }

    [Fact]
    public void A_batch_has_durations_padded_with_zeros_where_each_of_its_utterances_has()
    {
        using var made = new TemporaryDataset(6);
        made.WriteDurations([.. made.Dataset.All.Select(u => u.Id)]);
        using (var whole = Dataset.Open(made.Folder))
        {
            foreach (var batch in new BatchReader(whole, Split.Train, new(3)).Read(0))
            {
                using (batch)
                {
                    Assert.Equal(batch.Ids.shape, batch.Durations!.shape);
                    for (var b = 0; b < batch.Count; b++)
                    {
                        var row = batch.Durations[b].data<long>().ToArray();
                        var own = batch.Utterances[b].Durations!;
                        Assert.Equal(own.Select(d => (long)d).Concat(new long[row.Length - own.Length]), row);
                        Assert.Equal(batch.FrameLengths[b].item<long>(), 2 * row.Sum());
                    }
                }
            }
        }
        made.WriteDurations([.. made.Dataset.All.Skip(1).Select(u => u.Id)]);
        using var part = Dataset.Open(made.Folder);
        for (var rank = 0; rank < 2; rank++)
        {
            foreach (var batch in new BatchReader(part, Split.Train, new(6, Rank: rank, World: 2)).Read(0))
            {
                using (batch)
                    Assert.Null(batch.Durations);
            }
        }
    }
}
