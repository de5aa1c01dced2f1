using System.Buffers;
using System.Collections.Concurrent;

namespace Kanade.Text;

/// <summary>Japanese text (kanji, kana, romaji, or all of them in one line) to accent phrases, symbols and ids. Thread-safe; the dictionary is mapped, not loaded.</summary>
public sealed class JapaneseFrontend : IDisposable
{
    /// <summary>The longest stretch that one lattice spans, in characters; longer texts are cut after a sentence, else after a mark, else anywhere.</summary>
    const int LongestStretch = 1000;

    static readonly SearchValues<char> SentenceEnds = SearchValues.Create("。！？\n");
    static readonly SearchValues<char> Marks = SearchValues.Create("、，・；：」）　");

    readonly Lexicon _lexicon;
    readonly FeatureWeights? _model;
    readonly HeteronymModel? _heteronyms;
    readonly bool _readByContext;
    readonly PhonemeNotation _notation;
    readonly UserDictionaries _userDictionaries;
    readonly ConcurrentBag<Tools> _tools = [];

    JapaneseFrontend(Lexicon lexicon, FrontendOptions options, bool heteronyms)
    {
        _lexicon = lexicon;
        _userDictionaries = new UserDictionaries(lexicon, options.UserDictionaries ?? []);
        _model = options.Accent == AccentSource.Rules ? null : AccentModelOf(options.AccentModel);
        _readByContext = options.ReadByContext;
        _heteronyms = heteronyms ? Heteronyms(options) : null;
        _notation = options.Phonemes;
    }

    /// <summary>What one call works with and the next may use again.</summary>
    sealed class Tools(Lexicon lexicon, FeatureWeights? model)
    {
        public Lattice Lattice { get; } = new(lexicon);

        public AccentPredictor? Predictor { get; } = model is null ? null : new AccentPredictor(model);
    }

    /// <summary>Maps the dictionary.</summary>
    /// <exception cref="InvalidDataException">There is no dictionary, it is damaged, or a user dictionary has a line that is not a word.</exception>
    public static JapaneseFrontend Open(FrontendOptions options) => Open(options, heteronyms: true);

    /// <param name="options">How to read.</param>
    /// <param name="heteronyms">False reads as the heteronym model finds the words: by dictionary and rules alone.</param>
    internal static JapaneseFrontend Open(FrontendOptions options, bool heteronyms)
    {
        ArgumentNullException.ThrowIfNull(options);
        var lexicon = new Lexicon(Text.DictionaryFolder.Find(options.DictionaryFolder));
        try
        {
            return new JapaneseFrontend(lexicon, options, heteronyms);
        }
        catch
        {
            lexicon.Dispose();
            throw;
        }
    }

