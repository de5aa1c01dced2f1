using System.Text;

namespace Kanade.Text;

/// <summary>The cheapest sequence of words over a text (Viterbi over all dictionary and unknown words), with MeCab's candidates, costs and order of ties.
/// One lattice serves one thread at a time and is used again and again.</summary>
internal sealed class Lattice(Lexicon lexicon)
{
    public Lexicon Lexicon => lexicon;

    const int LongestUnknownGroup = 24;
    const int LongestSpelled = 16;
    const int WordsPerReading = 4;
    const int SpellingCost = 2000;
    const int None = -1;

    struct Node
    {
        public ushort Left;
        public ushort Right;
        public short WordCost;
        public bool Unknown;
        public UserWord? User;
        public uint Feature;
        public int Start;           // in bytes, after skipped spaces
        public int End;
        public int Cost;            // of the best path up to and with this node
        public int Previous;
        public int NextEnding;      // list of the nodes that end at the same byte
    }

    Node[] _nodes = new Node[1024];
    int _count;
    int[] _ending = new int[256];
    byte[] _bytes = new byte[256];
    int[] _charAt = new int[256];   // character index of each byte
    readonly PrefixMatch[] _matches = new PrefixMatch[512];

    /// <summary>Appends the words of the text.</summary>
    /// <param name="text">Normalised text without lone surrogates.</param>
    /// <param name="offset">Added to the positions of the words.</param>
    /// <param name="whole">The whole normalised text, for the places where words must end and the words that are settled.</param>
    /// <param name="words">Where the words go.</param>
    public void Analyze(ReadOnlySpan<char> text, int offset, NormalizedText whole, List<Word> words)
    {
        var length = Encode(text);
        _ending.AsSpan(0, length + 1).Fill(None);
        _count = 0;
        _ending[0] = AddNode(new Node { Previous = None, NextEnding = None });      // the sentence's beginning: class 0, cost 0
        for (var at = 0; at < length; at++)
        {
            if (_ending[at] == None)
                continue;
            var first = _count;
            Propose(text, at, length, offset, whole);
            for (var node = _count - 1; node >= first; node--)      // last proposed first, as MeCab links them: it decides ties
                Connect(node, at);
        }
        var end = length;
        while (_ending[end] == None)
            end--;
        var last = AddNode(new Node { Start = length, End = length });
        ConnectCheapest(ref _nodes[last], end);
        Emit(text, offset, _nodes[last].Previous, words);
    }

    int Encode(ReadOnlySpan<char> text)
    {
        var most = Encoding.UTF8.GetMaxByteCount(text.Length) + 1;
        if (_bytes.Length < most)
        {
            _bytes = new byte[most];
            _charAt = new int[most];
            _ending = new int[most];
        }
        var length = 0;
        for (var i = 0; i < text.Length;)
        {
            Rune.DecodeFromUtf16(text[i..], out var rune, out var chars);
            var bytes = rune.EncodeToUtf8(_bytes.AsSpan(length));
            _charAt.AsSpan(length, bytes).Fill(i);
            length += bytes;
            i += chars;
        }
        _charAt[length] = text.Length;
        return length;
    }

    int AddNode(in Node node)
    {
        if (_count == _nodes.Length)
            Array.Resize(ref _nodes, 2 * _count);
        _nodes[_count] = node;
        return _count++;
    }

    CharacterClass ClassAt(int at, out int bytes)
    {
        Rune.DecodeFromUtf8(_bytes.AsSpan(at, Math.Min(4, _bytes.Length - at)), out var rune, out bytes);
        return lexicon.Characters.Of(rune.Value);
    }

