using Kanade.Corpus;

namespace Kanade.Tests.Corpus;

public sealed class AlignmentConfidenceTests
{
    [Fact]
    public void Confidences_are_added_and_the_manifest_stays_as_it_was()
    {
        using var made = new TemporaryDataset(4);
        var manifest = Path.Combine(made.Folder, "manifest.parquet");
        var before = File.ReadAllBytes(manifest);
        AlignmentConfidence.Write(made.Dataset, new Dictionary<string, double> { ["u0001"] = 0.25 });
        using (var first = Dataset.Open(made.Folder))
            AlignmentConfidence.Write(first, new Dictionary<string, double> { ["u0003"] = 0.5 });
        Assert.Equal(before, File.ReadAllBytes(manifest));
        using var read = Dataset.Open(made.Folder);
        Assert.Equal([null, 0.25, null, 0.5], read.All.Select(u => u.Quality.AlignmentConfidence));
    }

    [Fact]
    public void A_confidence_is_forgotten_when_the_text_is_another()
    {
        using var made = new TemporaryDataset(2);
        AlignmentConfidence.Write(made.Dataset, new Dictionary<string, double> { ["u0000"] = 0.25, ["u0001"] = 0.5 });
        using (var manifest = File.Create(Path.Combine(made.Folder, "manifest.parquet")))
            Manifest.Write(manifest, made.Dataset.All.Select(u => u.Id == "u0000" ? u with { Symbols = "other" } : u));
        using var read = Dataset.Open(made.Folder);
        Assert.Equal([null, 0.5], read.All.Select(u => u.Quality.AlignmentConfidence));
    }
}
