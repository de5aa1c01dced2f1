using System.Runtime.InteropServices;

namespace Kanade.Audio;

/// <summary>Sample-rate conversion by libsoxr at its best quality (VHQ: 28 bits, linear phase, pass band to 0.913 of Nyquist).</summary>
public static partial class Resampler
{
    const string Library = "libsoxr.so.0";
    const uint VeryHighQuality = 6;

    /// <summary>The same sound at another rate: ceil(N·<paramref name="rate"/>/old rate) samples, without delay.</summary>
    /// <exception cref="InvalidDataException">libsoxr is not installed.</exception>
    public static Waveform Resample(Waveform waveform, int rate)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rate);
        if (waveform.SampleRate == rate || waveform.Samples.Length == 0)
            return waveform with { SampleRate = rate };
        var samples = new float[(waveform.Samples.LongLength * rate + waveform.SampleRate - 1) / waveform.SampleRate];
        try
        {
            var quality = QualitySpec(VeryHighQuality, 0);
            var problem = OneShot(waveform.SampleRate, rate, 1, waveform.Samples, (nuint)waveform.Samples.Length, out _,
                samples, (nuint)samples.Length, out var done, 0, in quality, 0);
            if (problem != 0)
                throw new InvalidOperationException($"libsoxr: {Marshal.PtrToStringUTF8(problem)}");
            return new((int)done == samples.Length ? samples : samples[..(int)done], rate);
        }
        catch (DllNotFoundException e)
        {
            throw new InvalidDataException(
                $"resampling from {waveform.SampleRate} to {rate} Hz needs libsoxr, which is not installed (Debian and Ubuntu: apt install libsoxr0)", e);
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    struct Quality
    {
        public double Precision, PhaseResponse, PassbandEnd, StopbandBegin;
        public nint Reserved;
        public nuint Flags;
    }

    [LibraryImport(Library, EntryPoint = "soxr_quality_spec")]
    private static partial Quality QualitySpec(nuint recipe, nuint flags);

    [LibraryImport(Library, EntryPoint = "soxr_oneshot")]
    private static partial nint OneShot(double inputRate, double outputRate, uint channels, float[] input, nuint inputLength, out nuint inputDone,
        [Out] float[] output, nuint outputLength, out nuint outputDone, nint ioSpec, in Quality quality, nint runtimeSpec);
}