    void Propose(ReadOnlySpan<char> text, int at, int length, int offset, NormalizedText whole)
    {
        var begin = at;
        CharacterClass character = default;
        var bytes = 0;
        while (begin < length && (character = ClassAt(begin, out bytes)).SharesClassWith(lexicon.Space))
            begin += bytes;
        if (begin == length)
            return;
        if (whole.Forced.Count > 0 && whole.Forced.TryGetValue(offset + _charAt[begin], out var forced) && _charAt[begin] + forced.Surface.Length <= text.Length)
        {
            AddUserWord(forced, begin);
            return;
        }
        var limit = whole.Cuts.Count == 0 ? length : NextCut(begin, length, offset, whole.Cuts);
        var first = _count;
        var found = lexicon.System.CommonPrefixes(_bytes.AsSpan(begin, limit - begin), _matches);
        for (var i = 0; i < found; i++)
        {
            for (var t = 0; t < _matches[i].Tokens; t++)
            {
                ref readonly var token = ref lexicon.System.Token(_matches[i].FirstToken + t);
                AddNode(new Node { Left = token.Left, Right = token.Right, WordCost = token.Cost, Feature = token.Feature, Start = begin, End = begin + _matches[i].Bytes });
            }
        }
        ProposeUserWords(text, begin, limit);
        if (whole.Spelled.Count > 0 && whole.Spelled.Contains(offset + _charAt[begin]))
            ProposeBySound(text, begin, limit, _matches.AsSpan(0, found));
        var known = _count > first;
        if (!known || character.Invoke)
            ProposeUnknown(character, begin, begin + bytes, limit, known);
    }

    int NextCut(int begin, int length, int offset, HashSet<int> cuts)
    {
        for (var at = begin + 1; at < length; at++)
        {
            if (_charAt[at] != _charAt[at - 1] && cuts.Contains(offset + _charAt[at]))
                return at;
        }
        return length;
    }

    void ProposeUserWords(ReadOnlySpan<char> text, int begin, int limit)
    {
        var start = _charAt[begin];
        var most = _charAt[limit] - start;
        foreach (var chars in lexicon.UserWords.Lengths)
        {
            if (chars > most)
                return;
            var surface = text.Slice(start, chars);
            foreach (var word in lexicon.UserWords.Find(surface))
            {
                if (!IsInNumber(text, start))
                    AddUserWord(word, begin);
            }
        }
    }

    /// <summary>A digit after a digit: no word of a user begins there (5G in 15G).</summary>
    static bool IsInNumber(ReadOnlySpan<char> text, int start) => start > 0 && text[start] is >= '０' and <= '９' && text[start - 1] is (>= '０' and <= '９') or '．';

    /// <summary>Words with kanji that a stretch of kana may spell. They cost more than the same word written so; what is drawn out on purpose and in the dictionary so (えーと) spells nothing else.</summary>
    void ProposeBySound(ReadOnlySpan<char> text, int begin, int limit, ReadOnlySpan<PrefixMatch> written)
    {
        var start = _charAt[begin];
        Span<char> katakana = stackalloc char[LongestSpelled];
        Span<int> tokens = stackalloc int[WordsPerReading];
        var most = Math.Min(LongestSpelled, _charAt[limit] - start);
        for (var length = 0; length < most && (Kana.IsHiragana(text[start + length]) || Kana.IsKatakana(text[start + length])); length++)
        {
            katakana[length] = Kana.ToKatakana(text[start + length]);
            if (length == 0 || (katakana[..(length + 1)].Contains(Kana.LongVowel) && IsWritten(written, 3 * (length + 1))))
                continue;
            var found = lexicon.Readings.Find(katakana[..(length + 1)], tokens);
            for (var i = 0; i < found; i++)
            {
                ref readonly var token = ref lexicon.System.Token(tokens[i]);
                if (katakana[1..(length + 1)].IndexOfAny('エ', 'ェ', 'イ') >= 0 && !Spells(katakana[..(length + 1)], lexicon.Entry(false, token.Feature)))
                    continue;
                var cost = (short)Math.Min(short.MaxValue, token.Cost + SpellingCost);
                AddNode(new Node { Left = token.Left, Right = token.Right, WordCost = cost, Feature = token.Feature, Start = begin, End = begin + 3 * (length + 1) });
            }
        }
    }

