using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Audio;

/// <summary>Triangular filters on the mel scale of O'Shaughnessy (HTK's: 2595·log10(1 + f/700)), peak 1, as torchaudio lays them out.</summary>
public static class MelFilterbank
{
    /// <summary>The weights of each band for each bin of a power or magnitude spectrum.</summary>
    /// <param name="fftSize">Samples in a Fourier transform; it has fftSize/2 + 1 bins.</param>
    /// <param name="rate">Samples a second that the bins are taken to stand for.</param>
    /// <param name="bands">M.</param>
    /// <param name="lowestHz">Where the first triangle begins.</param>
    /// <param name="highestHz">Where the last triangle ends; half the rate when null.</param>
    /// <returns>(fftSize/2 + 1, M), row by row.</returns>
    public static float[] Triangles(int fftSize, int rate, int bands, double lowestHz = 0, double? highestHz = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bands, 1);
        var bins = fftSize / 2 + 1;
        var (low, high) = (Mel(lowestHz), Mel(highestHz ?? rate / 2));
        var corners = new double[bands + 2];
        for (var m = 0; m < corners.Length; m++)
            corners[m] = 700 * (Math.Pow(10, (low + (high - low) * m / (bands + 1)) / 2595) - 1);
        var weights = new float[bins * bands];
        for (var k = 0; k < bins; k++)
        {
            var frequency = (double)(rate / 2) * k / (bins - 1);
            for (var m = 0; m < bands; m++)
            {
                var rising = (frequency - corners[m]) / (corners[m + 1] - corners[m]);
                var falling = (corners[m + 2] - frequency) / (corners[m + 2] - corners[m + 1]);
                weights[k * bands + m] = (float)Math.Max(0, Math.Min(rising, falling));
            }
        }
        return weights;
    }

    /// <summary>The same as a tensor that the caller owns.</summary>
    /// <returns>(M, fftSize/2 + 1): a product with a spectrum (…, bins, F) gives (…, M, F).</returns>
    public static Tensor Create(int fftSize, int rate, int bands, double lowestHz = 0, double? highestHz = null, Device? device = null)
    {
        using var rows = tensor(Triangles(fftSize, rate, bands, lowestHz, highestHz), [fftSize / 2 + 1, bands]);
        return rows.t().contiguous().to(device ?? CPU, copy: true).DetachFromDisposeScope();
    }

    static double Mel(double hz) => 2595 * Math.Log10(1 + hz / 700);
}
