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

    /// <summary>Words that the dictionary lacks, or reads in a way that nobody means today: surface, pronunciation, nucleus, and a word of the dictionary that is used alike.</summary>
    static readonly (string Surface, string Pronunciation, int Nucleus, string Alike, string Pos)[] Own =
    [
        ("明後日", "アサッテ", 2, "明日", "名詞"), ("コンニチハ", "コンニチワ", 5, "こんにちは", "感動詞"), ("コンバンハ", "コンバンワ", 5, "こんばんは", "感動詞"),
        ("ＣＯ２", "シーオーツー", 5, "富士山", "名詞"), ("Ｈ２Ｏ", "エイチツーオー", 5, "富士山", "名詞"), ("ＭＰ３", "エムピースリー", 5, "富士山", "名詞"), ("ＭＰ４", "エムピーフォー", 5, "富士山", "名詞"),
        ("ＰＳ４", "ピーエスフォー", 5, "富士山", "名詞"), ("ＰＳ５", "ピーエスファイブ", 5, "富士山", "名詞"), ("２Ｄ", "ツーディー", 3, "富士山", "名詞"), ("３Ｄ", "スリーディー", 4, "富士山", "名詞"),
        ("４Ｇ", "フォージー", 3, "富士山", "名詞"), ("５Ｇ", "ファイブジー", 4, "富士山", "名詞"), ("４Ｋ", "ヨンケー", 3, "富士山", "名詞"), ("８Ｋ", "ハチケー", 3, "富士山", "名詞"),
        ("Ｂ２Ｂ", "ビートゥービー", 5, "富士山", "名詞"), ("Ｂ２Ｃ", "ビートゥーシー", 5, "富士山", "名詞"),
    ];

    /// <summary>They beat the dictionary, and users' words beat them.</summary>
    const short OwnCost = -2000;

    IEnumerable<UserWord> OwnWords()
    {
        // A name that the dictionary lacks; too dear to break 奏者 and 演奏.
        var (left, right) = _lexicon.ClassesOf("太郎", "名詞");
        yield return new UserWord("奏", left, right, 3000, new DictionaryEntry("名詞", "固有名詞", "人名", "名", "*", "*", "C1", null, [new DictionaryPart("奏", "カナデ", "カナデ", 0, 3)]));
        foreach (var (surface, pronunciation, nucleus, alike, pos) in Own)
        {
            if (_lexicon.Exact(alike).Select(token => (token, entry: _lexicon.Entry(false, token.Feature))).FirstOrDefault(pair => pair.entry.Pos == pos) is ({ } token, { } entry))
                yield return new UserWord(surface, token.Left, token.Right, OwnCost, entry with { ChainRule = "C1", Parts = [new DictionaryPart(surface, pronunciation, pronunciation, nucleus, Kana.CountMoras(pronunciation))] });
        }
    }
}
