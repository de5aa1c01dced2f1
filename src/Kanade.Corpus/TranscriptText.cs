using System.Text;

namespace Kanade.Corpus;

/// <summary>Reads transcripts in the encodings that Japanese corpora come in: UTF-8 and UTF-16 (with or without a mark), Shift_JIS, EUC-JP.</summary>
static class TranscriptText
{
    static readonly Encoding Utf8 = new UTF8Encoding(false, throwOnInvalidBytes: true);
    static readonly Encoding ShiftJis = Strict(932);
    static readonly Encoding EucJp = Strict(51932);

    /// <summary>The text, without a byte order mark; any line ending.</summary>
    /// <exception cref="InvalidDataException">It is in none of the encodings.</exception>
    internal static string Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        return Decode(bytes) ?? throw new InvalidDataException($"{path}: neither UTF-8 nor Shift_JIS nor EUC-JP text: convert it to UTF-8");
    }

    /// <summary>The lines, without line ends.</summary>
    internal static string[] Lines(string path) => Read(path).ReplaceLineEndings("\n").Split('\n');

    internal static string? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
            bytes = bytes[3..];
        else if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]))
            return Encoding.Unicode.GetString(bytes[2..]);
        else if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            return Encoding.BigEndianUnicode.GetString(bytes[2..]);
        if (Try(Utf8, bytes) is { } utf8)
            return utf8;
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
