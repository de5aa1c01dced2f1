using System.Runtime.InteropServices;
using Kanade.Text;

namespace Kanade.Corpus;

/// <summary>Collects texts into a <see cref="PhonemeShard"/>.</summary>
sealed class PhonemeShardBuilder
{
    /// <summary>The symbols between phrases, which belong to no word.</summary>
    static readonly HashSet<int> Between = [.. " ,.?!…—“”«»:;".Select(SymbolTable.IdOf)];

    readonly List<string> _surfaces = [];
    readonly Dictionary<string, ushort> _indices = new(StringComparer.Ordinal);
    readonly List<int> _starts = [0];
    readonly List<uint> _draws = [];
    readonly List<ushort> _symbols = [], _words = [];
    readonly List<string> _names = [];
    int _lines, _silent, _unread;

    /// <summary>Adds a line as the frontend reads it.</summary>
    /// <returns>Whether anything of it is heard.</returns>
    internal bool Add(Phonemization read)
    {
        _lines++;
        _unread += read.Unread.Count > 0 ? 1 : 0;
        if (read.Words.Count == 0)
        {
            _silent++;
            return false;
        }
        Append(read.Ids, read.Words, (uint)(StableHash.Of(read.Symbols) >> 32));
        return true;
    }

    /// <summary>Adds an utterance of a dataset with the ids that it has.</summary>
    /// <param name="name">Its id.</param>
    /// <param name="ids">With pads.</param>
    /// <param name="words">Its words; null where they are not known: then each stretch between marks counts as one.</param>
    /// <param name="draw">What decides whether it is held out.</param>
    internal bool Add(string name, IReadOnlyList<int> ids, IReadOnlyList<SpokenWord>? words, uint draw)
    {
        _lines++;
        words ??= Stretches(ids);
        if (words.Count == 0)
        {
            _silent++;
            return false;
        }
        Append(ids, words, draw);
        _names.Add(name);
        return true;
    }

    internal PhonemeShard Build() => new(
        [.. _surfaces], [.. _starts], [.. _draws], [.. _symbols], [.. _words], new PhonemeShardCounts(_lines, _silent, _unread), _names.Count > 0 ? [.. _names] : null);

    void Append(IReadOnlyList<int> ids, IReadOnlyList<SpokenWord> words, uint draw)
    {
        var start = _symbols.Count;
        for (var i = 1; i < ids.Count - 1; i++)
            _symbols.Add((ushort)ids[i]);
        CollectionsMarshal.SetCount(_words, _symbols.Count);
        var symbols = CollectionsMarshal.AsSpan(_symbols)[start..];
        var spoken = CollectionsMarshal.AsSpan(_words)[start..];
        spoken.Clear();
        foreach (var word in words)
        {
            foreach (ref var symbol in symbols.Slice(word.Start, word.Length))
                symbol |= PhonemeShard.InWord;
            symbols[word.Start] |= PhonemeShard.BeginsWord;
            spoken.Slice(word.Start, word.Length).Fill(IndexOf(word.Surface));
        }
        _starts.Add(_symbols.Count);
        _draws.Add(draw);
    }

    /// <summary>From 1; 0 for a word without a surface, and for those beyond the 65,535 that a shard can tell apart.</summary>
    ushort IndexOf(string surface)
    {
        if (_indices.TryGetValue(surface, out var index))
            return index;
        if (surface.Length == 0 || _surfaces.Count == ushort.MaxValue)
            return 0;
        _surfaces.Add(surface);
        index = (ushort)_surfaces.Count;
        _indices.Add(surface, index);
        return index;
    }

    static List<SpokenWord> Stretches(IReadOnlyList<int> ids)
    {
        var words = new List<SpokenWord>();
        for (var i = 1; i < ids.Count - 1;)
        {
            var start = i;
            while (i < ids.Count - 1 && !Between.Contains(ids[i]))
                i++;
            if (i > start)
                words.Add(new SpokenWord("", start - 1, i - start));
            else
                i++;
        }
        return words;
    }
}
