using Kanade.Audio;

namespace Kanade.Corpus;

/// <summary>A spectrogram with the pitch drawn over it, as PNG.</summary>
public static class SpectrogramPicture
{
    const int Height = 256, FftSize = 1024;
    const double RangeDb = 80, HighestF0 = 800;

    // Dark to light through violet and orange; lightness grows evenly, so that it reads in grey too.
    static readonly (double At, double R, double G, double B)[] Stops = [(0, 5, 5, 30), (0.35, 90, 20, 110), (0.65, 210, 70, 70), (0.87, 250, 170, 50), (1, 252, 250, 200)];

    /// <summary>Draws it: two pixels a frame, linear frequency to half the rate; pitch in cyan, 0 to 800 Hz over the whole height.</summary>
    /// <param name="samples">(N).</param>
    /// <param name="f0">(F) Hz; 0 where unvoiced.</param>
    /// <param name="mel">Gives the hop.</param>
    /// <returns>A PNG file's bytes.</returns>
    public static byte[] Draw(float[] samples, float[] f0, MelConfig mel)
    {
        var frames = Math.Max(1, samples.Length / mel.HopLength);
        var levels = Levels(samples, frames, mel.HopLength);
        var top = levels.Max();
        var picture = new PngImage(2 * frames, Height);
        for (var frame = 0; frame < frames; frame++)
        {
            for (var y = 0; y < Height; y++)
            {
                var bin = (Height - 1 - y) * (FftSize / 2) / (Height - 1);
                var color = Heat(1 + (levels[frame * (FftSize / 2 + 1) + bin] - top) / RangeDb);
                picture.Set(2 * frame, y, color);
                picture.Set(2 * frame + 1, y, color);
            }
            if (frame < f0.Length && f0[frame] > 0)
            {
                var y = Height - 2 - (int)(Math.Min(f0[frame] / HighestF0, 1) * (Height - 3));
                for (var dy = 0; dy < 2; dy++)
                {
                    picture.Set(2 * frame, y + dy, (60, 235, 235));
                    picture.Set(2 * frame + 1, y + dy, (60, 235, 235));
                }
            }
        }
        return picture.Encode();
    }

    static float[] Levels(float[] samples, int frames, int hop)
    {
        var spectrum = new PowerSpectrum(FftSize);
        var (levels, cut) = (new float[frames * (FftSize / 2 + 1)], new float[FftSize]);
        for (var frame = 0; frame < frames; frame++)
        {
            Array.Clear(cut);
            var start = frame * hop - FftSize / 2;
            var (from, to) = (Math.Max(0, start), Math.Min(samples.Length, start + FftSize));
            samples.AsSpan(from, to - from).CopyTo(cut.AsSpan(from - start));
            var row = levels.AsSpan(frame * (FftSize / 2 + 1), FftSize / 2 + 1);
            spectrum.Compute(cut, row);
            foreach (ref var x in row)
                x = 10 * MathF.Log10(x + 1e-12f);
        }
        return levels;
    }

    static (byte R, byte G, byte B) Heat(double x)
    {
        x = Math.Clamp(x, 0, 1);
        var i = 1;
        while (Stops[i].At < x)
            i++;
        var (from, to) = (Stops[i - 1], Stops[i]);
        var share = (x - from.At) / (to.At - from.At);
        return ((byte)(from.R + share * (to.R - from.R)), (byte)(from.G + share * (to.G - from.G)), (byte)(from.B + share * (to.B - from.B)));
    }
}