    /// <summary>Reads a text. Never throws, whatever the text holds; what cannot be read is listed in <see cref="Phonemization.Unread"/>.</summary>
    public Phonemization Phonemize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        _userDictionaries.Refresh();
        var normalized = SourceReader.Read(text, _lexicon);
        var tsukasa = _notation == PhonemeNotation.Tsukasa ? new List<Word>() : null;
        var (phrases, speakers, moras) = (new List<AccentPhrase>(), new List<Word>(), new List<(int Start, int End)>());
        var tools = _tools.TryTake(out var free) ? free : new Tools(_lexicon, _model);
        for (var start = 0; start < normalized.Text.Length;)
        {
            var length = Stretch(normalized.Text.AsSpan(start));
            var words = ReadWords(tools.Lattice, normalized, text, start, length);
            tools.Predictor?.Apply(words);
            if (tools.Predictor is null)
                AccentRules.Apply(words);
            PhraseBuilder.Build(words, phrases, speakers);
            tsukasa?.AddRange(words);
            start += length;
        }
        _tools.Add(tools);
        if (phrases.Count > 0)
            phrases[^1] = phrases[^1] with { PauseAfter = false };
        var symbols = tsukasa is null ? SymbolRenderer.Render(phrases, moras) : TsukasaRenderer.Render(tsukasa);
        return new Phonemization(text, phrases, symbols, SymbolTable.IdsOf(symbols), normalized.Unread)
        {
            Words = tsukasa is null ? WordSpans.Of(speakers, moras) : [],
        };
    }

    /// <summary>The words of a text with readings, the chaining of the rules, and their own nuclei: what the accent model is trained on.</summary>
    internal List<Word> ReadWords(string text)
    {
        var normalized = SourceReader.Read(text, _lexicon);
        var words = new List<Word>();
        var lattice = new Lattice(_lexicon);
        for (var start = 0; start < normalized.Text.Length;)
        {
            var length = Stretch(normalized.Text.AsSpan(start));
            words.AddRange(ReadWords(lattice, normalized, text, start, length));
            start += length;
        }
        return words;
    }

    /// <summary>The words of a text as the rules of context alone read them, numbers still digits: what the heteronym model is trained on.</summary>
    internal List<Word> OpenWords(string text)
    {
        var normalized = SourceReader.Read(text, _lexicon);
        var words = new List<Word>();
        if (normalized.Text.Length <= LongestStretch)
            Read(new Lattice(_lexicon), normalized, text, 0, normalized.Text.Length, words);
        return words;
    }

    internal ReadingCandidates Candidates => _lexicon.Candidates;

    List<Word> ReadWords(Lattice lattice, NormalizedText normalized, string text, int start, int length)
    {
        var words = new List<Word>();
        Read(lattice, normalized, text, start, length, words);
        _heteronyms?.Apply(words, _lexicon.Candidates);
        NumberReading.Apply(words);
        AccentPhraseRules.Apply(words);
        return words;
    }

    void Read(Lattice lattice, NormalizedText normalized, string text, int start, int length, List<Word> words)
    {
        lattice.Analyze(normalized.Text.AsSpan(start, length), start, normalized, words);
        if (_readByContext)
            UnknownKanji.Divide(words, lattice.Lexicon);
        ReadUnknown(words, normalized, text);
        if (_readByContext)
            ContextReadings.Apply(words);
    }

    static FeatureWeights AccentModelOf(string? path)
    {
        if (path is null)
            return Shipped.Value;
        using var file = File.OpenRead(path);
        return FeatureWeights.Load(file, path);
    }

    static readonly Lazy<FeatureWeights> Shipped = new(() => ShippedWeights("accent.model"));

    static readonly Lazy<HeteronymModel> ShippedHeteronyms = new(() => new HeteronymModel(ShippedWeights("readings.model")));

    static FeatureWeights ShippedWeights(string name)
    {
        using var resource = typeof(JapaneseFrontend).Assembly.GetManifestResourceStream(name)!;
        return FeatureWeights.Load(resource, name);
    }

    static HeteronymModel? Heteronyms(FrontendOptions options)
    {
        if (!options.ReadByContext)
            return null;
        if (options.Heteronyms is null)
            return ShippedHeteronyms.Value;
        using var file = File.OpenRead(options.Heteronyms);
        return new HeteronymModel(FeatureWeights.Load(file, options.Heteronyms));
    }

    static int Stretch(ReadOnlySpan<char> text)
    {
        if (text.Length <= LongestStretch)
            return text.Length;
        var most = text[..LongestStretch];
        var end = most.LastIndexOfAny(SentenceEnds) + 1;
        if (end == 0)
            end = most.LastIndexOfAny(Marks) + 1;
        if (end == 0)
            end = char.IsHighSurrogate(most[^1]) ? LongestStretch - 1 : LongestStretch;
        return end;
    }

    /// <summary>Spells what the dictionary lacks, and lists what has neither reading nor spelling but looks like speech.</summary>
    static void ReadUnknown(List<Word> words, NormalizedText normalized, string text)
    {
        foreach (var word in words)
        {
            if (word.Moras == 0 && word.Surface.EnumerateRunes().Any(rune => System.Text.Rune.IsLetterOrDigit(rune)) && !UnknownWordReading.CanSpell(word.Surface))
                normalized.Unread.Add(text[normalized.Source[word.Start]..normalized.Source[word.End]]);
        }
        UnknownWordReading.Apply(words);
    }

    /// <summary>Unmaps the dictionary.</summary>
    public void Dispose() => _lexicon.Dispose();
}
