using System.Numerics;
using System.Runtime.CompilerServices;

namespace Kanade.Audio;

/// <summary>Settings of <see cref="F0Estimator"/>. Names and defaults of the costs are those of Boersma (1993) and of Praat's "To Pitch (ac)".</summary>
/// <param name="FloorHz">Lowest F0 looked for; also sets the window, three of its periods.</param>
/// <param name="CeilingHz">Highest F0 looked for.</param>
/// <param name="SilenceThreshold">Share of the loudest sample under which a frame tends to be unvoiced.</param>
/// <param name="VoicingThreshold">Autocorrelation that a voiced frame has to pass; Praat has 0.45, which calls more of the ends of voiced stretches voiced.</param>
/// <param name="OctaveCost">Preference for higher candidates, an octave.</param>
/// <param name="OctaveJumpCost">Cost of a jump of an octave between frames 10 ms apart.</param>
/// <param name="VoicingChangeCost">Cost of a change between voiced and unvoiced, for frames 10 ms apart.</param>
public sealed record F0Config(
    double FloorHz = 65,
    double CeilingHz = 800,
    double SilenceThreshold = 0.03,
    double VoicingThreshold = 0.5,
    double OctaveCost = 0.01,
    double OctaveJumpCost = 0.35,
    double VoicingChangeCost = 0.14);

/// <summary>Estimates the fundamental frequency by the autocorrelation method of P. Boersma, "Accurate short-term analysis of the fundamental
/// frequency and the harmonics-to-noise ratio of a sampled sound", IFA Proceedings 17 (1993) 97–110: candidates are the maxima of the
/// autocorrelation divided by that of the window, and a Viterbi search picks the cheapest path through them. Here it runs on sound decimated
/// to about 8 kHz, which keeps every harmonic that matters and makes it fast.</summary>
/// <remarks>Instances hold scratch memory: one a thread.</remarks>
public sealed class F0Estimator
{
    const int MostCandidates = 12;
    const int SincReach = 12;

    static readonly (double Sine, double Cosine)[] TaperSteps = [.. Enumerable.Range(-SincReach, 2 * SincReach + 1).Select(k => Math.SinCos(Math.PI * k / (SincReach + 1)))];

    readonly F0Config _config;
    readonly int _decimation;
    readonly double _rate;
    readonly float[] _lowPass, _window;
    readonly double[] _windowCorrelation;
    readonly int _shortestLag, _longestLag, _peakReach;
    readonly FourierTransform _fft;

    /// <param name="sampleRate">Samples a second of the sound.</param>
    /// <param name="hopLength">Samples from frame to frame. Frame i is centred on sample i·hop, as the mel spectrogram's.</param>
    /// <param name="config">Range and costs.</param>
    public F0Estimator(int sampleRate, int hopLength, F0Config? config = null)
    {
        _config = config ?? new();
        ArgumentOutOfRangeException.ThrowIfLessThan(sampleRate, (int)(4 * _config.CeilingHz));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(_config.FloorHz, _config.CeilingHz);
        (SampleRate, HopLength) = (sampleRate, hopLength);
        _decimation = Math.Max(1, sampleRate / 8000);
        _rate = sampleRate / (double)_decimation;
        _lowPass = LowPass(_decimation);
        var length = (int)Math.Round(3 * _rate / _config.FloorHz) | 1;
        _window = new float[length];
        for (var i = 0; i < length; i++)
            _window[i] = (float)(0.5 - 0.5 * Math.Cos(2 * Math.PI * (i + 1) / (length + 1)));
        _shortestLag = Math.Max(2, (int)Math.Floor(_rate / _config.CeilingHz));
        _longestLag = (int)Math.Ceiling(_rate / _config.FloorHz);
        _peakReach = _longestLag / 2 + 1;
        // Long enough that the circular correlation is the linear one for every lag that is read.
        _fft = new((int)BitOperations.RoundUpToPowerOf2((uint)(length + _longestLag + SincReach + 2)));
        _windowCorrelation = WindowCorrelation();
    }

    /// <summary>Samples a second.</summary>
    public int SampleRate { get; }

    /// <summary>Samples from frame to frame.</summary>
    public int HopLength { get; }

    /// <summary>F0 of each frame.</summary>
    /// <param name="samples">(N).</param>
    /// <returns>(N/hop + 1) in Hz; 0 where the frame is unvoiced.</returns>
    public float[] Estimate(ReadOnlySpan<float> samples)
    {
        var sound = Decimate(samples);
        var frames = samples.Length / HopLength + 1;
        var globalPeak = Peak(sound);
        if (globalPeak == 0)
            return new float[frames];
        var candidates = new List<Candidate>[frames];
        for (var i = 0; i < frames; i += 2)
            FindPair(sound, i, frames, globalPeak, candidates);
        return CheapestPath(candidates);
    }

