using Kanade.Tests.Corpus;

namespace Kanade.Tests.EndToEnd;

/// <summary>SIGKILL leaves no time for anything; the next run has to do with what is on the disk.</summary>
[Collection(nameof(Alone))]
public sealed class KilledPreprocessTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("kanade-killed").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_run_that_was_killed_is_finished_by_the_next_with_the_same_bytes()
    {
        var (killed, fresh) = (Path.Combine(_folder, "killed"), Path.Combine(_folder, "fresh"));
        foreach (var sign in new[] { "shards/count", "shards/00000.parquet.part", "shards/00000.parquet", "manifest.parquet" })
        {
            using var program = BuiltProgram.Start(["preprocess", SampleCorpus.Folder, "--out", killed, "--workers", "2"]);
            SpinWait.SpinUntil(() => File.Exists(Path.Combine(killed, sign)), TimeSpan.FromMinutes(1));
            Thread.Sleep(5 * sign.Length); // some moment after it
        }   // disposing kills
        BuiltProgram.Run("preprocess", SampleCorpus.Folder, "--out", killed).Left(0);
        BuiltProgram.Run("preprocess", SampleCorpus.Folder, "--out", fresh, "--workers", "1").Left(0);
        Assert.Equal(Names(fresh), Names(killed));
        Assert.All(Names(fresh), name => Assert.True(File.ReadAllBytes(Path.Combine(fresh, name)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(killed, name))), $"{name} differs"));
    }

    static string[] Names(string dataset) =>
        [.. Directory.EnumerateFiles(dataset, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(dataset, f)).Order(StringComparer.Ordinal)];
}
