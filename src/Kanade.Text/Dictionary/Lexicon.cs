using System.Collections.Concurrent;

namespace Kanade.Text;

/// <summary>Everything the lattice asks: the compiled system dictionary with its unknown-word templates, character classes and connection costs,
/// and the words that users add. Immutable but for a cache; shared by all threads.</summary>
internal sealed class Lexicon : IDisposable
{
    /// <summary>Parsed entries kept, about 60 MB at most: the rest are parsed again.</summary>
    const int CachedEntries = 80_000;

    readonly ConcurrentDictionary<long, DictionaryEntry> _cache = new();
    readonly DictionaryToken[][] _unknownTokens;
    readonly Lazy<ReadingIndex> _readings;
    readonly (ushort Left, ushort Right) _noun;
    readonly (ushort Left, ushort Right) _name;
    readonly (ushort Left, ushort Right) _counter;
    UserWords _userWords = UserWords.None;

    public Lexicon(string folder)
    {
        System = new CompiledDictionary(Path.Combine(folder, "sys.dic"));
        Unknown = new CompiledDictionary(Path.Combine(folder, "unk.dic"));
        Costs = new ConnectionCosts(Path.Combine(folder, "matrix.bin"));
        Characters = new CharacterClasses(Path.Combine(folder, "char.bin"));
        if (Costs.LeftClasses != System.LeftClasses || Costs.RightClasses != System.RightClasses)
            throw new InvalidDataException($"{folder}: sys.dic and matrix.bin are of different dictionaries: reinstall open-jtalk-mecab-naist-jdic");
        _unknownTokens = [.. Characters.Names.Select(UnknownTokensOf)];
        Space = Characters.Of(' ');
        Sounds = new KanjiSound(System);
        Candidates = new ReadingCandidates(this);
        _readings = new Lazy<ReadingIndex>(() => new ReadingIndex(System));
        _noun = ClassesOf("机", "名詞");
        _name = ClassesOf("富士山", "名詞");
        _counter = ClassesOf("平方メートル", "名詞");
    }

    /// <summary>The dictionary's words of a surface.</summary>
    public IReadOnlyList<DictionaryToken> Exact(string surface)
    {
        var key = global::System.Text.Encoding.UTF8.GetBytes(surface);
        Span<PrefixMatch> matches = stackalloc PrefixMatch[64];
        var found = System.CommonPrefixes(key, matches);
        for (var i = 0; i < found; i++)
        {
            if (matches[i].Bytes == key.Length)
                return [.. Enumerable.Range(matches[i].FirstToken, matches[i].Tokens).Select(index => System.Token(index))];
        }
        return [];
    }

    /// <summary>The dictionary's likeliest word of a surface that it can read, or null.</summary>
    public UserWord? Known(string surface)
    {
        foreach (var token in Exact(surface).OrderBy(token => token.Cost))
        {
            var entry = Entry(false, token.Feature);
            if (entry.Parts[0].Moras > 0)
                return new UserWord(surface, token.Left, token.Right, token.Cost, entry);
        }
        return null;
    }

    /// <summary>The connection classes of a word of the dictionary, to lend to a new one; of class 0 where it lacks the word.</summary>
    public (ushort Left, ushort Right) ClassesOf(string surface, string pos)
    {
        foreach (var token in Exact(surface))
        {
            if (Entry(false, token.Feature).Pos == pos)
                return (token.Left, token.Right);
        }
        return (0, 0);
    }

    /// <summary>A phrase given with its reading and nucleus.</summary>
    public UserWord Settled(string surface, string pronunciation, int nucleus) => new(surface, _noun.Left, _noun.Right, 0,
        new DictionaryEntry("名詞", "一般", "*", "*", "*", "*", "*", false, [new DictionaryPart(surface, pronunciation, pronunciation, nucleus, Kana.CountMoras(pronunciation))], Settled: true));

    /// <summary>A sound that is not a word.</summary>
    public UserWord Sound(char sound) => new(sound.ToString(), _noun.Left, _noun.Right, 0,
        new DictionaryEntry("感動詞", "非言語", "*", "*", "*", "*", "*", false, [new DictionaryPart(sound.ToString(), sound.ToString(), sound.ToString(), 0, 1)], Settled: true));

