using static TorchSharp.torch;

namespace Kanade.Models.Layers;

/// <summary>
/// The Fourier transform of 20 real numbers, in arithmetic that is written out: five points of stride four, then four of the results
/// (Cooley and Tukey 1965, in the split form of Sorensen et al. 1987 for real numbers).
/// <para>iSTFTNet reads the phases of its source, and where a bin is empty its phase is what rounding leaves: a voice would sound
/// another way with every Fourier library. This order of additions and multiplications is that of the library (PocketFFT) behind
/// PyTorch's builds without MKL, to the bit.</para>
/// </summary>
static class TwentyPointTransform
{
    /// <summary>Points.</summary>
    public const int Size = 20;

    const int Fives = 5, Fours = 4;
    static readonly double Cos1 = Math.Cos(2 * Math.PI / Fives), Sin1 = Math.Sin(2 * Math.PI / Fives);
    static readonly double Cos2 = Math.Cos(4 * Math.PI / Fives), Sin2 = Math.Sin(4 * Math.PI / Fives);

    /// <param name="x">(20, …) float32.</param>
    /// <returns>(…, 11), complex.</returns>
    public static Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var parts = Enumerable.Range(0, Fours).Select(first => FivePoints([.. Enumerable.Range(0, Fives).Select(n => x[first + Fours * n])])).ToArray();
        var (real, imaginary) = (new Tensor[Size / 2 + 1], new Tensor[Size / 2 + 1]);

        // The four sums, whose frequency is 0, meet in the bins 0, 5 and 10; the others, turned, in those on both sides.
        var (odd, even) = (parts[3][0] + parts[1][0], parts[0][0] + parts[2][0]);
        var none = zeros_like(odd);
        (real[0], imaginary[0]) = (even + odd, none);
        (real[5], imaginary[5]) = (parts[0][0] - parts[2][0], parts[3][0] - parts[1][0]);
        (real[10], imaginary[10]) = (even - odd, none);
        for (var k = 1; k <= 2; k++)
        {
            var (real0, imaginary0) = (parts[0][2 * k - 1], parts[0][2 * k]);
            var (real1, imaginary1) = Turned(parts[1], k, 1);
            var (real2, imaginary2) = Turned(parts[2], k, 2);
            var (real3, imaginary3) = Turned(parts[3], k, 3);
            var (oddReal, oddReals) = (real3 + real1, real3 - real1);
            var (oddImaginary, oddImaginaries) = (imaginary1 + imaginary3, imaginary1 - imaginary3);
            var (evenReal, evenReals) = (real0 + real2, real0 - real2);
            var (evenImaginary, evenImaginaries) = (imaginary0 + imaginary2, imaginary0 - imaginary2);
            (real[k], imaginary[k]) = (evenReal + oddReal, oddImaginary + evenImaginary);
            (real[10 - k], imaginary[10 - k]) = (evenReal - oddReal, oddImaginary - evenImaginary);
            (real[5 + k], imaginary[5 + k]) = (evenReals + oddImaginaries, oddReals + evenImaginaries);
            (real[5 - k], imaginary[5 - k]) = (evenReals - oddImaginaries, oddReals - evenImaginaries);
        }
        return complex(stack(real, -1), stack(imaginary, -1)).MoveToOuterDisposeScope();
    }

    /// <returns>The real part of frequency 0, then real and imaginary parts of 1 and 2.</returns>
    static Tensor[] FivePoints(Tensor[] x)
    {
        var (outer, outers) = (x[4] + x[1], x[4] - x[1]);
        var (inner, inners) = (x[3] + x[2], x[3] - x[2]);
        return
        [
            x[0] + outer + inner,
            x[0] + outer * Cos1 + inner * Cos2, outers * Sin1 + inners * Sin2,
            x[0] + outer * Cos2 + inner * Cos1, outers * Sin2 - inners * Sin1,
        ];
    }

    /// <returns>One frequency of one of the four parts, turned back by its place.</returns>
    static (Tensor Real, Tensor Imaginary) Turned(Tensor[] part, int frequency, int place)
    {
        var (sin, cos) = Math.SinCos(2 * Math.PI * place * frequency / Size);
        var (real, imaginary) = (part[2 * frequency - 1], part[2 * frequency]);
        return (real * cos + imaginary * sin, imaginary * cos - real * sin);
    }
}
