namespace Kanade.Text;

/// <summary>The morae of Japanese in katakana and the phones of each; other kana and the letters of the alphabet in terms of them.</summary>
internal static class Kana
{
    public const char LongVowel = 'ー';

    /// <summary>Marks, after a mora, that its vowel is devoiced (as in the dictionary's pronunciations).</summary>
    public const char Devoiced = '’';

    /// <summary>Rows of the table: katakana, consonant (may be empty), vowel. Two-character morae count as one.</summary>
    const string Table =
        """
        ア -a イ -i ウ -u エ -e オ -o ァ -a ィ -i ゥ -u ェ -e ォ -o ヰ -i ヱ -e ヲ -o イェ y-e ウィ w-i ウェ w-e ウォ w-o
        カ k-a キ k-i ク k-u ケ k-e コ k-o ヵ k-a ヶ k-e キャ ky-a キュ ky-u キェ ky-e キョ ky-o クヮ kw-a
        ガ g-a ギ g-i グ g-u ゲ g-e ゴ g-o ギャ gy-a ギュ gy-u ギェ gy-e ギョ gy-o グヮ gw-a
        サ s-a シ sh-i ス s-u セ s-e ソ s-o シャ sh-a シュ sh-u シェ sh-e ショ sh-o スィ s-i
        ザ z-a ジ j-i ズ z-u ゼ z-e ゾ z-o ジャ j-a ジュ j-u ジェ j-e ジョ j-o ズィ z-i
        タ t-a チ ch-i ツ ts-u テ t-e ト t-o チャ ch-a チュ ch-u チェ ch-e チョ ch-o ツァ ts-a ツィ ts-i ツェ ts-e ツォ ts-o
        ティ t-i トゥ t-u テャ ty-a テュ ty-u テョ ty-o ダ d-a ヂ j-i ヅ z-u デ d-e ド d-o ディ d-i ドゥ d-u デャ dy-a デュ dy-u デョ dy-o
        ナ n-a ニ n-i ヌ n-u ネ n-e ノ n-o ニャ ny-a ニュ ny-u ニェ ny-e ニョ ny-o
        ハ h-a ヒ h-i フ f-u ヘ h-e ホ h-o ヒャ hy-a ヒュ hy-u ヒェ hy-e ヒョ hy-o ファ f-a フィ f-i フェ f-e フォ f-o
        バ b-a ビ b-i ブ b-u ベ b-e ボ b-o ビャ by-a ビュ by-u ビェ by-e ビョ by-o
        パ p-a ピ p-i プ p-u ペ p-e ポ p-o ピャ py-a ピュ py-u ピェ py-e ピョ py-o
        マ m-a ミ m-i ム m-u メ m-e モ m-o ミャ my-a ミュ my-u ミェ my-e ミョ my-o
        ヤ y-a ユ y-u ヨ y-o ャ y-a ュ y-u ョ y-o
        ラ r-a リ r-i ル r-u レ r-e ロ r-o リャ ry-a リュ ry-u リェ ry-e リョ ry-o
        ワ w-a ヮ w-a ヴ v-u ヴァ v-a ヴィ v-i ヴェ v-e ヴォ v-o ヴャ by-a ヴュ by-u ヴョ by-o ヷ v-a ヸ v-i ヹ v-e ヺ v-o ン N- ッ cl-
        """;

    static readonly Dictionary<string, string[]> PhonesByMora = ReadTable();
    static readonly Dictionary<string, string[]>.AlternateLookup<ReadOnlySpan<char>> Lookup = PhonesByMora.GetAlternateLookup<ReadOnlySpan<char>>();
    static readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> Pool = PhonesByMora.Keys.ToDictionary(mora => mora, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    static readonly string[] LetterNames =
    [
        "エー", "ビー", "シー", "ディー", "イー", "エフ", "ジー", "エイチ", "アイ", "ジェー", "ケー", "エル", "エム",
        "エヌ", "オー", "ピー", "キュー", "アール", "エス", "ティー", "ユー", "ブイ", "ダブリュー", "エックス", "ワイ", "ズィー",
    ];

    static Dictionary<string, string[]> ReadTable()
    {
        var table = new Dictionary<string, string[]>(StringComparer.Ordinal);
        var cells = Table.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < cells.Length; i += 2)
        {
            var phones = cells[i + 1].Split('-', StringSplitOptions.RemoveEmptyEntries);
            table.Add(cells[i], phones[0] is "kw" or "gw" ? [phones[0][..1], "w", phones[1]] : phones);
        }
        return table;
    }

    /// <summary>The phones of a mora; ー has none of its own and is not in the table.</summary>
    public static IReadOnlyList<string>? PhonesOf(ReadOnlySpan<char> mora) => Lookup.TryGetValue(mora, out var phones) ? phones : null;

