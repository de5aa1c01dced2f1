using System.Text;

namespace Kanade.Corpus;

/// <summary>Reads transcripts in the encodings that Japanese corpora come in: UTF-8 and UTF-16 (with or without a mark), Shift_JIS, EUC-JP.</summary>
static class TranscriptText
{
    static readonly Encoding Utf8 = new UTF8Encoding(false, throwOnInvalidBytes: true);
    static readonly Encoding ShiftJis = Strict(932);
    static readonly Encoding EucJp = Strict(51932);

    const int Block = 1 << 16;

    /// <summary>The text from its beginning, without a byte order mark. What is UTF-8 is never held whole.</summary>
    /// <exception cref="InvalidDataException">It is in none of the encodings.</exception>
    internal static TextReader Open(string path)
    {
        if (IsUtf8(path))
            return new StreamReader(path, Utf8, detectEncodingFromByteOrderMarks: true, Block);
        return new StringReader(Decode(File.ReadAllBytes(path)) ?? throw new InvalidDataException($"{path}: neither UTF-8 nor Shift_JIS nor EUC-JP text: convert it to UTF-8"));
    }

    /// <summary>The lines, without line ends.</summary>
    internal static IEnumerable<string> Lines(string path)
    {
        using var reader = Open(path);
        while (reader.ReadLine() is { } line)
            yield return line;
    }

    static bool IsUtf8(string path)
    {
        using var file = File.OpenRead(path);
        var decoder = Utf8.GetDecoder();
        Span<byte> bytes = stackalloc byte[Block / 4];
        Span<char> characters = stackalloc char[Block / 4 + 1];
        try
        {
            int count;
            do
            {
                count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
                decoder.GetChars(bytes[..count], characters, flush: count < bytes.Length);
            }
            while (count == bytes.Length);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    static string? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]))
            return Encoding.Unicode.GetString(bytes[2..]);
        else if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            return Encoding.BigEndianUnicode.GetString(bytes[2..]);
        if (Try(Utf8, bytes) is { } utf8)
            return utf8;
        return new[] { Try(ShiftJis, bytes), Try(EucJp, bytes) }.Where(t => t is not null).MaxBy(t => Score(t!));
    }

    /// <summary>The encoding, strict, that a file is in whose first bytes these are; null where it is none of those. The last character may be cut.</summary>
    internal static Encoding? EncodingOf(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]))
            return new UnicodeEncoding(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true);
        if (start.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            return new UnicodeEncoding(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true);
        if (TryStart(Utf8, start) is not null)
            return Utf8;
        return new[] { (Encoding: ShiftJis, Text: TryStart(ShiftJis, start)), (Encoding: EucJp, Text: TryStart(EucJp, start)) }
            .Where(t => t.Text is not null).OrderByDescending(t => Score(t.Text!)).FirstOrDefault().Encoding;
    }

    static string? TryStart(Encoding encoding, ReadOnlySpan<byte> start)
    {
        try
        {
            var characters = new char[start.Length];
            return new string(characters, 0, encoding.GetDecoder().GetChars(start, characters, flush: false));
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>Many byte sequences are legal in both; the wrong one shows half-width katakana and rare kanji instead of kana.</summary>
    static int Score(string text) => text.Count(IsKana) - text.Count(c => c is >= '｡' and <= 'ﾟ');

    static bool IsKana(char c) => c is >= 'ぁ' and <= 'ー' or '、' or '。';

    static string? Try(Encoding encoding, ReadOnlySpan<byte> bytes)
    {
        try
        {
            return encoding.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    static Encoding Strict(int codePage) =>
        CodePagesEncodingProvider.Instance.GetEncoding(codePage, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)!;
}
