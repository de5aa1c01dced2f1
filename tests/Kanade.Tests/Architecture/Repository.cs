namespace Kanade.Tests.Architecture;

/// <summary>The files of the repository that the tests were built from.</summary>
static class Repository
{
    static readonly string[] Generated = [".git", "artifacts", "out", "TestResults", "bin", "obj"];

    public static string Root { get; } = FindRoot();

    /// <summary>Every file that is written by people, by its path from the root.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. Walk(Root).Select(path => Path.GetRelativePath(Root, path)).Order(StringComparer.Ordinal)];

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    static string FindRoot()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Kanade.Train.sln")))
                return folder;
        }
        throw new DirectoryNotFoundException($"no Kanade.Train.sln above {AppContext.BaseDirectory}");
    }

    static IEnumerable<string> Walk(string folder) => Directory.EnumerateFiles(folder)
        .Concat(Directory.EnumerateDirectories(folder).Where(inner => !Generated.Contains(Path.GetFileName(inner))).SelectMany(Walk));
}
