namespace Kanade.Tests.Corpus;

/// <summary>The recordings in <c>tests/Corpus</c>.</summary>
static class SampleCorpus
{
    public static string Folder { get; } = Find();

    /// <summary>A recording of the sample corpus.</summary>
    public static string Recording(string name) => Path.Combine(Folder, "audio", name);

    static string Find()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Kanade.Train.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("the tests do not run inside the repository");
        return Path.Combine(folder, "tests", "Corpus");
    }
}
