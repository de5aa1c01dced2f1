using System.Runtime.CompilerServices;

namespace Kanade.Text;

/// <summary>The content words of the dictionary by reading, so that words spelled in kana or romaji get the accents of the words they are. Made on first use by one
/// scan of the features (a fifth of a second); keeps a hash, the cost and the token number of each word, 10 MB in all.</summary>
internal sealed class ReadingIndex
{
    const int ReadingField = 7;
    const ulong CostBits = 0xffff;

    readonly ulong[] _keys;         // hash of the reading in the upper 48 bits, cost in the lower 16: cheapest first
    readonly int[] _tokens;

    public ReadingIndex(CompiledDictionary dictionary)
    {
        var keys = new List<ulong>(dictionary.Words);
        var tokens = new List<int>(dictionary.Words);
        Span<char> reading = stackalloc char[32];
        for (var t = 0; t < dictionary.Words; t++)
        {
            var length = Reading(dictionary.FeatureBytes(dictionary.Token(t).Feature), reading);
            if (length < 2)
                continue;
            keys.Add((Hash(reading[..length]) & ~CostBits) | (ushort)(dictionary.Token(t).Cost + 32768));
            tokens.Add(t);
        }
        (_keys, _tokens) = ([.. keys], [.. tokens]);
        Array.Sort(_keys, _tokens);
    }

    /// <summary>The cheapest words with this reading (katakana, long vowels spelled in any way), at most as many as there is room for.</summary>
    public int Find(ReadOnlySpan<char> katakana, Span<int> tokens)
    {
        var hash = Hash(katakana) & ~CostBits;
        var at = Array.BinarySearch(_keys, hash);
        at = at < 0 ? ~at : at;
        while (at > 0 && _keys[at - 1] >= hash)
            at--;
        var found = 0;
        while (found < tokens.Length && at < _keys.Length && (_keys[at] & ~CostBits) == hash)
            tokens[found++] = _tokens[at++];
        return found;
    }

    /// <summary>FNV-1a, 64 bits, over the reading with every long vowel as ー.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]      // a loop over millions of characters on a cold start
    static ulong Hash(ReadOnlySpan<char> katakana)
    {
        var hash = 14695981039346656037ul;
        var vowel = ' ';
        foreach (var c in katakana)
        {
            var held = c == Kana.LongVowel || (c is 'ア' or 'ァ' && vowel == 'a') || (c is 'イ' or 'ィ' && vowel is 'i' or 'e') || (c is 'ウ' or 'ゥ' && vowel is 'u' or 'o') || (c is 'エ' or 'ェ' && vowel == 'e') || (c is 'オ' or 'ォ' && vowel == 'o');
            hash = (hash ^ (held ? Kana.LongVowel : c)) * 1099511628211ul;
            vowel = held ? vowel : Kana.VowelOf(c);
        }
        return hash ^ hash >> 29;
    }

    /// <summary>Decodes the reading of a content word; 0 for other words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static int Reading(ReadOnlySpan<byte> feature, Span<char> reading)
    {
        if (feature.StartsWith("記号"u8) || feature.StartsWith("助"u8) || feature.StartsWith("接頭詞"u8) || feature.StartsWith("フィラー"u8) || feature.StartsWith("名詞,数"u8) || feature.StartsWith("名詞,接尾"u8))
            return 0;
        for (var field = 0; field < ReadingField; field++)
        {
            var comma = feature.IndexOf((byte)',');
            if (comma < 0)
                return 0;
            feature = feature[(comma + 1)..];
        }
        var length = 0;
        while (feature.Length >= 3 && feature[0] == 0xe3 && length < reading.Length)
        {
            reading[length++] = (char)((feature[0] & 0xf) << 12 | (feature[1] & 0x3f) << 6 | feature[2] & 0x3f);
            feature = feature[3..];
        }
        return feature.Length > 0 && feature[0] == ',' ? length : 0;
    }
}
