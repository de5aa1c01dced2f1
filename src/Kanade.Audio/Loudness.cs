using System.Runtime.InteropServices;

namespace Kanade.Audio;

/// <summary>How loud a sound is (EBU R128).</summary>
/// <param name="IntegratedLufs">Gated; negative infinity for silence and for less than 0.4 s of sound.</param>
/// <param name="RangeLu">Loudness range (EBU Tech 3342); 0 for less than 3 s of sound.</param>
/// <param name="TruePeakDb">Peak between samples, in dB relative to full scale.</param>
public sealed record LoudnessFigures(double IntegratedLufs, double RangeLu, double TruePeakDb);

/// <summary>Loudness by EBU R128 (ITU-R BS.1770-4), measured by libebur128.</summary>
public static partial class Loudness
{
    const string Library = "libebur128.so.1";
    const int IntegratedMode = 1 << 2 | 1, RangeMode = 1 << 3 | 1 << 1 | 1;
    const int ShortestRangeSeconds = 3;

    /// <summary>Integrated loudness in LUFS; negative infinity for silence and for less than 0.4 s of sound.</summary>
    public static double Integrated(Waveform waveform) => Measure(waveform).IntegratedLufs;

    /// <summary>Integrated loudness, loudness range and true peak.</summary>
    /// <exception cref="InvalidDataException">libebur128 is not installed.</exception>
    public static LoudnessFigures Measure(Waveform waveform)
    {
        if (waveform.Samples.Length == 0)
            return new(double.NegativeInfinity, 0, double.NegativeInfinity);
        // The range needs 3 s, and memory for them, which is most of what opening costs.
        var hasRange = waveform.Seconds >= ShortestRangeSeconds;
        nint state;
        try
        {
            state = Init(1, (nuint)waveform.SampleRate, hasRange ? IntegratedMode | RangeMode : IntegratedMode);
        }
        catch (DllNotFoundException e)
        {
            throw new InvalidDataException("measuring loudness needs libebur128, which is not installed (Debian and Ubuntu: apt install libebur128-1)", e);
        }
        if (state == 0)
            throw new InvalidOperationException($"libebur128 refuses {waveform.SampleRate} Hz");
        try
        {
            Check(AddFrames(state, waveform.Samples, (nuint)waveform.Samples.Length));
            Check(Global(state, out var integrated));
            var range = 0.0;
            if (hasRange)
                Check(LoudnessRange(state, out range));
            return new(integrated, range, 20 * Math.Log10(TruePeak.Of(waveform.Samples, waveform.SampleRate)));
        }
        finally
        {
            Destroy(ref state);
        }
    }

    static void Check(int code)
    {
        if (code != 0)
            throw new InvalidOperationException($"libebur128 failed with code {code}");
    }

    [LibraryImport(Library, EntryPoint = "ebur128_init")]
    private static partial nint Init(uint channels, nuint rate, int mode);

    [LibraryImport(Library, EntryPoint = "ebur128_destroy")]
    private static partial void Destroy(ref nint state);

    [LibraryImport(Library, EntryPoint = "ebur128_add_frames_float")]
    private static partial int AddFrames(nint state, float[] samples, nuint frames);

    [LibraryImport(Library, EntryPoint = "ebur128_loudness_global")]
    private static partial int Global(nint state, out double lufs);

    [LibraryImport(Library, EntryPoint = "ebur128_loudness_range")]
    private static partial int LoudnessRange(nint state, out double range);
}
