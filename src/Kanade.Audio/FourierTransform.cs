using System.Numerics;
using System.Runtime.CompilerServices;

namespace Kanade.Audio;

/// <summary>A complex Fourier transform of a power of two, in place (Cooley and Tukey 1965), for analysis that runs without libtorch.</summary>
sealed class FourierTransform
{
    readonly int[] _reversed;
    readonly float[] _cosine, _sine;

    internal FourierTransform(int size)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(BitOperations.IsPow2(size) && size > 1, true);
        Size = size;
        var bits = BitOperations.Log2((uint)size);
        _reversed = new int[size];
        for (var i = 1; i < size; i++)
            _reversed[i] = _reversed[i >> 1] >> 1 | (i & 1) << bits - 1;
        // The factors of each pass stand one after another, so that the inner loop reads them in order.
        (_cosine, _sine) = (new float[size], new float[size]);
        for (var half = 1; half < size; half *= 2)
            for (var k = 0; k < half; k++)
                (_sine[half + k], _cosine[half + k]) = ((float)Math.Sin(-Math.PI * k / half), (float)Math.Cos(-Math.PI * k / half));
    }

    internal int Size { get; }

    /// <summary>X[k] = Σ x[n]·exp(−2πi·k·n/N).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Forward(Span<float> real, Span<float> imaginary)
    {
        for (var i = 0; i < Size; i++)
        {
            var j = _reversed[i];
            if (j > i)
            {
                (real[i], real[j]) = (real[j], real[i]);
                (imaginary[i], imaginary[j]) = (imaginary[j], imaginary[i]);
            }
        }
        FirstPasses(real, imaginary);
        for (var half = 4; half < Size; half *= 2)
        {
            var cosine = _cosine.AsSpan(half, half);
            var sine = _sine.AsSpan(half, half);
            for (var start = 0; start < Size; start += 2 * half)
            {
                var upperReal = real.Slice(start, half);
                var lowerReal = real.Slice(start + half, half);
                var upperImaginary = imaginary.Slice(start, half);
                var lowerImaginary = imaginary.Slice(start + half, half);
                var k = 0;
                for (; k + Vector<float>.Count <= half; k += Vector<float>.Count)
                {
                    var (c, s) = (new Vector<float>(cosine[k..]), new Vector<float>(sine[k..]));
                    var (lr, li) = (new Vector<float>(lowerReal[k..]), new Vector<float>(lowerImaginary[k..]));
                    var (ur, ui) = (new Vector<float>(upperReal[k..]), new Vector<float>(upperImaginary[k..]));
                    var (r, i) = (lr * c - li * s, lr * s + li * c);
                    (ur + r).CopyTo(upperReal[k..]);
                    (ui + i).CopyTo(upperImaginary[k..]);
                    (ur - r).CopyTo(lowerReal[k..]);
                    (ui - i).CopyTo(lowerImaginary[k..]);
                }
                for (; k < half; k++)
                {
                    var r = lowerReal[k] * cosine[k] - lowerImaginary[k] * sine[k];
                    var i = lowerReal[k] * sine[k] + lowerImaginary[k] * cosine[k];
                    (lowerReal[k], lowerImaginary[k]) = (upperReal[k] - r, upperImaginary[k] - i);
                    (upperReal[k], upperImaginary[k]) = (upperReal[k] + r, upperImaginary[k] + i);
                }
            }
        }
    }

    /// <summary>The passes of two and of four samples, whose factors are 1 and −i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void FirstPasses(Span<float> real, Span<float> imaginary)
    {
        if (real.Length == 2)
        {
            (real[0], real[1]) = (real[0] + real[1], real[0] - real[1]);
            (imaginary[0], imaginary[1]) = (imaginary[0] + imaginary[1], imaginary[0] - imaginary[1]);
            return;
        }
        for (var i = 0; i + 4 <= real.Length; i += 4)
        {
            Span<float> r = real.Slice(i, 4), m = imaginary.Slice(i, 4);
            var (sumReal, differenceReal) = (r[0] + r[1], r[0] - r[1]);
            var (sumImaginary, differenceImaginary) = (m[0] + m[1], m[0] - m[1]);
            var (nextReal, nextDifferenceReal) = (r[2] + r[3], r[2] - r[3]);
            var (nextImaginary, nextDifferenceImaginary) = (m[2] + m[3], m[2] - m[3]);
            (r[0], m[0]) = (sumReal + nextReal, sumImaginary + nextImaginary);
            (r[2], m[2]) = (sumReal - nextReal, sumImaginary - nextImaginary);
            (r[1], m[1]) = (differenceReal + nextDifferenceImaginary, differenceImaginary - nextDifferenceReal);
            (r[3], m[3]) = (differenceReal - nextDifferenceImaginary, differenceImaginary + nextDifferenceReal);
        }
    }

    /// <summary>The power of each of two real signals that were transformed together, one as the real part and one as the imaginary.</summary>
    /// <param name="real">(size) of the spectrum.</param>
    /// <param name="imaginary">(size).</param>
    /// <param name="power">(size/2 + 1), of the first.</param>
    /// <param name="secondPower">(size/2 + 1).</param>
    internal static void PowerOfBoth(ReadOnlySpan<float> real, ReadOnlySpan<float> imaginary, Span<float> power, Span<float> secondPower)
    {
        for (var k = 0; k <= real.Length / 2; k++)
        {
            var mirror = real.Length - k & real.Length - 1;
            var (evenReal, oddReal) = (real[k] + real[mirror], real[k] - real[mirror]);
            var (evenImaginary, oddImaginary) = (imaginary[k] + imaginary[mirror], imaginary[k] - imaginary[mirror]);
            power[k] = 0.25f * (evenReal * evenReal + oddImaginary * oddImaginary);
            secondPower[k] = 0.25f * (evenImaginary * evenImaginary + oddReal * oddReal);
        }
    }
}
