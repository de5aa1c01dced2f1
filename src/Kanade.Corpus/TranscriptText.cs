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
        // Many byte sequences are legal in both; the wrong one shows half-width katakana and rare kanji instead of kana.
        return new[] { Try(ShiftJis, bytes), Try(EucJp, bytes) }.Where(t => t is not null).MaxBy(t => t!.Count(IsKana) - t!.Count(c => c is >= '｡' and <= 'ﾟ'));
    }

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
