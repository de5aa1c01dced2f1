namespace Kanade.Text;

/// <summary>What a symbol is to the ear.</summary>
public enum SymbolKind
{
    /// <summary>A sound of speech, or a nonverbal one.</summary>
    Phone,

    /// <summary>A mark at which a speaker may stop.</summary>
    Pause,

    /// <summary>Pitch accents and gaps between phrases: heard in the sounds around them, without a time of their own.</summary>
    Mark,
}

/// <summary>A symbol with what modifies it: "tɕ" is one sound.</summary>
/// <param name="Start">Its first symbol.</param>
/// <param name="Length">How many symbols.</param>
/// <param name="Kind">What it is to the ear.</param>
/// <param name="Phone">The phone as in <see cref="Mora.Phones"/>; a held vowel repeats its vowel; symbols of other notations stand for
/// themselves; a pause is "pau", a mark "".</param>
public readonly record struct SymbolGroup(int Start, int Length, SymbolKind Kind, string Phone);

/// <summary>Takes a symbol string apart into sounds, pauses and marks: <see cref="SymbolRenderer"/> backwards.</summary>
public static class SymbolGroups
{
    /// <summary>The phone of a pause.</summary>
    public const string Pause = "pau";

    static readonly string[] Pairs = ["kʲ", "ɡʲ", "dʑ", "tʲ", "tɕ", "ts", "dʲ", "bʲ", "pʲ", "mʲ", "ɽʲ"];

    /// <summary>The groups, in order; every symbol belongs to one.</summary>
    public static IReadOnlyList<SymbolGroup> Of(string symbols)
    {
        var groups = new List<SymbolGroup>(symbols.Length);
        var held = "";
        for (var i = 0; i < symbols.Length;)
        {
            var length = Array.Exists(Pairs, pair => string.CompareOrdinal(symbols, i, pair, 0, pair.Length) == 0) ? 2 : 1;
            var kind = KindOf(symbols[i]);
            var phone = kind switch
            {
                SymbolKind.Pause => Pause,
                SymbolKind.Mark => "",
                _ when symbols[i] == 'ː' && held.Length > 0 => held,
                _ => PhoneOf(symbols.Substring(i, length), i + length < symbols.Length ? symbols[i + length] : ' '),
            };
            if (kind == SymbolKind.Phone)
                held = phone is "A" or "I" or "U" or "E" or "O" ? phone.ToLowerInvariant() : phone;
            groups.Add(new SymbolGroup(i, length, kind, phone));
            i += length;
        }
        return groups;
    }

    /// <summary>The phones alone, pauses and marks left out.</summary>
    public static IReadOnlyList<string> Phones(string symbols) => [.. Of(symbols).Where(g => g.Kind == SymbolKind.Phone).Select(g => g.Phone)];

    /// <summary>Whether a symbol, by its id, is a pitch accent or a gap between phrases, which has no time of its own.</summary>
    public static bool IsMark(int id) =>
        id != SymbolTable.Pad && KindOf(SymbolTable.SymbolsOf([SymbolTable.Pad, id, SymbolTable.Pad])[0]) == SymbolKind.Mark;

    static SymbolKind KindOf(char symbol) => symbol switch
    {
        '↑' or '↓' or '→' or '↗' or '↘' or 'ˈ' or 'ˌ' or ' ' => SymbolKind.Mark,
        ';' or ':' or ',' or '.' or '!' or '?' or '¡' or '¿' or '—' or '…' or '"' or '«' or '»' or '“' or '”' or '$' => SymbolKind.Pause,
        _ => SymbolKind.Phone,
    };

    static string PhoneOf(string symbols, char next) => symbols switch
    {
        "ɯ" => "u",
        "ɐ" => "A",
        "ɪ" => "I",
        "ʊ" => "U",
        "ə" => "E",
        "ɵ" => "O",
        "ɴ" => "N",
        "ʔ" => "cl",
        "kʲ" => "ky",
        "ɡ" => "g",
        "ɡʲ" => "gy",
        "ɕ" => "sh",
        "dʑ" => "j",
        "tʲ" => "ty",
        "tɕ" => "ch",
        "dʲ" => "dy",
        "ɲ" => next is 'i' or 'ɪ' ? "n" : "ny",
        "ç" => next is 'i' or 'ɪ' ? "h" : "hy",
        "ɸ" => "f",
        "bʲ" => "by",
        "pʲ" => "py",
        "mʲ" => "my",
        "j" => "y",
        "ɽ" => "r",
        "ɽʲ" => "ry",
        "ʘ" => "laugh",
        "ǀ" => "breath_in",
        "ǁ" => "breath_out",
        "ǂ" => "sigh",
        "ǃ" => "cough",
        _ => symbols,
    };
}