    /// <summary>A unit that the dictionary has as a plain noun, made a counter so that numerals change before it (ジュッセンチメートル); null where it lacks the word or has it as a counter.</summary>
    public UserWord? Counter(string unit) =>
        Known(unit) is { Entry: { Pos: "名詞", Group2: not "助数詞" } entry } ? new UserWord(unit, _counter.Left, _counter.Right, 0, entry with { Group1 = "接尾", Group2 = "助数詞" }) : null;

    /// <summary>A cry or laughter, said as spelled, and flat.</summary>
    public UserWord Interjection(string kana)
    {
        var katakana = Kana.ToKatakana(kana);
        return new UserWord(kana, _noun.Left, _noun.Right, 0, new DictionaryEntry("感動詞", "*", "*", "*", "*", "*", "*", null, [new DictionaryPart(kana, katakana, katakana, 0, Kana.CountMoras(katakana))]));
    }

    /// <summary>A foreign word in katakana, with the accent that loanwords have: on the third mora from the end, one earlier where that cannot carry it.</summary>
    public UserWord Foreign(string surface, string katakana)
    {
        var moras = Kana.CountMoras(katakana);
        var nucleus = Math.Max(moras < 3 ? 1 : moras - 2, 1);
        if (nucleus > 1 && Kana.MoraAt(katakana, nucleus) is "ー" or "ン" or "ッ")
            nucleus--;
        return new UserWord(surface, _name.Left, _name.Right, 0,
            new DictionaryEntry("名詞", "固有名詞", "一般", "*", "*", "*", "C1", null, [new DictionaryPart(surface, katakana, katakana, nucleus, moras)]));
    }

    /// <summary>A surface with the reading that its writer gave: the dictionary's word where it has one so read, else a noun.</summary>
    public UserWord WithReading(string surface, string katakana)
    {
        foreach (var token in Exact(surface))
        {
            var entry = Entry(false, token.Feature);
            if (entry.Parts is [var part] && (part.Reading == katakana || part.Pronunciation == katakana))
                return new UserWord(surface, token.Left, token.Right, 0, entry);
        }
        var spoken = Kana.Spoken(katakana);
        return new UserWord(surface, _noun.Left, _noun.Right, 0,
            new DictionaryEntry("名詞", "一般", "*", "*", "*", "*", "C1", null, [new DictionaryPart(surface, katakana, spoken, 0, Kana.CountMoras(spoken))]));
    }

    public CompiledDictionary System { get; }

    public CompiledDictionary Unknown { get; }

    public ConnectionCosts Costs { get; }

    public CharacterClasses Characters { get; }

    /// <summary>Words beside the dictionary; may be exchanged while threads read.</summary>
    public UserWords UserWords { get => Volatile.Read(ref _userWords); set => Volatile.Write(ref _userWords, value); }

    /// <summary>The ways to read a word.</summary>
    public ReadingCandidates Candidates { get; }

    /// <summary>What kanji sound like that are no word alone.</summary>
    public KanjiSound Sounds { get; }

    /// <summary>Made when the first spelled word asks.</summary>
    public ReadingIndex Readings => _readings.Value;

    public CharacterClass Space { get; }

    public ReadOnlySpan<DictionaryToken> UnknownTokens(CharacterClass character) => _unknownTokens[character.Default];

    public DictionaryEntry Entry(bool unknown, uint feature)
    {
        var key = unknown ? feature | 1L << 32 : feature;
        if (_cache.TryGetValue(key, out var entry))
            return entry;
        entry = DictionaryEntry.Parse((unknown ? Unknown : System).Feature(feature));
        if (_cache.Count < CachedEntries)
            _cache.TryAdd(key, entry);
        return entry;
    }

    DictionaryToken[] UnknownTokensOf(string className)
    {
        var key = global::System.Text.Encoding.UTF8.GetBytes(className);
        Span<PrefixMatch> matches = stackalloc PrefixMatch[64];
        var found = Unknown.CommonPrefixes(key, matches);
        for (var i = 0; i < found; i++)
        {
            if (matches[i].Bytes == key.Length)
                return [.. Enumerable.Range(matches[i].FirstToken, matches[i].Tokens).Select(index => Unknown.Token(index))];
        }
        throw new InvalidDataException($"unk.dic has no template for the character class {className}: reinstall open-jtalk-mecab-naist-jdic");
    }

    public void Dispose()
    {
        System.Dispose();
        Unknown.Dispose();
        Costs.Dispose();
        Characters.Dispose();
    }
}
