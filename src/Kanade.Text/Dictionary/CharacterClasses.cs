using System.Text;

namespace Kanade.Text;

/// <summary>What char.bin says of one character: the set of classes it is in, and how unknown words that begin with it are made.</summary>
/// <param name="Classes">Bit set of classes.</param>
/// <param name="Default">The class whose unknown-word templates are used.</param>
/// <param name="Length">Unknown words of 1 … Length characters are proposed.</param>
/// <param name="Group">The longest run of the same class is proposed.</param>
/// <param name="Invoke">Unknown words are proposed even where the dictionary knows a word.</param>
internal readonly record struct CharacterClass(uint Classes, int Default, int Length, bool Group, bool Invoke)
{
    public bool SharesClassWith(CharacterClass other) => (Classes & other.Classes) != 0;
}

/// <summary>char.bin: uint32 count, count names of 32 bytes, then a packed uint32 for each of the code points 0 … 0xfffe.</summary>
internal sealed unsafe class CharacterClasses : IDisposable
{
    readonly MappedFile _file;
    readonly uint* _map;

    public CharacterClasses(string path)
    {
        _file = new MappedFile(path);
        var count = _file.Length >= 4 ? *(uint*)_file.Start : 0;
        if (count is 0 or > 18 || _file.Length != 4 + 32L * count + 4L * 0xffff)
        {
            _file.Dispose();
            throw new InvalidDataException($"{path}: not a character class file: reinstall open-jtalk-mecab-naist-jdic");
        }
        Names = [.. Enumerable.Range(0, (int)count).Select(i => Encoding.ASCII.GetString(_file.Start + 4 + 32 * i, 32).Split('\0')[0])];
        _map = (uint*)(_file.Start + 4 + 32 * count);
    }

    public IReadOnlyList<string> Names { get; }

    /// <summary>Code points beyond 0xfffe share the entry of U+0000, as in MeCab.</summary>
    public CharacterClass Of(int codePoint)
    {
        var packed = _map[codePoint < 0xffff ? codePoint : 0];
        return new CharacterClass(packed & 0x3ffff, (int)(packed >> 18 & 0xff), (int)(packed >> 26 & 0xf), (packed >> 30 & 1) != 0, packed >> 31 != 0);
    }

    public void Dispose() => _file.Dispose();
}
