namespace Kanade.Text;

/// <summary>A word added to the dictionary: its surface in normalised text, its connection classes and cost, and what it is.</summary>
internal sealed record UserWord(string Surface, ushort Left, ushort Right, short Cost, DictionaryEntry Entry);

/// <summary>Words beside the compiled dictionary, found by surface.</summary>
internal sealed class UserWords
{
    public static readonly UserWords None = new([]);

    readonly Dictionary<string, UserWord[]> _bySurface;
    readonly Dictionary<string, UserWord[]>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    readonly int[] _lengths;

    public UserWords(IEnumerable<UserWord> words)
    {
        _bySurface = words.GroupBy(word => word.Surface, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
        _lookup = _bySurface.GetAlternateLookup<ReadOnlySpan<char>>();
        _lengths = [.. _bySurface.Keys.Select(surface => surface.Length).Distinct().Order()];
    }

    /// <summary>Lengths in characters of the surfaces, shortest first.</summary>
    public ReadOnlySpan<int> Lengths => _lengths;

    public UserWord[] Find(ReadOnlySpan<char> surface) => _lookup.TryGetValue(surface, out var words) ? words : [];
}
