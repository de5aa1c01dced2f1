using System.Buffers.Binary;
using System.IO.Compression;

namespace Kanade.Corpus;

/// <summary>A picture of 24-bit colours that can be written as PNG (ISO/IEC 15948), so that a report needs no graphics library.</summary>
sealed class PngImage(int width, int height)
{
    static readonly uint[] CrcTable = MakeTable();

    readonly byte[] _rows = new byte[height * (1 + 3 * width)]; // each row begins with its filter, 0: none

    internal void Set(int x, int y, (byte R, byte G, byte B) color)
    {
        var at = y * (1 + 3 * width) + 1 + 3 * x;
        (_rows[at], _rows[at + 1], _rows[at + 2]) = color;
    }

    internal byte[] Encode()
    {
        using var png = new MemoryStream();
        png.Write([0x89, .. "PNG\r\n"u8, 0x1A, .. "\n"u8]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, 2); // bits a channel; red, green, blue
        Chunk(png, "IHDR"u8, header);
        using (var packed = new MemoryStream())
        {
            using (var zip = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
                zip.Write(_rows);
            Chunk(png, "IDAT"u8, packed.ToArray());
        }
        Chunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    static void Chunk(MemoryStream png, ReadOnlySpan<byte> kind, byte[] body)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, body.Length);
        png.Write(number);
        png.Write(kind);
        png.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(Crc(0xFFFFFFFF, kind), body));
        png.Write(number);
    }

    static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
            crc = CrcTable[(crc ^ b) & 0xFF] ^ crc >> 8;
        return crc;
    }

    static uint[] MakeTable()
    {
        var table = new uint[256];
        for (var n = 0u; n < 256; n++)
        {
            var c = n;
            for (var k = 0; k < 8; k++)
                c = (c & 1) != 0 ? 0xEDB88320 ^ c >> 1 : c >> 1;
            table[n] = c;
        }
        return table;
    }
}
