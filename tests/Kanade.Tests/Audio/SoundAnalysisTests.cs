using System.Runtime.InteropServices;
using Kanade.Audio;

namespace Kanade.Tests.Audio;

public sealed partial class SoundAnalysisTests
{
    const int Rate = 24000;

    static float[] Tone(double seconds, Func<double, double> hz, double amplitude = 0.3, int rate = Rate, int harmonics = 10)
    {
        var samples = new float[(int)(seconds * rate)];
        var phase = 0.0;
        for (var i = 0; i < samples.Length; i++)
        {
            phase += 2 * Math.PI * hz(i / (double)rate) / rate;
            for (var h = 1; h <= harmonics && h * hz(0) < rate / 2; h++)
                samples[i] += (float)(amplitude * Math.Sin(h * phase) / h);
        }
        return samples;
    }

    static float[] Noise(double seconds, double amplitude, int seed = 1, int rate = Rate)
    {
        var random = new Random(seed);
        var samples = new float[(int)(seconds * rate)];
        for (var i = 0; i < samples.Length; i++)
            samples[i] = (float)(amplitude * (2 * random.NextDouble() - 1));
        return samples;
    }

    [Theory]
    [InlineData(24000, 1.51)]
    [InlineData(48000, 0.2)]
    [InlineData(96000, 0.7)]
    [InlineData(192000, 0.1)]
    public void The_true_peak_is_that_of_libebur128_to_the_last_bit(int rate, double seconds)
    {
        // Noise, a tone a quarter of the rate high whose peaks lie between the samples, and speech-like sound that is loud for a moment only.
        float[][] sounds = [Noise(seconds, 0.9, rate: rate), [.. Enumerable.Range(0, (int)(seconds * rate)).Select(i => (float)(0.5 * Math.Sin(Math.PI / 2 * i + 0.7)))],
            [.. Tone(seconds, t => 150 + 400 * t, rate: rate).Select((x, i) => (float)(x * Math.Exp(-Math.Pow(10.0 * i / rate - 3, 2)))) ], [1f], [0f, -0.3f, 0.3f]];
        foreach (var sound in sounds)
            Assert.Equal(LibraryTruePeak(sound, rate), TruePeak.Of(sound, rate));
    }

    static double LibraryTruePeak(float[] samples, int rate)
    {
        const int mode = 1 << 5 | 1 << 4 | 1;
        var state = EburInit(1, (nuint)rate, mode);
        Assert.Equal(0, EburAdd(state, samples, (nuint)samples.Length));
        Assert.Equal(0, EburTruePeak(state, 0, out var peak));
        EburDestroy(ref state);
        return peak;
    }

    [LibraryImport("libebur128.so.1", EntryPoint = "ebur128_init")]
    private static partial nint EburInit(uint channels, nuint rate, int mode);

    [LibraryImport("libebur128.so.1", EntryPoint = "ebur128_destroy")]
    private static partial void EburDestroy(ref nint state);

    [LibraryImport("libebur128.so.1", EntryPoint = "ebur128_add_frames_float")]
    private static partial int EburAdd(nint state, float[] samples, nuint frames);

    [LibraryImport("libebur128.so.1", EntryPoint = "ebur128_true_peak")]
    private static partial int EburTruePeak(nint state, uint channel, out double peak);

    [Theory]
    [InlineData(8000)]
    [InlineData(22050)]
    [InlineData(44100)]
    [InlineData(48000)]
    public void Resampling_keeps_pitch_level_and_length(int from)
    {
        var sound = Resampler.Resample(new(Tone(1, _ => 440, rate: from, harmonics: 1), from), Rate);
        Assert.Equal(Rate, sound.Samples.Length);
        var wanted = Tone(1, _ => 440, harmonics: 1);
        // The first sample of both is the first step of the phase: they differ by less than a sample's turn at the lower rate.
        var (power, error) = (0.0, 0.0);
        for (var i = Rate / 4; i < 3 * Rate / 4; i++)
        {
            var time = (i / (double)Rate) + 1.0 / from;
            var truth = 0.3 * Math.Sin(2 * Math.PI * 440 * time);
            power += truth * truth;
            error += Math.Pow(sound.Samples[i] - truth, 2);
        }
        Assert.True(10 * Math.Log10(power / error) > 90, $"{10 * Math.Log10(power / error):F1} dB");
        Assert.Equal(wanted.Length, sound.Samples.Length);
    }

    [Fact]
    public void Resampling_removes_what_the_lower_rate_cannot_hold()
    {
        var sound = Resampler.Resample(new(Tone(1, _ => 15000, rate: 48000, harmonics: 1), 48000), Rate);
        Assert.True(sound.Samples[2000..^2000].Max(Math.Abs) < 1e-5);
    }

