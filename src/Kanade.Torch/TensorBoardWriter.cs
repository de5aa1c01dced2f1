using System.Buffers.Binary;
using System.Numerics;
using Google.Protobuf;
using Tensorboard;

namespace Kanade.Torch;

/// <summary>
/// Writes TensorBoard event files: scalars, PNG images and sound. TorchSharp's own writer has no sound. Records are framed as
/// TFRecord: length, masked CRC-32C of it, data, masked CRC-32C of that.
/// </summary>
public sealed class TensorBoardWriter : IDisposable
{
    readonly FileStream _file;
    readonly Lock _gate = new();

    /// <param name="folder">Made where it does not exist; every writer makes a file of its own there.</param>
    public TensorBoardWriter(string folder)
    {
        Directory.CreateDirectory(folder);
        var now = DateTimeOffset.UtcNow;
        var name = $"events.out.tfevents.{now.ToUnixTimeSeconds():D10}.{now.Millisecond:D3}.{Environment.ProcessId}.kanade";
        _file = new FileStream(Path.Combine(folder, name), FileMode.Create, FileAccess.Write, FileShare.Read);
        Write(new Event { FileVersion = "brain.Event:2" });
    }

    /// <summary>A number over steps.</summary>
    public void Scalar(string tag, float value, long step) => Write(new Summary.Types.Value { Tag = tag, SimpleValue = value }, step);

    /// <summary>A PNG picture.</summary>
    public void Image(string tag, byte[] png, int width, int height, long step) => Write(
        new Summary.Types.Value
        {
            Tag = tag,
            Image = new Summary.Types.Image { Width = width, Height = height, Colorspace = 4, EncodedImageString = ByteString.CopyFrom(png) },
        },
        step);

    /// <summary>Mono sound in [−1, 1]; louder samples are clipped.</summary>
    public void Audio(string tag, ReadOnlySpan<float> samples, int sampleRate, long step) => Write(
        new Summary.Types.Value
        {
            Tag = tag,
            Metadata = new SummaryMetadata { PluginData = new SummaryMetadata.Types.PluginData { PluginName = "audio" } },
            Audio = new Summary.Types.Audio
            {
                SampleRate = sampleRate,
                NumChannels = 1,
                LengthFrames = samples.Length,
                ContentType = "audio/wav",
                EncodedAudioString = ByteString.CopyFrom(Wav(samples, sampleRate)),
            },
        },
        step);

    /// <summary>Hands what was written to the operating system.</summary>
    public void Flush()
    {
        lock (_gate)
            _file.Flush();
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    static byte[] Wav(ReadOnlySpan<float> samples, int sampleRate)
    {
        var wav = new byte[44 + 2 * samples.Length];
        "RIFF"u8.CopyTo(wav);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(4), wav.Length - 8);
        "WAVEfmt "u8.CopyTo(wav.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(20), 1);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(22), 1);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(24), sampleRate);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(28), 2 * sampleRate);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(32), 2);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(34), 16);
        "data"u8.CopyTo(wav.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(40), 2 * samples.Length);
        for (var i = 0; i < samples.Length; i++)
            BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(44 + 2 * i), (short)Math.Clamp(MathF.Round(samples[i] * 32767), -32768, 32767));
        return wav;
    }

    void Write(Summary.Types.Value value, long step)
    {
        var summary = new Summary();
        summary.Value.Add(value);
        Write(new Event { Step = step, Summary = summary });
    }

    void Write(Event record)
    {
        record.WallTime = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1e3;
        var data = record.ToByteArray();
        Span<byte> head = stackalloc byte[12], tail = stackalloc byte[4];
        BinaryPrimitives.WriteUInt64LittleEndian(head, (ulong)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], MaskedCrc(head[..8]));
        BinaryPrimitives.WriteUInt32LittleEndian(tail, MaskedCrc(data));
        lock (_gate)
        {
            _file.Write(head);
            _file.Write(data);
            _file.Write(tail);
        }
    }

    internal static uint MaskedCrc(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var b in data)
            crc = BitOperations.Crc32C(crc, b);
        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
    }
}
