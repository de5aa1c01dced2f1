using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Kanade.Audio;

/// <summary>How samples are stored in a WAV file.</summary>
public enum WavEncoding
{
    /// <summary>16-bit integers; samples past full scale are clipped.</summary>
    Pcm16,

    /// <summary>32-bit floating point, bit for bit what is in memory.</summary>
    Float32,
}

/// <summary>Writes mono WAV files.</summary>
public static class WavFile
{
    /// <summary>Writes a file that is either complete or not there: beside its place first, then flushed and renamed.</summary>
    public static void Write(string path, Waveform waveform, WavEncoding encoding = WavEncoding.Pcm16)
    {
        var unfinished = $"{path}.{Environment.ProcessId}.part";
        try
        {
            using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write))
            {
                Write(file, waveform, encoding);
                file.Flush(flushToDisk: true);
            }
            File.Move(unfinished, path, overwrite: true);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }

    /// <summary>Writes header and samples to a stream, which needs no seeking.</summary>
    public static void Write(Stream stream, Waveform waveform, WavEncoding encoding = WavEncoding.Pcm16)
    {
        var bytes = encoding == WavEncoding.Pcm16 ? 2 : 4;
        var size = checked((uint)(waveform.Samples.Length * (long)bytes));
        using (var header = new BinaryWriter(stream, Encoding.ASCII, leaveOpen: true))
        {
            header.Write("RIFF"u8);
            header.Write(checked(36 + size + (size & 1)));
            header.Write("WAVEfmt "u8);
            header.Write(16);
            header.Write((short)(encoding == WavEncoding.Pcm16 ? 1 : 3));
            header.Write((short)1);
            header.Write(waveform.SampleRate);
            header.Write(waveform.SampleRate * bytes);
            header.Write((short)bytes);
            header.Write((short)(8 * bytes));
            header.Write("data"u8);
            header.Write(size);
        }
        if (encoding == WavEncoding.Float32)
            stream.Write(MemoryMarshal.AsBytes<float>(waveform.Samples));
        else
            stream.Write(Pcm16.Encode(waveform.Samples));
    }
}

/// <summary>16-bit samples, little-endian.</summary>
public static class Pcm16
{
    /// <summary>(N) samples to 2N bytes; what passes full scale is clipped. The scale is 32768, as readers assume.</summary>
    public static byte[] Encode(ReadOnlySpan<float> samples)
    {
        var bytes = new byte[2 * samples.Length];
        var shorts = MemoryMarshal.Cast<byte, short>(bytes.AsSpan());
        var (lowest, highest, i) = (new Vector<float>(-32768f), new Vector<float>(32767f), 0);
        for (; i + 2 * Vector<float>.Count <= samples.Length; i += 2 * Vector<float>.Count)
            Vector.Narrow(Eight(samples[i..]), Eight(samples[(i + Vector<float>.Count)..])).CopyTo(shorts[i..]);
        for (; i < samples.Length; i++)
            shorts[i] = (short)Math.Clamp(MathF.Round(samples[i] * 32768f), -32768f, 32767f);
        Vector<int> Eight(ReadOnlySpan<float> part) =>
            Vector.ConvertToInt32(Vector.Min(Vector.Max(Vector.Round(new Vector<float>(part) * 32768f), lowest), highest));
        return bytes;
    }

    /// <summary>2N bytes to (N) samples.</summary>
    public static float[] Decode(ReadOnlySpan<byte> bytes)
    {
        var samples = new float[bytes.Length / 2];
        var shorts = MemoryMarshal.Cast<byte, short>(bytes);
        for (var i = 0; i < samples.Length; i++)
            samples[i] = shorts[i] / 32768f;
        return samples;
    }
}