    [Fact]
    public void A_full_scale_sine_of_997_Hz_measures_minus_3_LUFS()
    {
        // EBU Tech 3341: in one channel a 0 dBFS sine of 1 kHz is -3.01 LUFS.
        var sine = Tone(5, _ => 997, amplitude: 1, rate: 48000, harmonics: 1);
        var figures = Loudness.Measure(new(sine, 48000));
        Assert.Equal(-3.01, figures.IntegratedLufs, 1);
        Assert.Equal(0, figures.TruePeakDb, 1);
        Assert.Equal(0, figures.RangeLu, 1);
    }

    [Fact]
    public void Silence_and_less_than_a_block_have_no_loudness()
    {
        Assert.Equal(double.NegativeInfinity, Loudness.Integrated(new(new float[Rate], Rate)));
        Assert.Equal(double.NegativeInfinity, Loudness.Integrated(new(Tone(0.2, _ => 440), Rate)));
    }

    [Theory]
    [InlineData(70)]
    [InlineData(110)]
    [InlineData(233.08)]
    [InlineData(440)]
    [InlineData(750)]
    public void F0_of_a_steady_tone_is_found_within_a_tenth_of_a_percent(double hz)
    {
        var f0 = new F0Estimator(Rate, 300).Estimate(Tone(1, _ => hz));
        Assert.Equal(81, f0.Length);
        Assert.All(f0[6..^6], found => Assert.InRange(found, hz * 0.999, hz * 1.001));
    }

    [Theory]
    [InlineData(24000, 300)]
    [InlineData(48000, 600)]
    [InlineData(44100, 441)]
    [InlineData(16000, 160)]
    public void F0_of_a_glide_is_that_of_the_frames_middle(int rate, int hop)
    {
        var f0 = new F0Estimator(rate, hop).Estimate(Tone(1, t => 120 + 100 * t, rate: rate));
        for (var i = 8; i < f0.Length - 8; i++)
            Assert.InRange(f0[i], (120 + 100.0 * i * hop / rate) * 0.99, (120 + 100.0 * i * hop / rate) * 1.01);
    }

    [Fact]
    public void Noise_and_silence_are_unvoiced()
    {
        Assert.All(new F0Estimator(Rate, 300).Estimate(new float[Rate]), f => Assert.Equal(0, f));
        Assert.True(new F0Estimator(Rate, 300).Estimate(Noise(2, 0.3)).Count(f => f > 0) < 8);
        Assert.Equal([0f], new F0Estimator(Rate, 300).Estimate([]));
    }

    [Fact]
    public void A_missing_fundamental_is_still_heard()
    {
        var sound = Tone(1, _ => 200);
        var fundamental = Tone(1, _ => 200, harmonics: 1);
        for (var i = 0; i < sound.Length; i++)
            sound[i] -= fundamental[i];
        Assert.All(new F0Estimator(Rate, 300).Estimate(sound)[6..^6], f => Assert.InRange(f, 199, 201));
    }

    [Fact]
    public void Near_silence_beside_a_voice_is_unvoiced_from_the_next_frame_on()
    {
        var sound = Tone(1, _ => 200);
        for (var n = Rate / 2; n < sound.Length; n++)
            sound[n] *= 0.005f;
        var f0 = new F0Estimator(Rate, 300).Estimate(sound);
        Assert.All(f0[1..40], f => Assert.InRange(f, 195, 205));
        Assert.All(f0[42..], f => Assert.Equal(0, f));
    }

    [Fact]
    public void F0_does_not_depend_on_level_or_sign()
    {
        var sound = Tone(0.5, t => 150 + 40 * Math.Sin(8 * t));
        var plain = new F0Estimator(Rate, 300).Estimate(sound);
        Assert.Equal(plain, new F0Estimator(Rate, 300).Estimate(Array.ConvertAll(sound, x => -x / 64)));
    }

    [Fact]
    public void Voice_activity_finds_the_two_words_and_not_the_noise_between()
    {
        float[] sound = [.. Noise(0.5, 0.001), .. Tone(0.6, _ => 150), .. Noise(0.5, 0.001, 2), .. Tone(0.4, _ => 200), .. Noise(0.7, 0.001, 3)];
        var found = new VoiceActivity(Rate).Find(sound);
        Assert.Equal(2, found.Count);
        Assert.Equal(0.5, found[0].Start / (double)Rate, 0.03);
        Assert.Equal(1.1, found[0].End / (double)Rate, 0.03);
        Assert.Equal(1.6, found[1].Start / (double)Rate, 0.03);
        Assert.Equal(2.0, found[1].End / (double)Rate, 0.03);
    }

    [Fact]
    public void There_is_no_speech_in_silence() => Assert.Empty(new VoiceActivity(Rate).Find(new float[Rate]));

    [Fact]
    public void Rumble_is_no_speech()
    {
        float[] sound = [.. Tone(0.5, _ => 20, 0.005, harmonics: 1), .. Tone(0.5, _ => 150, 0.2), .. Tone(0.5, _ => 20, 0.005, harmonics: 1)];
        var found = Assert.Single(new VoiceActivity(Rate).Find(sound));
        Assert.Equal(0.5, found.Start / (double)Rate, 0.03);
    }
}
