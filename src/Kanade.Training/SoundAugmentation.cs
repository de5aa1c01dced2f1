using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>How far the sound of a training example may be changed. Every draw is uniform between the ends.</summary>
/// <param name="NoiseShare">Share of the examples that get noise.</param>
/// <param name="LowestSnrDb">Least level of the sound over the noise, both measured over the example.</param>
/// <param name="HighestSnrDb">Most of it.</param>
/// <param name="FilterShare">Share of the examples that sound through another microphone.</param>
/// <param name="TiltDb">Largest slope of the filter either way, a factor of two in frequency, about 1 kHz and over four of them to each side.</param>
/// <param name="LowCutHz">Highest edge under which a filter takes the lows away (12 dB an octave); half of the filters have one.</param>
/// <param name="HighCutHz">Lowest edge over which a filter takes the highs away; half of the filters have one.</param>
/// <param name="LevelDb">Largest change of the level, either way: a recording keeps about its own, by which what is too soft to have a pitch is told.</param>
/// <param name="SpeedShare">Share of the examples that are played at another speed, which moves F0 and formants by the same factor.</param>
/// <param name="FastestSpeed">Greatest factor of the speed; the least is its inverse, and between them the logarithm is uniform.</param>
public sealed record AugmentationConfig(
    double NoiseShare = 0.9,
    double LowestSnrDb = 0,
    double HighestSnrDb = 25,
    double FilterShare = 0.5,
    double TiltDb = 4,
    double LowCutHz = 300,
    double HighCutHz = 3000,
    double LevelDb = 3,
    double SpeedShare = 0.5,
    double FastestSpeed = 1.25)
{
    /// <summary>What contradicts itself, by key.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        if (NoiseShare is not (>= 0 and <= 1))
            yield return (nameof(NoiseShare), "must lie between 0 and 1");
        if (FilterShare is not (>= 0 and <= 1))
            yield return (nameof(FilterShare), "must lie between 0 and 1");
        if (!(LowestSnrDb <= HighestSnrDb))
            yield return (nameof(LowestSnrDb), "must not be above highest_snr_db");
        if (!(TiltDb >= 0))
            yield return (nameof(TiltDb), "must not be below 0");
        if (!(LowCutHz > SoundAugmentation.LeastCutHz))
            yield return (nameof(LowCutHz), $"must be above {SoundAugmentation.LeastCutHz}");
        if (!(HighCutHz > LowCutHz))
            yield return (nameof(HighCutHz), "must be above low_cut_hz");
        if (!(LevelDb >= 0))
            yield return (nameof(LevelDb), "must not be below 0");
        if (SpeedShare is not (>= 0 and <= 1))
            yield return (nameof(SpeedShare), "must lie between 0 and 1");
        if (FastestSpeed is not (>= 1 and <= 2))
            yield return (nameof(FastestSpeed), "must lie between 1 and 2");
    }
}

/// <summary>
/// Changes a sound as rooms, microphones and levels do, and never its pitch: a filter, noise of any colour from blue to brown, a level; and,
/// apart from these, as another voice would, by another speed (Ko et al. 2015). What is drawn is a function of the seed alone.
/// </summary>
public static class SoundAugmentation
{
    internal const double LeastCutHz = 40;

    const double TiltCentreHz = 1000, TiltOctaves = 4;

    // Power of a sound that counts as silence: what noise is measured against there.
    const double LeastPower = 1e-8;

