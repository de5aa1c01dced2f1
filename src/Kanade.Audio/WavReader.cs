using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Kanade.Audio;

/// <summary>Reads RIFF WAVE (and RF64, for files past 4 GiB) without any library: integer samples of 8 to 32 bits and floating point of 32
/// and 64, plain or extensible. Compressed kinds (A-law, ADPCM, …) are left to libsndfile.</summary>
sealed class WavReader : AudioReader
{
    const ushort PcmTag = 1, FloatTag = 3, ExtensibleTag = 0xFFFE;

    readonly Stream _stream;
    readonly string _path;
    readonly int _bytes;
    readonly bool _float;
    readonly long _dataStart;
    byte[] _buffer = [];

    WavReader(Stream stream, string path, int sampleRate, int channels, int bytes, bool isFloat, long frames, long dataStart) =>
        (_stream, _path, SampleRate, Channels, _bytes, _float, Frames, _dataStart) = (stream, path, sampleRate, channels, bytes, isFloat, frames, dataStart);

    public override int SampleRate { get; }

    public override int Channels { get; }

    public override long Frames { get; }

    internal long Position { get; private set; }

    /// <returns>Null when the content is no WAVE, or one of a compressed kind.</returns>
    /// <exception cref="InvalidDataException">It is a WAVE, but a broken one.</exception>
    internal static WavReader? TryOpen(Stream stream, string path)
    {
        Span<byte> header = stackalloc byte[12];
        if (stream.ReadAtLeast(header, 12, throwOnEndOfStream: false) < 12)
            return header.StartsWith("RIFF"u8) ? throw Truncated(path) : null;
        var wide = header.StartsWith("RF64"u8);
        if (!(wide || header.StartsWith("RIFF"u8)) || !header[8..].SequenceEqual("WAVE"u8))
            return null;

        Span<byte> chunk = stackalloc byte[8];
        Span<byte> body = stackalloc byte[40];
        long wideDataBytes = -1;
        (ushort Tag, int Channels, int Rate, int Bytes)? format = null;
        while (stream.ReadAtLeast(chunk, 8, throwOnEndOfStream: false) == 8)
        {
            long size = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            if (chunk.StartsWith("data"u8))
            {
                if (format is not { } f)
                    throw new InvalidDataException($"{path}: the WAV header has no format before its data");
                if (f.Tag is not (PcmTag or FloatTag))
                    return null;
                return Open(stream, path, f, wide && wideDataBytes >= 0 ? wideDataBytes : size);
            }
            var part = body[..(int)Math.Min(size, 40)];
            if (stream.ReadAtLeast(part, part.Length, throwOnEndOfStream: false) < part.Length)
                throw Truncated(path);
            if (chunk.StartsWith("fmt "u8))
                format = ParseFormat(part, path);
            else if (chunk.StartsWith("ds64"u8) && size >= 16)
                wideDataBytes = BinaryPrimitives.ReadInt64LittleEndian(part[8..]);
            Skip(stream, size - part.Length + (size & 1), path);
        }
        throw Truncated(path);
    }

    static (ushort Tag, int Channels, int Rate, int Bytes) ParseFormat(ReadOnlySpan<byte> body, string path)
    {
        if (body.Length < 16)
            throw new InvalidDataException($"{path}: the WAV header's format is {body.Length} bytes long; 16 are the least");
        var tag = BinaryPrimitives.ReadUInt16LittleEndian(body);
        int channels = BinaryPrimitives.ReadUInt16LittleEndian(body[2..]);
        var rate = BinaryPrimitives.ReadInt32LittleEndian(body[4..]);
        int align = BinaryPrimitives.ReadUInt16LittleEndian(body[12..]);
        if (tag == ExtensibleTag && body.Length >= 26)
            tag = BinaryPrimitives.ReadUInt16LittleEndian(body[24..]);
        if (channels is < 1 or > 64 || rate is < 1 or > 1_000_000)
            throw new InvalidDataException($"{path}: the WAV header says {channels} channels at {rate} Hz");
        var bytes = align / channels;
        if (tag is PcmTag && bytes is < 1 or > 4 || tag is FloatTag && bytes is not (4 or 8) || align % channels != 0)
            throw new InvalidDataException($"{path}: the WAV header says {align} bytes a frame of {channels} channels");
        return (tag, channels, rate, bytes);
    }

