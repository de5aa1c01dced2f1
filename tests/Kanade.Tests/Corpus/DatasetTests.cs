using CsCheck;
using Kanade.Corpus;

namespace Kanade.Tests.Corpus;

public sealed class DatasetTests
{
    static readonly Gen<Utterance> Utterances =
        from text in Gen.String
        from ids in Gen.Int[0, 177].Array[1, 30]
        from figures in Gen.Double.Array[14]
        from split in Gen.Enum<Split>()
        from number in Gen.Int
        select new Utterance(text, text + "s", "", text, "[]", text, ids, figures[0], number, 24000,
            new(figures[1], figures[2], figures[3], figures[4], figures[5], figures[6], figures[7], figures[8], figures[9], figures[10], figures[11]),
            split, text, "ab", figures[12], figures[13], number, number);

    [Fact]
    public void What_is_written_to_the_manifest_is_read_from_it() => Utterances.Array[0, 20].Sample(rows =>
    {
        var path = Path.GetTempFileName();
        try
        {
            using (var stream = File.Create(path))
                Manifest.Write(stream, rows);
            var read = Manifest.Read(path);
            int[] none = []; // records compare arrays by reference
            Assert.Equal(rows.Select(r => r with { Ids = none }), read.Select(r => r with { Ids = none }));
            Assert.Equal(rows.Select(r => r.Ids), read.Select(r => r.Ids));
        }
        finally
        {
            File.Delete(path);
        }
    }, iter: 30, threads: 1);

    [Fact]
    public void A_folder_without_a_dataset_is_said_to_be_one()
    {
        var folder = Directory.CreateTempSubdirectory("kanade-none").FullName;
        Assert.Contains("not a dataset", Assert.Throws<InvalidDataException>(() => Dataset.Open(folder)).Message, StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(folder, "shards"));
        Assert.Contains("unfinished", Assert.Throws<InvalidDataException>(() => Dataset.Open(folder)).Message, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, "dataset.json"), "{\"format\": 99}");
        Assert.Contains("preprocess", Assert.Throws<InvalidDataException>(() => Dataset.Open(folder)).Message, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, "dataset.json"), "{");
        Assert.Contains("not a dataset description", Assert.Throws<InvalidDataException>(() => Dataset.Open(folder)).Message, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
        Assert.Throws<DirectoryNotFoundException>(() => Dataset.Open(folder));
    }

    [Fact]
    public void A_dataset_remembers_how_it_was_made()
    {
        using var temporary = new TemporaryDataset(3);
        Assert.Equal(PreprocessConfig.Default, temporary.Dataset.Config);
        Assert.Equal(["a", "b"], temporary.Dataset.Speakers);
    }

    [Fact]
    public void Readers_of_many_shards_come_and_go()
    {
        using var temporary = new TemporaryDataset(80, shards: 40);
        Parallel.ForEach(temporary.Dataset.All.Concat(temporary.Dataset.All), new() { MaxDegreeOfParallelism = 4 }, u =>
            Assert.Equal(TemporaryDataset.Features(int.Parse(u.Id[1..], null), u.Frames).F0, temporary.Dataset.Read(u).F0));
    }
}
