namespace Kanade.Text;

/// <summary>Where the compiled naist-jdic of Open JTalk is.</summary>
public static class DictionaryFolder
{
    static readonly string[] Files = ["sys.dic", "unk.dic", "matrix.bin", "char.bin"];

    static readonly string[] UsualPlaces =
    [
        "/var/lib/mecab/dic/open-jtalk/naist-jdic",
        "/usr/share/open_jtalk/dic",
        "/usr/share/open-jtalk/dic",
        "/usr/local/share/open_jtalk/dic",
        "/usr/local/dic",
        "/opt/homebrew/opt/open-jtalk/dic",
        "/usr/local/opt/open-jtalk/dic",
    ];

    /// <summary>The folder asked for, or the first of the usual places that holds a compiled dictionary.</summary>
    /// <exception cref="InvalidDataException">There is none; the message says what to install.</exception>
    public static string Find(string? folder = null)
    {
        if (folder is not null)
            return IsComplete(folder)
                ? folder
                : throw new InvalidDataException($"{folder}: no compiled naist-jdic there (needs {string.Join(", ", Files)}): name the folder that apt's open-jtalk-mecab-naist-jdic fills, {UsualPlaces[0]}");
        return Array.Find(UsualPlaces, IsComplete)
            ?? throw new InvalidDataException("no Japanese dictionary on this machine: apt-get install open-jtalk-mecab-naist-jdic, or name the folder of a compiled naist-jdic with --dictionary");
    }

    static bool IsComplete(string folder) => Array.TrueForAll(Files, file => File.Exists(Path.Combine(folder, file)));
}
