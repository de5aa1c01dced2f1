using System.Text;

namespace Kanade.Text;

/// <summary>A text as the lattice wants it (composed, full-width, romaji in kana), with the way back to the text as given.</summary>
/// <param name="Text">Normalised; without lone surrogates and control characters.</param>
/// <param name="Source">For each character of <paramref name="Text"/>, and for its end, the index of the source character it comes from.</param>
/// <param name="Cuts">Positions at which a word must end: spaces of the source, and edges of romaji.</param>
/// <param name="Forced">Words that are settled before the lattice, by position: ruby, notation, foreign words, sounds.</param>
/// <param name="Spelled">Positions of kana that spell words which would have kanji: romaji, and texts without kanji.</param>
/// <param name="Unread">Source characters that nothing is known of.</param>
internal sealed record NormalizedText(string Text, int[] Source, HashSet<int> Cuts, Dictionary<int, UserWord> Forced, HashSet<int> Spelled, List<string> Unread);

/// <summary>Writes a <see cref="NormalizedText"/> piece by piece.</summary>
internal sealed class NormalizedTextBuilder(int capacity)
{
    readonly StringBuilder _text = new(capacity);
    readonly List<int> _source = new(capacity + 1);
    readonly HashSet<int> _cuts = [];
    readonly HashSet<int> _spelled = [];
    readonly Dictionary<int, UserWord> _forced = [];

    public int Length => _text.Length;

    public char Last => _text.Length == 0 ? '\0' : _text[^1];

    public char this[int index] => _text[index];

    public List<string> Unread { get; } = [];

    public void Append(char c, int source)
    {
        _text.Append(c);
        _source.Add(source);
    }

    public void Append(ReadOnlySpan<char> text, int source)
    {
        foreach (var c in text)
            Append(c, source);
    }

    /// <summary>Appends kana that spell a word.</summary>
    public void AppendSpelled(ReadOnlySpan<char> kana, int source)
    {
        foreach (var c in kana)
        {
            _spelled.Add(_text.Length);
            Append(c, source);
        }
    }

    /// <summary>Appends a piece of another text, with its places.</summary>
    public void Copy(NormalizedText from, int start, int end)
    {
        for (var i = start; i < end; i++)
        {
            Mark(from, i);
            Append(from.Text[i], from.Source[i]);
        }
        if (end == from.Text.Length)
            Mark(from, end);
    }

    void Mark(NormalizedText from, int i)
    {
        if (from.Cuts.Contains(i))
            Cut();
        if (from.Spelled.Contains(i))
            _spelled.Add(Length);
        if (from.Forced.TryGetValue(i, out var word))
            _forced[Length] = word;
    }

    public void Cut() => _cuts.Add(_text.Length);

    /// <summary>Appends a word that the lattice must take as it is.</summary>
    public void Force(UserWord word, int source)
    {
        Cut();
        _forced[_text.Length] = word;
        Append(word.Surface, source);
        Cut();
    }

    /// <summary>Makes the end of the text, from a place on, a word that the lattice must take as it is.</summary>
    public void ForceFrom(int start, Func<string, UserWord> word)
    {
        _cuts.Add(start);
        _forced[start] = word(_text.ToString(start, _text.Length - start));
        Cut();
    }

    /// <summary>Counts a text without kanji as spelled.</summary>
    public void SpellAll()
    {
        for (var i = 0; i < _text.Length; i++)
        {
            if (Kana.IsHiragana(_text[i]) || _text[i] == Kana.LongVowel)
                _spelled.Add(i);
        }
    }

    public NormalizedText Build(int sourceLength) => new(_text.ToString(), [.. _source, sourceLength], _cuts, _forced, _spelled, Unread);
}
