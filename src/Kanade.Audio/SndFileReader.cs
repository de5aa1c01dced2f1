using System.Runtime.InteropServices;

namespace Kanade.Audio;

/// <summary>Reads what libsndfile 1.0.28 and later can: FLAC, Ogg Vorbis, Opus, MP3 (1.1 and later), AIFF, CAF, compressed WAV and more.</summary>
sealed partial class SndFileReader : AudioReader
{
    const string Library = "libsndfile.so.1";
    const int ReadMode = 0x10, KindMask = 0x0FFF0000, Mpeg = 0x00230000;

    readonly string _path;
    readonly Format _format;
    nint _file;

    SndFileReader(nint file, Format format, string path) => (_file, _format, _path) = (file, format, path);

    public override int SampleRate => _format.SampleRate;

    public override int Channels => _format.Channels;

    // libsndfile gives the largest number where a stream does not say, and what an encoder guessed where it is MPEG.
    public override long Frames => _format.Frames is >= 0 and < long.MaxValue / 2 && (_format.Kind & KindMask) != Mpeg ? _format.Frames : -1;

    internal static SndFileReader? TryOpen(string path, out string problem)
    {
        try
        {
            var file = Open(path, ReadMode, out var format);
            if (file == 0)
            {
                problem = $"not sound in a format known here (libsndfile: {Message(0).TrimEnd('.')})";
                return null;
            }
            problem = "";
            return new(file, format, path);
        }
        catch (DllNotFoundException)
        {
            problem = "only plain WAV can be read, because libsndfile is not installed (Debian and Ubuntu: apt install libsndfile1)";
            return null;
        }
    }

    public override int Read(Span<float> interleaved)
    {
        var frames = ReadFrames(_file, ref MemoryMarshal.GetReference(interleaved), interleaved.Length / Channels);
        if (frames == 0 && Error(_file) != 0)
            throw new InvalidDataException($"{_path}: broken inside (libsndfile: {Message(_file).TrimEnd('.')})");
        return (int)frames;
    }

    public override void Seek(long frame)
    {
        if (Seek(_file, frame, 0) < 0)
            throw new InvalidDataException($"{_path}: cannot go to frame {frame} (libsndfile: {Message(_file).TrimEnd('.')})");
    }

    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _file, 0) is not 0 and var file)
            _ = Close(file);
    }

    static string Message(nint file) => Marshal.PtrToStringUTF8(ErrorText(file)) ?? "unknown error";

    [StructLayout(LayoutKind.Sequential)]
    struct Format
    {
        public long Frames;
        public int SampleRate, Channels, Kind, Sections, Seekable;
    }

    [LibraryImport(Library, EntryPoint = "sf_open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Open(string path, int mode, out Format format);

    [LibraryImport(Library, EntryPoint = "sf_readf_float")]
    private static partial long ReadFrames(nint file, ref float samples, long frames);

    [LibraryImport(Library, EntryPoint = "sf_seek")]
    private static partial long Seek(nint file, long frames, int origin);

    [LibraryImport(Library, EntryPoint = "sf_error")]
    private static partial int Error(nint file);

    [LibraryImport(Library, EntryPoint = "sf_strerror")]
    private static partial nint ErrorText(nint file);

    [LibraryImport(Library, EntryPoint = "sf_close")]
    private static partial int Close(nint file);
}