    /// <summary>What a frame may be: unvoiced when <see cref="Hz"/> is 0.</summary>
    readonly record struct Candidate(double Hz, double Strength);

    /// <summary>Two frames share each Fourier transform, one as its real and one as its imaginary part.</summary>
    void FindPair(float[] sound, int first, int frames, double globalPeak, List<Candidate>[] candidates)
    {
        var size = _fft.Size;
        Span<float> real = stackalloc float[size], imaginary = stackalloc float[size];
        real.Clear();
        imaginary.Clear();
        var peak = Cut(sound, first, real);
        var secondPeak = first + 1 < frames ? Cut(sound, first + 1, imaginary) : 0;
        _fft.Forward(real, imaginary);
        Span<float> power = stackalloc float[size], secondPower = stackalloc float[size];
        for (var k = 0; k < size; k++)
        {
            var mirror = size - k & size - 1;
            var (evenReal, oddReal) = (real[k] + real[mirror], real[k] - real[mirror]);
            var (evenImaginary, oddImaginary) = (imaginary[k] + imaginary[mirror], imaginary[k] - imaginary[mirror]);
            power[k] = evenReal * evenReal + oddImaginary * oddImaginary;
            secondPower[k] = evenImaginary * evenImaginary + oddReal * oddReal;
        }
        _fft.Forward(power, secondPower); // of even, real spectra: the inverse is the same, but for the scale
        candidates[first] = Candidates(power, peak / globalPeak);
        if (first + 1 < frames)
            candidates[first + 1] = Candidates(secondPower, secondPeak / globalPeak);
    }

    /// <summary>Copies the frame without its mean under the window; returns the largest sample within half the longest period of its middle, as
    /// Praat does: that of the whole window would call the silence beside every voice as loud as the voice.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    double Cut(float[] sound, int frame, Span<float> target)
    {
        var start = (int)Math.Round(frame * (double)HopLength / _decimation) - _window.Length / 2;
        var (from, to) = (Math.Max(0, start), Math.Min(sound.Length, start + _window.Length));
        if (from >= to)
            return 0;
        var part = sound.AsSpan(from, to - from);
        var sum = 0f;
        foreach (var x in part)
            sum += x;
        var (mean, peak) = (sum / part.Length, 0f);
        for (var i = 0; i < part.Length; i++)
        {
            var x = part[i] - mean;
            if (Math.Abs(from - start + i - _window.Length / 2) <= _peakReach)
                peak = Math.Max(peak, Math.Abs(x));
            target[from - start + i] = x * _window[from - start + i];
        }
        return peak;
    }

    static float Peak(float[] samples)
    {
        var peak = 0f;
        foreach (var x in samples)
            peak = Math.Max(peak, Math.Abs(x));
        return peak;
    }

    List<Candidate> Candidates(ReadOnlySpan<float> correlation, double relativePeak)
    {
        var config = _config;
        var silence = Math.Max(0, 2 - relativePeak / (config.SilenceThreshold / (1 + config.VoicingThreshold)));
        List<Candidate> found = [new(0, config.VoicingThreshold + silence)];
        if (correlation[0] <= 0)
            return found;
        var length = _longestLag + SincReach + 2;
        Span<double> r = stackalloc double[length];
        for (var lag = 0; lag < length; lag++)
            r[lag] = correlation[lag] / (double)correlation[0] / _windowCorrelation[lag];
        for (var lag = _shortestLag; lag <= _longestLag; lag++)
        {
            if (r[lag] < 0.5 * config.VoicingThreshold || r[lag] < r[lag - 1] || r[lag] <= r[lag + 1])
                continue;
            var (peakLag, height) = Refine(r, lag);
            var hz = _rate / peakLag;
            if (hz < config.FloorHz || hz > config.CeilingHz)
                continue;
            if (height > 1)
                height = 1 / height; // a short cut of noise can pass 1 after the division by the window's correlation
            found.Add(new(hz, height - config.OctaveCost * Math.Log2(config.FloorHz / hz)));
        }
        if (found.Count > MostCandidates)
        {
            found.Sort(1, found.Count - 1, Comparer<Candidate>.Create((a, b) => b.Strength.CompareTo(a.Strength)));
            found.RemoveRange(MostCandidates, found.Count - MostCandidates);
        }
        return found;
    }

