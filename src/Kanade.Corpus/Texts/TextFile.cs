using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Kanade.Corpus;

/// <summary>A line of a text file, or a piece of one that is very long.</summary>
/// <param name="File">Its path.</param>
/// <param name="Number">From 1.</param>
/// <param name="Text">Without the line's end.</param>
public readonly record struct TextLine(string File, long Number, string Text);

/// <summary>Text files read as a stream of lines: plain, .gz or .xz; UTF-8, UTF-16 with a mark, Shift_JIS or EUC-JP.</summary>
static class TextFile
{
    /// <summary>Longer lines come in pieces, cut after a sentence where there is one: a file need not have lines at all.</summary>
    internal const int LongestLine = 4096;

    const int Looked = 1 << 16;

    static readonly string[] Endings = [".txt", ".txt.gz", ".txt.xz"];

    /// <summary>The files that some paths mean, each once: a file itself, of a folder every .txt, .txt.gz and .txt.xz in it and below, by name.</summary>
    /// <exception cref="IOException">A path leads nowhere.</exception>
    /// <exception cref="InvalidDataException">A folder holds no text.</exception>
    internal static IReadOnlyList<string> Find(IReadOnlyList<string> paths)
    {
        var files = new List<string>();
        foreach (var path in paths)
        {
            if (File.Exists(path))
            {
                files.Add(path);
                continue;
            }
            if (!Directory.Exists(path))
                throw new FileNotFoundException($"{path}: there is no such text file or folder", path);
            var found = Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
                .Where(file => Endings.Any(e => file.EndsWith(e, StringComparison.OrdinalIgnoreCase))).Order(StringComparer.Ordinal).ToArray();
            if (found.Length == 0)
                throw new InvalidDataException($"{path}: no text in this folder ({string.Join(", ", Endings)}): name a file, or another folder");
            files.AddRange(found);
        }
        return [.. files.DistinctBy(Path.GetFullPath)];
    }

    /// <summary>The lines of a file that are not empty.</summary>
    /// <exception cref="InvalidDataException">It is packed in a way that cannot be unpacked, damaged, or no text.</exception>
    internal static IEnumerable<TextLine> Lines(string path)
    {
        using var stream = Open(path);
        var start = new byte[Looked];
        var looked = Guard(path, 0, () => stream.ReadAtLeast(start, Looked, throwOnEndOfStream: false));
        var encoding = TranscriptText.EncodingOf(start.AsSpan(0, looked))
            ?? throw new InvalidDataException($"{path}: neither UTF-8 nor Shift_JIS nor EUC-JP text: convert it to UTF-8 (iconv), or leave it out");
        using var reader = new StreamReader(new PrefixedStream(start.AsMemory(0, looked), stream), encoding, detectEncodingFromByteOrderMarks: false, 1 << 16);
        var (line, number, block) = (new StringBuilder(), 1L, new char[1 << 14]);
        while (true)
        {
            var read = Guard(path, number, () => reader.Read(block, 0, block.Length));
            if (read == 0)
                break;
            for (var from = 0; from < read;)
            {
                var end = block.AsSpan(from, read - from).IndexOfAny('\n', '\r');
                line.Append(block, from, end < 0 ? read - from : end);
                while (line.Length > LongestLine)
                    yield return new TextLine(path, number, Take(line, CutOf(line)));
                if (end < 0)
                    break;
                if (!IsBlank(line))
                    yield return new TextLine(path, number, Take(line, line.Length));
                line.Clear();
                number += block[from + end] == '\n' ? 1 : 0;
                from += end + 1;
            }
        }
        if (!IsBlank(line))
            yield return new TextLine(path, number, Take(line, line.Length));
    }

    static bool IsBlank(StringBuilder line)
    {
        for (var i = 0; i < line.Length; i++)
        {
            if (!char.IsWhiteSpace(line[i]) && line[i] != '\uFEFF')
                return false;
        }
        return true;
    }

    static string Take(StringBuilder line, int length)
    {
        var text = line.ToString(0, length);
        line.Remove(0, length);
        return text.TrimStart('\uFEFF');
    }

    /// <summary>After the last sentence of the longest line, or in the middle of one, but not of a character.</summary>
    static int CutOf(StringBuilder line)
    {
        for (var i = LongestLine; i > LongestLine / 2; i--)
        {
            if (line[i - 1] is '。' or '！' or '？' or '.' or '!' or '?')
                return i;
        }
        return char.IsHighSurrogate(line[LongestLine - 1]) ? LongestLine - 1 : LongestLine;
    }

    static T Guard<T>(string path, long number, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException($"{path}: near line {number}: not the encoding that the file begins in: convert it to UTF-8 (iconv), or leave it out", e);
        }
    }

    static Stream Open(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".xz" => new UnpackedStream(path, "xz", "xz-utils"),
        ".gz" => new UnpackedStream(path, "gzip", "gzip"), // the runtime's own takes a file that was cut off for a whole one
        _ => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16),
    };

    /// <summary>What was read already, then the rest.</summary>
    sealed class PrefixedStream(ReadOnlyMemory<byte> prefix, Stream rest) : ForwardStream
    {
        ReadOnlyMemory<byte> _prefix = prefix;

        public override int Read(Span<byte> buffer)
        {
            if (_prefix.IsEmpty)
                return rest.Read(buffer);
            var length = Math.Min(buffer.Length, _prefix.Length);
            _prefix.Span[..length].CopyTo(buffer);
            _prefix = _prefix[length..];
            return length;
        }
    }

    /// <summary>Unpacks with a program, which ends with the stream.</summary>
    sealed class UnpackedStream : ForwardStream
    {
        readonly string _path;
        readonly Process _process;
        readonly Task<string> _complaint;

        public UnpackedStream(string path, string program, string package)
        {
            _path = path;
            var start = new ProcessStartInfo(program, ["--decompress", "--stdout", "--", path]) { RedirectStandardOutput = true, RedirectStandardError = true };
            try
            {
                _process = Process.Start(start)!;
            }
            catch (Win32Exception e)
            {
                throw new InvalidDataException($"{path}: needs the program {program}: install it (apt-get install {package}), or unpack the file", e);
            }
            _complaint = _process.StandardError.ReadToEndAsync();
        }

        public override int Read(Span<byte> buffer)
        {
            var read = _process.StandardOutput.BaseStream.Read(buffer);
            if (read > 0)
                return read;
            _process.WaitForExit();
            return _process.ExitCode == 0 ? 0 : throw new InvalidDataException($"{_path}: cannot be unpacked: {_complaint.Result.Trim().ReplaceLineEndings(" ")}");
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing && !_process.HasExited)
                _process.Kill();
            _process.Dispose();
            base.Dispose(disposing);
        }
    }
}
