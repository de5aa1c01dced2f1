namespace Kanade.Text;

/// <summary>Lays one reading over another, mora by mora (a mora is its phones with spaces between).</summary>
internal static class MoraAlignment
{
    /// <summary>Adds the moras of katakana, each as its phones; what is no kana is passed over.</summary>
    public static void Append(ReadOnlySpan<char> katakana, List<string> moras)
    {
        while (!katakana.IsEmpty)
        {
            var length = Kana.MoraLength(katakana);
            if (length > 0)
                moras.Add(katakana[0] == Kana.LongVowel ? moras.Count > 0 ? moras[^1].Split(' ')[^1] : "a" : string.Join(' ', Kana.PhonesOf(katakana[..length])!));
            katakana = katakana[Math.Max(1, length)..];
        }
    }

    /// <summary>ei as ee and ou as oo: the spelling of long vowels is a convention.</summary>
    public static string[] Merge(IEnumerable<string> moras)
    {
        var merged = new List<string>();
        foreach (var mora in moras)
        {
            var before = merged.Count > 0 ? merged[^1][^1] : ' ';
            merged.Add(mora == "i" && before == 'e' ? "e" : mora == "u" && before == 'o' ? "o" : mora);
        }
        return [.. merged];
    }

    /// <summary>For each mora said, the index of the mora heard that it is laid on, or -1 (least edits).</summary>
    public static int[] Partners(string[] said, string[] heard)
    {
        var cost = new int[said.Length + 1, heard.Length + 1];
        for (var i = 0; i <= said.Length; i++)
        {
            for (var j = 0; j <= heard.Length; j++)
            {
                cost[i, j] = i == 0 ? j : j == 0 ? i
                    : Math.Min(cost[i - 1, j - 1] + (said[i - 1] == heard[j - 1] ? 0 : 1), Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
            }
        }
        var partner = new int[said.Length];
        Array.Fill(partner, -1);
        for (var (i, j) = (said.Length, heard.Length); i > 0 && j > 0;)
        {
            if (cost[i, j] == cost[i - 1, j - 1] + (said[i - 1] == heard[j - 1] ? 0 : 1))
                partner[--i] = --j;
            else if (cost[i, j] == cost[i - 1, j] + 1)
                i--;
            else
                j--;
        }
        return partner;
    }
}