    static WavReader Open(Stream stream, string path, (ushort Tag, int Channels, int Rate, int Bytes) format, long dataBytes)
    {
        var frameBytes = format.Channels * format.Bytes;
        // Programs that write into a pipe leave 0 or the largest number where the size belongs.
        var streamed = dataBytes is 0 or 0xFFFFFFFF or >= long.MaxValue - 8;
        if (!stream.CanSeek)
            return new(stream, path, format.Rate, format.Channels, format.Bytes, format.Tag == FloatTag, streamed ? -1 : dataBytes / frameBytes, -1);
        var left = stream.Length - stream.Position;
        if (streamed)
            dataBytes = left;
        if (dataBytes > left)
            throw new InvalidDataException($"{path}: the file is cut off: its header promises {dataBytes} bytes of sound, {left} are there");
        return new(stream, path, format.Rate, format.Channels, format.Bytes, format.Tag == FloatTag, dataBytes / frameBytes, stream.Position);
    }

    public override int Read(Span<float> interleaved)
    {
        long want = interleaved.Length / Channels;
        if (Frames >= 0)
            want = Math.Min(want, Frames - Position);
        var size = (int)want * Channels * _bytes;
        if (_buffer.Length < size)
            _buffer = new byte[size];
        var got = _stream.ReadAtLeast(_buffer.AsSpan(0, size), size, throwOnEndOfStream: false);
        if (got < size && Frames >= 0)
            throw Truncated(_path);
        var frames = got / (Channels * _bytes);
        Convert(_buffer.AsSpan(0, frames * Channels * _bytes), interleaved);
        Position += frames;
        return frames;
    }

    void Convert(ReadOnlySpan<byte> bytes, Span<float> samples)
    {
        var count = bytes.Length / _bytes;
        switch (_bytes)
        {
            case 1:
                for (var i = 0; i < count; i++)
                    samples[i] = (bytes[i] - 128) / 128f;
                break;
            case 2:
                var shorts = MemoryMarshal.Cast<byte, short>(bytes);
                for (var i = 0; i < count; i++)
                    samples[i] = shorts[i] / 32768f;
                break;
            case 3:
                for (var i = 0; i < count; i++)
                    samples[i] = (bytes[3 * i] << 8 | bytes[3 * i + 1] << 16 | (sbyte)bytes[3 * i + 2] << 24) / 2147483648f;
                break;
            case 4 when _float:
                MemoryMarshal.Cast<byte, float>(bytes).CopyTo(samples);
                break;
            case 4:
                var words = MemoryMarshal.Cast<byte, int>(bytes);
                for (var i = 0; i < count; i++)
                    samples[i] = words[i] / 2147483648f;
                break;
            default:
                var doubles = MemoryMarshal.Cast<byte, double>(bytes);
                for (var i = 0; i < count; i++)
                    samples[i] = (float)doubles[i];
                break;
        }
    }

    public override void Seek(long frame)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(frame, Frames);
        _stream.Position = _dataStart + frame * Channels * _bytes;
        Position = frame;
    }

    protected override void Dispose(bool disposing) => _stream.Dispose();

    static void Skip(Stream stream, long bytes, string path)
    {
        if (stream.CanSeek)
        {
            if (stream.Position + bytes > stream.Length + 1)
                throw Truncated(path);
            stream.Position += bytes;
            return;
        }
        Span<byte> scrap = stackalloc byte[256];
        for (; bytes > 0; bytes -= Math.Min(bytes, 256))
            if (stream.ReadAtLeast(scrap[..(int)Math.Min(bytes, 256)], (int)Math.Min(bytes, 256), throwOnEndOfStream: false) < Math.Min(bytes, 256))
                throw Truncated(path);
    }

    static InvalidDataException Truncated(string path) => new($"{path}: the WAV file is cut off");
}
