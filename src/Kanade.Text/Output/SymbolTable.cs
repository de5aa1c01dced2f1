using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace Kanade.Text;

/// <summary>The 178 symbols of StyleTTS 2, which Tsukasa kept: a symbol's id is its place in the list. The apostrophe stands there twice (174 and 176); it is read as 176.</summary>
public static class SymbolTable
{
    const string Marks = "$;:,.!?¡¿—…\"«»“” ";
    const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const string Ipa = "ɑɐɒæɓʙβɔɕçɗɖðʤəɘɚɛɜɝɞɟʄɡɠɢʛɦɧħɥʜɨɪʝɭɬɫɮʟɱɯɰŋɳɲɴøɵɸθœɶʘɹɺɾɻʀʁɽʂʃʈʧʉʊʋⱱʌɣɤʍχʎʏʑʐʒʔʡʕʢǀǁǂǃˈˌːˑʼʴʰʱʲʷˠˤ˞↓↑→↗↘'\u0329'ᵻ";

    static readonly Rune[] Symbols = [.. (Marks + Letters + Ipa).EnumerateRunes()];
    static readonly FrozenDictionary<int, int> Ids = ReadIds();

    /// <summary>How many ids there are: 178.</summary>
    public static int Count => Symbols.Length;

    /// <summary>The id that pads and that stands at both ends of every text.</summary>
    public static int Pad => 0;

    /// <summary>Names the table: the SHA-256, in lower-case hexadecimal, of its symbols in UTF-8, one a line. Datasets and voices carry it.</summary>
    public static string Fingerprint { get; } =
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', Symbols))));

    /// <summary>The id of a symbol, or -1 where the table does not have it.</summary>
    public static int IdOf(Rune symbol) => Ids.TryGetValue(symbol.Value, out var id) ? id : -1;

    /// <summary>The id of a symbol, or -1 where the table does not have it.</summary>
    public static int IdOf(char symbol) => Ids.TryGetValue(symbol, out var id) ? id : -1;

    /// <summary>The ids of a symbol string with the pad id at both ends. Characters outside the table are left out.</summary>
    public static IReadOnlyList<int> IdsOf(string symbols)
    {
        var ids = new List<int>(symbols.Length + 2) { Pad };
        foreach (var symbol in symbols)
        {
            if (IdOf(symbol) is >= 0 and var id)
                ids.Add(id);
        }
        ids.Add(Pad);
        return ids;
    }

    /// <summary>The symbols of ids; the pads at both ends are left out.</summary>
    public static string SymbolsOf(IEnumerable<int> ids)
    {
        var list = ids as IReadOnlyList<int> ?? [.. ids];
        var text = new StringBuilder(list.Count);
        for (var i = 0; i < list.Count; i++)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(list[i], Count, nameof(ids));
            ArgumentOutOfRangeException.ThrowIfNegative(list[i], nameof(ids));
            if (list[i] != Pad || (i > 0 && i < list.Count - 1))
                text.Append(Symbols[list[i]]);
        }
        return text.ToString();
    }

    static FrozenDictionary<int, int> ReadIds()
    {
        var ids = new Dictionary<int, int>();
        for (var i = 0; i < Symbols.Length; i++)
            ids[Symbols[i].Value] = i;
        return ids.ToFrozenDictionary();
    }
}