    /// <param name="samples">(N) at <paramref name="sampleRate"/>.</param>
    /// <param name="sampleRate">Samples a second.</param>
    /// <param name="config">How far.</param>
    /// <param name="seed">Decides everything.</param>
    /// <returns>(N).</returns>
    public static Tensor Apply(Tensor samples, int sampleRate, AugmentationConfig config, long seed)
    {
        using var scope = NewDisposeScope();
        var random = new Random((int)(seed & int.MaxValue));
        var frequencies = Frequencies(samples.shape[0], sampleRate);
        // Every example draws every number, so that one share does not move the draws of another.
        var (filtered, tilt) = (random.NextDouble() < config.FilterShare, Between(-config.TiltDb, config.TiltDb));
        var lowCut = random.NextDouble() < 0.5 ? Math.Exp(Between(Math.Log(LeastCutHz), Math.Log(config.LowCutHz))) : 0;
        var highCut = random.NextDouble() < 0.5 ? Math.Exp(Between(Math.Log(config.HighCutHz), Math.Log(Math.Max(config.HighCutHz, sampleRate / 2.0)))) : 0;
        var (noisy, snr, slope) = (random.NextDouble() < config.NoiseShare, Between(config.LowestSnrDb, config.HighestSnrDb), Between(-1, 2));
        var level = Between(-config.LevelDb, config.LevelDb);

        var sound = samples;
        if (filtered)
            sound = fft.irfft(fft.rfft(sound) * Response(frequencies, tilt, lowCut, highCut), samples.shape[0]);
        if (noisy)
            sound = AddNoise(sound, sampleRate, snr, slope, CounterSeed.Of(seed, 1));
        return sound.mul(Math.Pow(10, level / 20)).MoveToOuterDisposeScope();

        double Between(double low, double high) => low + (high - low) * random.NextDouble();
    }

    /// <summary>The factor of an example's speed: 1 for those that keep theirs.</summary>
    /// <param name="config">How far.</param>
    /// <param name="seed">Decides it.</param>
    public static double SpeedOf(AugmentationConfig config, long seed)
    {
        var random = new Random((int)(seed & int.MaxValue));
        var (changed, exponent) = (random.NextDouble() < config.SpeedShare, 2 * random.NextDouble() - 1);
        return changed ? Math.Pow(config.FastestSpeed, exponent) : 1;
    }

    /// <summary>The same sound in another number of samples: played at their rate it is faster or slower, and higher or lower, by the quotient. Band-limited,
    /// by the Fourier transform, to which its ends are neighbours.</summary>
    /// <param name="samples">(N).</param>
    /// <param name="length">M.</param>
    /// <returns>(M).</returns>
    public static Tensor AtSpeed(Tensor samples, long length)
    {
        using var scope = NewDisposeScope();
        return (fft.irfft(fft.rfft(samples), length) * ((double)length / samples.shape[0])).MoveToOuterDisposeScope();
    }

    /// <summary>Adds noise whose power falls by <paramref name="slope"/>·3 dB an octave: -1 blue, 0 white, 1 pink, 2 brown.</summary>
    /// <param name="samples">(N).</param>
    /// <param name="sampleRate">Samples a second.</param>
    /// <param name="snr">Level of the sound over the noise in dB, both over all N.</param>
    /// <param name="slope">The colour.</param>
    /// <param name="seed">Decides the noise.</param>
    /// <returns>(N).</returns>
    public static Tensor AddNoise(Tensor samples, int sampleRate, double snr, double slope, long seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed, CPU);
        var white = randn(samples.shape, generator: generator);
        // Under the lowest voice the colour stops: brown noise would be all rumble.
        var colour = Frequencies(samples.shape[0], sampleRate).clamp_min(LeastCutHz).pow(-slope / 2);
        var noise = fft.irfft(fft.rfft(white) * colour, samples.shape[0]);
        var power = samples.square().mean().clamp_min(LeastPower) * Math.Pow(10, -snr / 10);
        return (samples + noise * (power / noise.square().mean()).sqrt()).MoveToOuterDisposeScope();
    }

    /// <summary>(N/2 + 1) gain of a filter without delay.</summary>
    static Tensor Response(Tensor frequencies, double tilt, double lowCut, double highCut)
    {
        using var scope = NewDisposeScope();
        var octaves = (frequencies.clamp_min(1) / TiltCentreHz).log2().clamp(-TiltOctaves, TiltOctaves);
        var gain = (octaves * (tilt * Math.Log(10) / 20)).exp();
        if (lowCut > 0)
            gain = gain / ((lowCut / frequencies.clamp_min(1)).pow(4) + 1).sqrt();
        if (highCut > 0)
            gain = gain / ((frequencies / highCut).pow(4) + 1).sqrt();
        return gain.MoveToOuterDisposeScope();
    }

    static Tensor Frequencies(long samples, int sampleRate) => arange(samples / 2 + 1, dtype: float32) * ((double)sampleRate / samples);
}
