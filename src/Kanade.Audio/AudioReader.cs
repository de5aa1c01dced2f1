using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Kanade.Audio;

/// <summary>A recording that is decoded block by block, so that its length never decides how much memory is used.
/// The kind of file is found by its content, not by its name.</summary>
public abstract class AudioReader : IDisposable
{
    /// <summary>Sample frames a second.</summary>
    public abstract int SampleRate { get; }

    /// <summary>Samples in a frame.</summary>
    public abstract int Channels { get; }

    /// <summary>Frames in the whole file, or -1 where the file does not say.</summary>
    public abstract long Frames { get; }

    /// <summary>Reads the next frames, interleaved, full scale ±1.</summary>
    /// <returns>The number of frames; 0 at the end.</returns>
    public abstract int Read(Span<float> interleaved);

    /// <summary>Goes on reading at a frame, counted from 0.</summary>
    public abstract void Seek(long frame);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the reader holds.</summary>
    protected abstract void Dispose(bool disposing);

    /// <summary>Opens a recording: plain WAV by managed code, everything libsndfile knows (FLAC, Ogg, Opus, MP3, AIFF, other WAV) by that
    /// library, anything else by ffmpeg where that is installed.</summary>
    /// <exception cref="InvalidDataException">The content is not sound that can be read here; the message says what would help.</exception>
    public static AudioReader Open(string path)
    {
        if (Directory.Exists(path))
            throw new InvalidDataException($"{path}: is a folder, not a recording");
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
        try
        {
            if (stream.Length == 0)
                throw new InvalidDataException($"{path}: the file is empty");
            if (WavReader.TryOpen(stream, path) is { } wav)
                return wav;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
        stream.Dispose();
        if (SndFileReader.TryOpen(path, out var problem) is { } reader)
            return reader;
        return FfmpegReader.TryOpen(path, ref problem) ?? throw new InvalidDataException($"{path}: {problem}");
    }

    /// <summary>What is left, mixed to one channel.</summary>
    public Waveform ReadToEnd(long mostFrames = long.MaxValue)
    {
        var samples = new List<float>((int)Math.Clamp(Math.Min(Frames, mostFrames), 0, 1 << 24));
        var block = new float[4096 * Channels];
        while (samples.Count < mostFrames && Read(block) is var frames and > 0)
        {
            var kept = (int)Math.Min(frames, mostFrames - samples.Count);
            var start = samples.Count;
            CollectionsMarshal.SetCount(samples, start + kept);
            MixDown(block, Channels, CollectionsMarshal.AsSpan(samples)[start..]);
        }
        return new([.. samples], SampleRate);
    }

    /// <summary>The mean of the channels. Of six channels and more the fourth is left out: by convention it carries only the lowest frequencies.</summary>
    internal static void MixDown(ReadOnlySpan<float> interleaved, int channels, Span<float> mono)
    {
        if (channels == 1)
        {
            interleaved[..mono.Length].CopyTo(mono);
            return;
        }
        if (channels == 2)
        {
            var pairs = MemoryMarshal.Cast<float, (float Left, float Right)>(interleaved);
            for (var i = 0; i < mono.Length; i++)
                mono[i] = (pairs[i].Left + pairs[i].Right) * 0.5f;
            return;
        }
        var lowFrequency = channels >= 6 ? 3 : -1;
        var scale = 1f / (lowFrequency < 0 ? channels : channels - 1);
        for (var i = 0; i < mono.Length; i++)
        {
            var frame = interleaved.Slice(i * channels, channels);
            var sum = 0f;
            for (var c = 0; c < channels; c++)
                if (c != lowFrequency)
                    sum += frame[c];
            mono[i] = sum * scale;
        }
    }
}

/// <summary>Decodes by a child process where neither managed code nor libsndfile can.</summary>
sealed class FfmpegReader : AudioReader
{
    readonly Process _process;
    readonly WavReader _wav;

    FfmpegReader(Process process, WavReader wav) => (_process, _wav) = (process, wav);

    public override int SampleRate => _wav.SampleRate;

    public override int Channels => _wav.Channels;

    public override long Frames => -1;

    internal static FfmpegReader? TryOpen(string path, ref string problem)
    {
        var start = new ProcessStartInfo("ffmpeg", ["-nostdin", "-loglevel", "error", "-i", "file:" + path, "-vn", "-f", "wav", "-c:a", "pcm_f32le", "pipe:1"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            problem += "; ffmpeg, which might read it, is not installed";
            return null;
        }
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        try
        {
            if (WavReader.TryOpen(process.StandardOutput.BaseStream, path) is { } wav)
                return new(process, wav);
        }
        catch (InvalidDataException)
        {
            // ffmpeg wrote nothing: it could not read the file either, and the first problem says more.
        }
        Stop(process);
        problem += ", nor can ffmpeg read it";
        return null;
    }

    public override int Read(Span<float> interleaved) => _wav.Read(interleaved);

    public override void Seek(long frame)
    {
        // A pipe only runs forward; segments of one recording are asked for in order of time.
        var block = new float[4096 * Channels];
        var left = frame - _wav.Position;
        ArgumentOutOfRangeException.ThrowIfNegative(left);
        while (left > 0 && Read(block.AsSpan(0, (int)Math.Min(4096, left) * Channels)) is var frames and > 0)
            left -= frames;
    }

    protected override void Dispose(bool disposing)
    {
        _wav.Dispose();
        Stop(_process);
    }

    static void Stop(Process process)
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
        process.Dispose();
    }
}