    /// <summary>Long vowels may be spelled in any way but these: ええ is not the えい of 英, and せいの is not せえの.</summary>
    static bool Spells(ReadOnlySpan<char> katakana, DictionaryEntry entry)
    {
        var reading = entry.Parts.Length == 1 ? entry.Parts[0].Reading : string.Concat(entry.Parts.Select(part => part.Reading));
        for (var i = 1; i < Math.Min(katakana.Length, reading.Length); i++)
        {
            if ((katakana[i] is 'エ' or 'ェ' && reading[i] == 'イ') || (katakana[i] == 'イ' && reading[i] is 'エ' or 'ェ'))
                return false;
        }
        return true;
    }

    static bool IsWritten(ReadOnlySpan<PrefixMatch> written, int bytes)
    {
        foreach (var match in written)
        {
            if (match.Bytes == bytes)
                return true;
        }
        return false;
    }

    void AddUserWord(UserWord word, int begin) =>
        AddNode(new Node { Left = word.Left, Right = word.Right, WordCost = word.Cost, User = word, Start = begin, End = begin + Encoding.UTF8.GetByteCount(word.Surface) });

    /// <summary>Unknown words: the run of one class, and the first one, two … characters, as the class of the first character says.</summary>
    void ProposeUnknown(CharacterClass character, int begin, int next, int limit, bool known)
    {
        var groupEnd = None;
        if (character.Group)
        {
            var end = next;
            var previous = character;
            var more = 0;
            while (end < limit && ClassAt(end, out var bytes) is var here && previous.SharesClassWith(here))
            {
                previous = here;
                end += bytes;
                more++;
            }
            if (more <= LongestUnknownGroup)
            {
                AddUnknown(character, begin, end);
                known = true;
            }
            groupEnd = end;
        }
        var at = next;
        for (var chars = 1; chars <= character.Length && at <= limit; chars++)
        {
            if (at == groupEnd)
                continue;
            AddUnknown(character, begin, at);
            known = true;
            if (at == limit || !character.SharesClassWith(ClassAt(at, out var bytes)))
                break;
            at += bytes;
        }
        if (!known)
            AddUnknown(character, begin, next);
    }

    void AddUnknown(CharacterClass character, int begin, int end)
    {
        foreach (ref readonly var token in lexicon.UnknownTokens(character))
            AddNode(new Node { Left = token.Left, Right = token.Right, WordCost = token.Cost, Unknown = true, Feature = token.Feature, Start = begin, End = end });
    }

    void Connect(int index, int at)
    {
        ref var node = ref _nodes[index];
        ConnectCheapest(ref node, at);
        node.NextEnding = _ending[node.End];
        _ending[node.End] = index;
    }

    void ConnectCheapest(ref Node node, int at)
    {
        var best = long.MaxValue;
        for (var before = _ending[at]; before != None; before = _nodes[before].NextEnding)
        {
            var cost = (long)_nodes[before].Cost + lexicon.Costs.Between(_nodes[before].Right, node.Left) + node.WordCost;
            if (cost < best)
            {
                best = cost;
                node.Previous = before;
            }
        }
        node.Cost = (int)Math.Clamp(best, int.MinValue, int.MaxValue);
    }

    void Emit(ReadOnlySpan<char> text, int offset, int last, List<Word> words)
    {
        var path = new Stack<int>();
        for (var node = last; node > 0; node = _nodes[node].Previous)       // node 0 is the beginning
            path.Push(node);
        foreach (var index in path)
        {
            ref readonly var node = ref _nodes[index];
            var start = _charAt[node.Start];
            var surface = text[start.._charAt[node.End]].ToString();
            var entry = node.User?.Entry ?? lexicon.Entry(node.Unknown, node.Feature);
            Word.Append(words, surface, entry, offset + start, node.Unknown, node.User is not null);
        }
    }
}
