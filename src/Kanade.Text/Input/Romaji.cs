using System.Collections.Frozen;
using System.Text;

namespace Kanade.Text;

/// <summary>Reads a Latin word as romaji: Hepburn, Kunrei, Nihon-shiki and what keyboards take, with macrons, circumflexes, apostrophes, doubled consonants and tch.</summary>
internal static class Romaji
{
    const string Table =
        """
        a あ i い u う e え o お ka か ki き ku く ke け ko こ ga が gi ぎ gu ぐ ge げ go ご sa さ si し shi し su す se せ so そ
        za ざ zi じ ji じ zu ず ze ぜ zo ぞ ta た ti ち chi ち tu つ tsu つ te て to と da だ di ぢ du づ dzu づ dji ぢ de で do ど
        na な ni に nu ぬ ne ね no の ha は hi ひ hu ふ fu ふ he へ ho ほ ba ば bi び bu ぶ be べ bo ぼ pa ぱ pi ぴ pu ぷ pe ぺ po ぽ
        ma ま mi み mu む me め mo も ya や yu ゆ yo よ ra ら ri り ru る re れ ro ろ la ら li り lu る le れ lo ろ wa わ wi うぃ we うぇ wo を
        kya きゃ kyu きゅ kyo きょ gya ぎゃ gyu ぎゅ gyo ぎょ sya しゃ syu しゅ syo しょ sha しゃ shu しゅ sho しょ she しぇ sye しぇ
        zya じゃ zyu じゅ zyo じょ jya じゃ jyu じゅ jyo じょ ja じゃ ju じゅ jo じょ je じぇ zye じぇ
        tya ちゃ tyu ちゅ tyo ちょ cha ちゃ chu ちゅ cho ちょ che ちぇ cya ちゃ cyu ちゅ cyo ちょ tye ちぇ dya ぢゃ dyu ぢゅ dyo ぢょ
        nya にゃ nyu にゅ nyo にょ hya ひゃ hyu ひゅ hyo ひょ bya びゃ byu びゅ byo びょ pya ぴゃ pyu ぴゅ pyo ぴょ mya みゃ myu みゅ myo みょ
        rya りゃ ryu りゅ ryo りょ lya りゃ lyu りゅ lyo りょ fa ふぁ fi ふぃ fe ふぇ fo ふぉ va ゔぁ vi ゔぃ vu ゔ ve ゔぇ vo ゔぉ
        tsa つぁ tsi つぃ tse つぇ tso つぉ tha てゃ thi てぃ thu てゅ tho てょ dha でゃ dhi でぃ dhu でゅ dho でょ twu とぅ dwu どぅ ye いぇ
        kwa くゎ gwa ぐゎ wha うぁ whi うぃ whe うぇ who うぉ xa ぁ xi ぃ xu ぅ xe ぇ xo ぉ xya ゃ xyu ゅ xyo ょ xtu っ xtsu っ ltu っ
        """;

    const int LongestSyllable = 4;

    static readonly FrozenDictionary<string, string> Syllables = Read();
    static readonly FrozenDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> Lookup = Syllables.GetAlternateLookup<ReadOnlySpan<char>>();

    static FrozenDictionary<string, string> Read()
    {
        var cells = Table.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return cells.Chunk(2).ToFrozenDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
    }

    /// <summary>The hiragana of a word, or null where it is not romaji from end to end.</summary>
    public static string? ToHiragana(ReadOnlySpan<char> word)
    {
        var plain = Plain(word);
        var kana = new StringBuilder(plain.Length);
        for (var i = 0; i < plain.Length;)
        {
            var rest = plain.AsSpan(i);
            if (rest[0] is 'ー' or '-')
            {
                if (kana.Length == 0)
                    return null;
                kana.Append('ー');
                i++;
            }
            else if (Syllable(rest) is { Length: > 0 } match)
            {
                kana.Append(match.Kana);
                i += match.Length;
            }
            else if (IsSyllabicN(rest))
            {
                kana.Append('ん');
                i += rest.Length > 1 && rest[1] is '\'' ? 2 : rest.Length == 2 && rest[1] == 'n' ? 2 : 1;
            }
            else if (IsDoubled(rest))
            {
                kana.Append('っ');
                i++;
            }
            else
            {
                return null;
            }
        }
        return kana.Length > 0 ? kana.ToString() : null;
    }

    static (int Length, string Kana) Syllable(ReadOnlySpan<char> rest)
    {
        for (var length = Math.Min(LongestSyllable, rest.Length); length > 0; length--)
        {
            if (Lookup.TryGetValue(rest[..length], out var kana))
                return (length, kana);
        }
        return (0, "");
    }

    /// <summary>n is ん at the end, before an apostrophe and before a consonant other than y; m is ん before b, p and m.</summary>
    static bool IsSyllabicN(ReadOnlySpan<char> rest) => rest[0] switch
    {
        'n' => rest.Length == 1 || rest[1] is not ('a' or 'i' or 'u' or 'e' or 'o' or 'y'),
        'm' => rest.Length > 1 && rest[1] is 'b' or 'p' or 'm',
        _ => false,
    };

    /// <summary>A doubled consonant (or tch, cch) is っ and the consonant; it needs a syllable after it.</summary>
    static bool IsDoubled(ReadOnlySpan<char> rest) =>
        rest.Length > 2 && rest[0] is not ('a' or 'i' or 'u' or 'e' or 'o' or 'n') && char.IsAsciiLetterLower(rest[0])
        && (rest[0] == rest[1] || (rest[0] == 't' && rest[1..].StartsWith("ch"))) && Syllable(rest[1..]).Length > 0;

    /// <summary>Lower case; macrons and circumflexes as ー; every apostrophe as '.</summary>
    static string Plain(ReadOnlySpan<char> word)
    {
        var plain = new StringBuilder(word.Length);
        foreach (var rune in word.ToString().Normalize(NormalizationForm.FormKD).EnumerateRunes())
        {
            plain.Append(rune.Value switch
            {
                '\u0304' or '\u0302' => "ー",
                '\'' or '’' or '‘' or 'ʼ' => "'",
                _ => Rune.ToLowerInvariant(rune).ToString(),
            });
        }
        return plain.ToString();
    }
}
