using System.Text;

namespace Kanade.Corpus;

/// <summary>The files of a corpus folder, found once. Names are compared in NFC, because macOS writes them in NFD and lists do not.</summary>
sealed class CorpusFolder
{
    static readonly HashSet<string> Extensions = new(StringComparer.OrdinalIgnoreCase)
    {
        ".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aiff", ".aif", ".aifc", ".caf", ".au", ".w64", ".rf64", ".m4a", ".mp4", ".aac", ".wma", ".webm", ".mka",
    };

    // By source: the source itself, one string for all who name it, and its path; null where that is the source under the root, as nearly always.
    readonly Dictionary<string, (string Source, string? Path)> _paths = new(StringComparer.Ordinal);

    internal CorpusFolder(string root)
    {
        Root = Path.GetFullPath(root);
        RequireFolder(root);
        Walk(Root, "", []);
        Recordings = [.. _paths.Keys.Where(p => Extensions.Contains(Path.GetExtension(p))).Order(StringComparer.Ordinal)];
    }

    /// <exception cref="InvalidDataException">It is a file.</exception>
    /// <exception cref="DirectoryNotFoundException">It is not there.</exception>
    internal static void RequireFolder(string root)
    {
        if (File.Exists(root))
            throw new InvalidDataException($"{root}: is a file: give the folder that holds the recordings and the list");
        if (!Directory.Exists(root))
            throw new DirectoryNotFoundException($"{root}: there is no such folder");
    }

    internal string Root { get; }

    /// <summary>Name of the folder: the speaker, when nothing else says who speaks.</summary>
    internal string Name => Path.GetFileName(Root.TrimEnd('/'));

    /// <summary>Sources of what is named like a recording, ordered.</summary>
    internal IReadOnlyList<string> Recordings { get; }

    /// <summary>Sources of all files whose name ends in this way.</summary>
    internal IEnumerable<string> EndingIn(string ending) =>
        _paths.Keys.Where(p => p.EndsWith(ending, StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal);

    internal bool Has(string source) => _paths.ContainsKey(Normal(source));

    internal string PathOf(string source) => Elsewhere(source) ?? Path.Combine(Root, Normal(source));

    /// <summary>Where a file is, when that is not its source under the root.</summary>
    internal string? Elsewhere(string source) => _paths[Normal(source)].Path;

    /// <summary>The source that a name in a list means, read from the folder of the list: as it stands, from the root, from <c>wavs/</c>, with
    /// another extension, or by its name alone where only one recording has that.</summary>
    internal string? Find(string name, string listFolder)
    {
        var normal = Normal(name);
        if (Path.IsPathRooted(normal))
            normal = Normal(Path.GetRelativePath(Root, normal));
        foreach (var folder in new[] { listFolder, "", Join(listFolder, "wavs"), Join(listFolder, "wav") }.Distinct())
        {
            var source = Collapse(Join(folder, normal));
            if (source is not null && _paths.TryGetValue(source, out var file))
                return file.Source;
            if (source is not null && Alternatives(source) is [var only])
                return only;
        }
        return !normal.Contains('/') && ByStem[Stem(normal)].ToList() is [var alone] ? alone : null;
    }

    /// <summary>Whether a name leads out of the corpus folder.</summary>
    internal bool LeadsOut(string name, string listFolder) =>
        Path.IsPathRooted(name) ? !Path.GetFullPath(name).StartsWith(Root + "/", StringComparison.Ordinal)
            : Collapse(Join(listFolder, Normal(name))) is null && Collapse(Normal(name)) is null;

    internal static string Join(string folder, string name) => folder.Length == 0 ? name : $"{folder}/{name}";

    internal static string FolderOf(string source) => source.LastIndexOf('/') is > 0 and var slash ? source[..slash] : "";

    internal static string WithoutExtension(string source) => source[..^Path.GetExtension(source).Length];

    /// <summary>Made when a list leaves extensions or folders out, and not before.</summary>
    ILookup<string, string> ByStem => field ??= Recordings.ToLookup(p => Path.GetFileNameWithoutExtension(p), StringComparer.Ordinal);

    static string Normal(string name) => name.Replace('\\', '/').Normalize(NormalizationForm.FormC);

    static string Stem(string name) => Extensions.Contains(Path.GetExtension(name)) ? Path.GetFileNameWithoutExtension(name) : Path.GetFileName(name);

    List<string> Alternatives(string source)
    {
        var (folder, stem) = (FolderOf(source), Stem(source));
        return [.. ByStem[stem].Where(p => FolderOf(p) == folder)];
    }

    static string? Collapse(string source)
    {
        var parts = new List<string>();
        foreach (var part in source.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".")
                continue;
            if (part != "..")
                parts.Add(part);
            else if (parts.Count == 0)
                return null;
            else
                parts.RemoveAt(parts.Count - 1);
        }
        return string.Join('/', parts);
    }

    /// <summary>Goes through folders, following links to folders unless they lead back to where the walk came from.</summary>
    void Walk(string folder, string source, IReadOnlyList<string> above)
    {
        var real = new DirectoryInfo(folder).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? folder;
        if (above.Contains(real))
            return;
        IReadOnlyList<string> here = [.. above, real];
        foreach (var path in Directory.EnumerateFileSystemEntries(real))
        {
            var name = Path.GetFileName(path);
            if (name.StartsWith('.'))
                continue;
            var child = Join(source, name.Normalize(NormalizationForm.FormC));
            if (IsFolder(path))
                Walk(path, child, here);
            else
                _paths[child] = (child, path == Path.Combine(Root, child) ? null : path);
        }
    }

    static bool IsFolder(string path)
    {
        try
        {
            return Directory.Exists(path) && (File.GetAttributes(path) & FileAttributes.Directory) != 0
                && (new DirectoryInfo(path) is { LinkTarget: null } || Directory.ResolveLinkTarget(path, returnFinalTarget: true) is { Exists: true });
        }
        catch (IOException)
        {
            return false; // links that lead to each other for ever: the file is listed, and fails when it is opened
        }
    }
}