    /// <summary>The mora that begins the katakana text: one or two characters, ー included, or 0 where there is none.</summary>
    public static int MoraLength(ReadOnlySpan<char> katakana)
    {
        if (katakana.Length > 1 && katakana[1] is 'ャ' or 'ュ' or 'ョ' or 'ァ' or 'ィ' or 'ゥ' or 'ェ' or 'ォ' or 'ヮ' && Lookup.ContainsKey(katakana[..2]))
            return 2;
        return katakana.Length > 0 && (katakana[0] == LongVowel || Lookup.ContainsKey(katakana[..1]) || Nonverbal.PhoneOf(katakana[0]) is not null) ? 1 : 0;
    }

    /// <summary>One shared string for each mora.</summary>
    public static string Shared(ReadOnlySpan<char> mora) => mora is [LongVowel] ? "ー" : Pool.TryGetValue(mora, out var shared) ? shared : mora.ToString();

    public static int CountMoras(ReadOnlySpan<char> katakana)
    {
        var count = 0;
        while (!katakana.IsEmpty)
        {
            var length = MoraLength(katakana);
            count += length > 0 ? 1 : 0;
            katakana = katakana[Math.Max(1, length)..];
        }
        return count;
    }

    /// <summary>Kana from end to end.</summary>
    public static bool IsAllMoras(ReadOnlySpan<char> katakana)
    {
        while (!katakana.IsEmpty)
        {
            if (MoraLength(katakana) is not (> 0 and var length) || Nonverbal.PhoneOf(katakana[0]) is not null)
                return false;
            katakana = katakana[length..];
        }
        return true;
    }

    /// <summary>The mora at a 1-based place.</summary>
    public static string MoraAt(ReadOnlySpan<char> katakana, int place)
    {
        while (!katakana.IsEmpty)
        {
            var length = Math.Max(1, MoraLength(katakana));
            if (--place == 0)
                return katakana[..length].ToString();
            katakana = katakana[length..];
        }
        return "";
    }

    /// <summary>The vowel that a kana ends in (a i u e o), or a space.</summary>
    public static char VowelOf(char katakana) => katakana is >= FirstKatakana and <= LastKatakana ? VowelTable[katakana - FirstKatakana] : ' ';

    const char FirstKatakana = 'ァ', LastKatakana = 'ヺ';

    static readonly char[] VowelTable = [.. Enumerable.Range(FirstKatakana, LastKatakana - FirstKatakana + 1)
        .Select(c => PhonesOf([(char)c]) is [.., { Length: 1 } phone] && phone[0] is 'a' or 'i' or 'u' or 'e' or 'o' ? PhonesOf([(char)c])![^1][0] : ' ')];

    /// <summary>A reading as spoken: オ and ウ after o, エ and イ after e, and a repeated vowel are held.</summary>
    public static string Spoken(string katakana)
    {
        var spoken = katakana.ToCharArray();
        for (var i = 1; i < spoken.Length; i++)
        {
            var vowel = VowelOf(spoken[i - 1] == LongVowel && i > 1 ? spoken[i - 2] : spoken[i - 1]);
            if ((spoken[i] == 'ウ' && vowel is 'o' or 'u') || (spoken[i] == 'イ' && vowel == 'e'))
                spoken[i] = LongVowel;
        }
        return new string(spoken);
    }

    public static bool IsHiragana(char c) => c is >= 'ぁ' and <= 'ゖ';

    public static bool IsKatakana(char c) => c is (>= 'ァ' and <= 'ヺ') or LongVowel;

    public static bool IsKana(char c) => IsHiragana(c) || IsKatakana(c);

    public static bool IsKanji(char c) => c is (>= '一' and <= '鿿') or (>= '㐀' and <= '䶿') or '々' or '〆' or '〇' or (>= '豈' and <= '﫿');

    public static char ToKatakana(char c) => IsHiragana(c) ? (char)(c + 0x60) : c;

    public static string ToKatakana(string text) => string.Create(text.Length, text, (span, source) =>
    {
        for (var i = 0; i < span.Length; i++)
            span[i] = ToKatakana(source[i]);
    });

    public static string ToHiragana(string text) => string.Create(text.Length, text, (span, source) =>
    {
        for (var i = 0; i < span.Length; i++)
            span[i] = source[i] is >= 'ァ' and <= 'ヶ' ? (char)(source[i] - 0x60) : source[i];
    });

    /// <summary>How a full-width or ASCII letter is named, or null.</summary>
    public static string? LetterName(char c) => c switch
    {
        >= 'Ａ' and <= 'Ｚ' => LetterNames[c - 'Ａ'],
        >= 'ａ' and <= 'ｚ' => LetterNames[c - 'ａ'],
        >= 'A' and <= 'Z' => LetterNames[c - 'A'],
        >= 'a' and <= 'z' => LetterNames[c - 'a'],
        _ => null,
    };

    /// <summary>The vowel a mora ends in, for ー to hold: N and cl are held as themselves.</summary>
    public static string HeldBy(string lastPhone) => lastPhone switch { "A" => "a", "I" => "i", "U" => "u", "E" => "e", "O" => "o", _ => lastPhone };
}