    /// <summary>Place and height of the maximum near a lag, by parabolas through points of the sinc-interpolated correlation.</summary>
    static (double Lag, double Height) Refine(ReadOnlySpan<double> r, int lag)
    {
        double centre = lag, step = 1;
        var height = r[lag];
        var (left, right) = (r[lag - 1], r[lag + 1]);
        for (var round = 0; round < 3; round++)
        {
            var curvature = left - 2 * height + right;
            if (curvature < 0)
                centre += step * Math.Clamp((left - right) / (2 * curvature), -0.5, 0.5);
            step /= 4;
            height = Sinc(r, centre);
            (left, right) = (Sinc(r, centre - step), Sinc(r, centre + step));
        }
        return (centre, height);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static double Sinc(ReadOnlySpan<double> r, double position)
    {
        var nearest = (int)Math.Round(position);
        var fraction = position - nearest;
        if (Math.Abs(fraction) < 1e-9)
            return r[nearest];
        // One sine and cosine; those of the neighbours follow by the addition theorem.
        var sine = Math.Sin(Math.PI * fraction) / Math.PI;
        var (taperSine, taperCosine) = Math.SinCos(Math.PI * fraction / (SincReach + 1));
        var sum = 0.0;
        for (var k = -SincReach; k <= SincReach; k++)
        {
            var (stepSine, stepCosine) = TaperSteps[k + SincReach];
            var weight = ((k & 1) == 0 ? sine : -sine) / (fraction - k);
            var taper = 0.5 + 0.5 * (taperCosine * stepCosine + taperSine * stepSine);
            sum += r[Math.Min(Math.Abs(nearest + k), r.Length - 1)] * weight * taper;
        }
        return sum;
    }

    float[] CheapestPath(List<Candidate>[] candidates)
    {
        var frames = candidates.Length;
        // Boersma gives the costs for frames 10 ms apart; other distances scale them.
        var scale = 0.01 * SampleRate / HopLength;
        var (jump, change) = (_config.OctaveJumpCost * scale, _config.VoicingChangeCost * scale);
        var from = new byte[frames][];
        var best = candidates[0].ConvertAll(c => c.Strength).ToArray();
        for (var i = 1; i < frames; i++)
        {
            var (now, before) = (candidates[i], candidates[i - 1]);
            var next = new double[now.Count];
            from[i] = new byte[now.Count];
            for (var c = 0; c < now.Count; c++)
            {
                next[c] = double.NegativeInfinity;
                for (var p = 0; p < before.Count; p++)
                {
                    var cost = (now[c].Hz, before[p].Hz) switch
                    {
                        (0, 0) => 0,
                        (0, _) or (_, 0) => change,
                        var (a, b) => jump * Math.Abs(Math.Log2(a / b)),
                    };
                    if (best[p] - cost > next[c])
                        (next[c], from[i][c]) = (best[p] - cost, (byte)p);
                }
                next[c] += now[c].Strength;
            }
            best = next;
        }
        var f0 = new float[frames];
        var chosen = Array.IndexOf(best, best.Max());
        for (var i = frames - 1; i >= 0; i--)
        {
            f0[i] = (float)candidates[i][chosen].Hz;
            if (i > 0)
                chosen = from[i][chosen];
        }
        return f0;
    }

    double[] WindowCorrelation()
    {
        var r = new double[_longestLag + SincReach + 2];
        for (var lag = 0; lag < r.Length; lag++)
            for (var i = 0; i + lag < _window.Length; i++)
                r[lag] += _window[i] * (double)_window[i + lag];
        for (var lag = r.Length - 1; lag >= 0; lag--)
            r[lag] /= r[0];
        return r;
    }

    float[] Decimate(ReadOnlySpan<float> samples)
    {
        if (_decimation == 1)
            return samples.ToArray();
        var reach = _lowPass.Length / 2;
        var padded = new float[samples.Length + 2 * reach];
        samples.CopyTo(padded.AsSpan(reach));
        var sound = new float[(samples.Length + _decimation - 1) / _decimation];
        for (var i = 0; i < sound.Length; i++)
            sound[i] = Dot(padded.AsSpan(i * _decimation, _lowPass.Length), _lowPass);
        return sound;
    }

    /// <summary>A Hann-windowed sinc that passes up to 0.4 of the new rate.</summary>
    static float[] LowPass(int decimation)
    {
        var reach = 12 * decimation;
        var taps = new float[2 * reach + 1];
        for (var i = -reach; i <= reach; i++)
        {
            var x = 0.8 * i / decimation;
            taps[i + reach] = (float)((i == 0 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x)) * (0.5 + 0.5 * Math.Cos(Math.PI * i / (reach + 1))));
        }
        var gain = taps.Sum();
        return Array.ConvertAll(taps, t => t / gain);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var (sums, i) = (Vector<float>.Zero, 0);
        for (; i + Vector<float>.Count <= a.Length; i += Vector<float>.Count)
            sums += new Vector<float>(a[i..]) * new Vector<float>(b[i..]);
        var sum = Vector.Sum(sums);
        for (; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }
}
