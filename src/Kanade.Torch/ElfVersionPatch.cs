using System.Buffers.Binary;
using System.Text;

namespace Kanade.Torch;

/// <summary>
/// Makes one shared library built against a newer libstdc++ loadable on an older one. TorchSharp 0.107's
/// <c>libLibTorchSharp.so</c> needs <c>GLIBCXX_3.4.32</c> for a single symbol, <c>std::ios_base_library_init()</c>, which older
/// libstdc++ neither has nor needs (their iostreams initialise themselves). The patch marks that version requirement weak and
/// points the symbol at libc's <c>sched_yield</c>, a function of no arguments and no effect. System V ABI, "Symbol Versioning" (LSB core, 10.7).
/// </summary>
static class ElfVersionPatch
{
    const string Symbol = "_ZSt21ios_base_library_initv";
    const string Replacement = "sched_yield";
    const string Version = "GLIBCXX_3.4.32";

    const uint DynamicSymbols = 11, VersionNeeds = 0x6ffffffe, VersionSymbols = 0x6fffffff;
    const int SymbolSize = 24;
    const ushort WeakVersion = 2, GlobalVersion = 1, VersionIndexMask = 0x7fff;

    readonly record struct Section(uint Type, int Offset, int Size, int Link);

    /// <summary>Patches the library in place.</summary>
    /// <param name="elf">The bytes of an ELF64 little-endian shared library.</param>
    /// <returns>False where the library does not need <see cref="Version"/>: nothing was changed.</returns>
    /// <exception cref="InvalidDataException">Not ELF64, or other symbols need the version too: the patch does not fit this build.</exception>
    public static bool Apply(Span<byte> elf)
    {
        if (elf.Length < 64 || BinaryPrimitives.ReadUInt32LittleEndian(elf) != 0x464c457f || elf[4] != 2)
            throw new InvalidDataException("not an ELF64 library");
        var sections = Sections(elf);
        var symbols = sections.First(s => s.Type == DynamicSymbols);
        var strings = sections[symbols.Link];
        var versions = sections.First(s => s.Type == VersionSymbols);
        var needs = sections.First(s => s.Type == VersionNeeds);

        var version = WeakenRequirement(elf, needs, strings);
        if (version < 0)
            return false;

        var target = -1;
        for (var i = 0; i < symbols.Size / SymbolSize; i++)
        {
            if ((U16(elf, versions.Offset + 2 * i) & VersionIndexMask) != version)
                continue;
            if (target >= 0 || Name(elf, strings.Offset + (int)U32(elf, symbols.Offset + i * SymbolSize)) != Symbol)
                throw new InvalidDataException($"more than {Symbol} needs {Version}: the patch does not fit this build");
            target = i;
        }
        if (target < 0)
            return true;
        var name = strings.Offset + (int)U32(elf, symbols.Offset + target * SymbolSize);
        Encoding.ASCII.GetBytes(Replacement + "\0").CopyTo(elf[name..]);
        BinaryPrimitives.WriteUInt16LittleEndian(elf[(versions.Offset + 2 * target)..], GlobalVersion);
        return true;
    }

    /// <returns>The index of <see cref="Version"/> in the library's version table, −1 where it is not needed.</returns>
    static int WeakenRequirement(Span<byte> elf, Section needs, Section strings)
    {
        for (var need = needs.Offset; ;)
        {
            var auxiliary = need + (int)U32(elf, need + 8);
            for (var i = 0; i < U16(elf, need + 2); i++, auxiliary += (int)U32(elf, auxiliary + 12))
            {
                if (Name(elf, strings.Offset + (int)U32(elf, auxiliary + 8)) != Version)
                    continue;
                BinaryPrimitives.WriteUInt16LittleEndian(elf[(auxiliary + 4)..], (ushort)(U16(elf, auxiliary + 4) | WeakVersion));
                return U16(elf, auxiliary + 6) & VersionIndexMask;
            }
            var next = (int)U32(elf, need + 12);
            if (next == 0)
                return -1;
            need += next;
        }
    }

    static Section[] Sections(ReadOnlySpan<byte> elf)
    {
        var start = (int)BinaryPrimitives.ReadUInt64LittleEndian(elf[0x28..]);
        int size = U16(elf, 0x3a), count = U16(elf, 0x3c);
        var sections = new Section[count];
        for (var i = 0; i < count; i++)
        {
            var header = elf[(start + i * size)..];
            sections[i] = new Section(
                BinaryPrimitives.ReadUInt32LittleEndian(header[4..]),
                (int)BinaryPrimitives.ReadUInt64LittleEndian(header[0x18..]),
                (int)BinaryPrimitives.ReadUInt64LittleEndian(header[0x20..]),
                (int)BinaryPrimitives.ReadUInt32LittleEndian(header[0x28..]));
        }
        return sections;
    }

    static string Name(ReadOnlySpan<byte> elf, int offset)
    {
        var text = elf[offset..];
        return Encoding.ASCII.GetString(text[..text.IndexOf((byte)0)]);
    }

    static uint U32(ReadOnlySpan<byte> elf, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(elf[offset..]);

    static ushort U16(ReadOnlySpan<byte> elf, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(elf[offset..]);
}
