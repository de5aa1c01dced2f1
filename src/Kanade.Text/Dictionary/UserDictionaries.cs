namespace Kanade.Text;

/// <summary>The words beside the compiled dictionary: a few of our own and those of the user's files, which are read again when they change.</summary>
internal sealed class UserDictionaries
{
    const long LookEveryMilliseconds = 1000;

    readonly Lexicon _lexicon;
    readonly IReadOnlyList<string> _files;
    readonly Lock _lock = new();
    DateTime[] _written;
    long _looked = Environment.TickCount64;

    /// <exception cref="InvalidDataException">A file has a line that is not a word; the message says which.</exception>
    public UserDictionaries(Lexicon lexicon, IReadOnlyList<string> files)
    {
        (_lexicon, _files) = (lexicon, files);
        _written = Times();
        Load();
    }

    /// <summary>Reads changed files again, at most once a second. A file that is being edited and does not parse leaves the words as they were.</summary>
    public void Refresh()
    {
        if (_files.Count == 0 || Environment.TickCount64 - Volatile.Read(ref _looked) < LookEveryMilliseconds)
            return;
        lock (_lock)
        {
            Volatile.Write(ref _looked, Environment.TickCount64);
            var written = Times();
            if (written.AsSpan().SequenceEqual(_written))
                return;
            try
            {
                Load();
                _written = written;
            }
            catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
            {
                return;
            }
        }
    }

    DateTime[] Times() => [.. _files.Select(File.GetLastWriteTimeUtc)];

    void Load() => _lexicon.UserWords = new UserWords([.. OwnWords(), .. _files.SelectMany(file => UserDictionaryFile.Read(file, _lexicon.ClassesOf))]);

    /// <summary>Words that the dictionary reads in a way that nobody means today.</summary>
    IEnumerable<UserWord> OwnWords()
    {
        var (left, right) = _lexicon.ClassesOf("太郎", "名詞");
        yield return new UserWord("奏", left, right, 3000, new DictionaryEntry("名詞", "固有名詞", "人名", "名", "*", "*", "C1", null, [new DictionaryPart("奏", "カナデ", "カナデ", 0, 3)]));
    }
}
