using System.Text;

namespace Kanade.Text;

/// <summary>One word of a compiled dictionary, as it lies in the file: connection classes, cost, and where its features are.</summary>
internal readonly record struct DictionaryToken(ushort Left, ushort Right, ushort PartOfSpeech, short Cost, uint Feature, uint Compound);

/// <summary>A MeCab dictionary file (sys.dic, unk.dic), mapped: a double-array trie over UTF-8 keys, 16-byte tokens, and NUL-ended feature lines.
/// Format: ten uint32 (magic, version, type, words, left classes, right classes, trie bytes, token bytes, feature bytes, 0), 32 bytes of charset name, then the three parts.</summary>
internal sealed unsafe class CompiledDictionary : IDisposable
{
    const uint Magic = 0xef718f77;
    const uint Version = 102;
    const int HeaderBytes = 72;

    readonly MappedFile _file;
    readonly int* _trie;            // pairs of base, check
    readonly uint _trieUnits;
    readonly DictionaryToken* _tokens;
    readonly byte* _features;

    public CompiledDictionary(string path)
    {
        _file = new MappedFile(path);
        var header = (uint*)_file.Start;
        if (_file.Length < HeaderBytes || (header[0] ^ Magic) != (uint)_file.Length || header[1] != Version
            || HeaderBytes + (long)header[6] + header[7] + header[8] != _file.Length)
        {
            _file.Dispose();
            throw new InvalidDataException($"{path}: not a compiled MeCab dictionary of version {Version}: reinstall open-jtalk-mecab-naist-jdic");
        }
        var charset = Encoding.ASCII.GetString(_file.Start + 40, 32).TrimEnd('\0');
        if (!charset.Replace("-", "", StringComparison.Ordinal).Equals("utf8", StringComparison.OrdinalIgnoreCase))
        {
            _file.Dispose();
            throw new InvalidDataException($"{path}: the dictionary is in {charset}: a UTF-8 dictionary is needed");
        }
        Words = (int)header[3];
        LeftClasses = (int)header[4];
        RightClasses = (int)header[5];
        _trie = (int*)(_file.Start + HeaderBytes);
        _trieUnits = header[6] / 8;
        _tokens = (DictionaryToken*)(_file.Start + HeaderBytes + header[6]);
        _features = _file.Start + HeaderBytes + header[6] + header[7];
    }

    public int Words { get; }

    public int LeftClasses { get; }

    public int RightClasses { get; }

    public ref readonly DictionaryToken Token(int index) => ref _tokens[index];

    /// <summary>Writes the (first token, token count, key bytes) of every key that begins the text, short to long; returns how many.</summary>
    public int CommonPrefixes(ReadOnlySpan<byte> text, Span<PrefixMatch> matches)
    {
        var found = 0;
        var state = (uint)_trie[0];
        for (var i = 0; ; i++)
        {
            // A leaf hangs at its own base: check equals the state and base is negative.
            if (state < _trieUnits && (uint)_trie[2 * state + 1] == state && _trie[2 * state] < 0 && found < matches.Length)
            {
                var value = -_trie[2 * state] - 1;
                matches[found++] = new PrefixMatch(value >> 8, value & 0xff, i);
            }
            if (i == text.Length)
                return found;
            var next = state + text[i] + 1;
            if (next >= _trieUnits || (uint)_trie[2 * next + 1] != state)
                return found;
            state = (uint)_trie[2 * next];
        }
    }

    public ReadOnlySpan<byte> FeatureBytes(uint offset) => System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpanFromNullTerminated(_features + offset);

    public string Feature(uint offset) => Encoding.UTF8.GetString(FeatureBytes(offset));

    public void Dispose() => _file.Dispose();
}

internal readonly record struct PrefixMatch(int FirstToken, int Tokens, int Bytes);
