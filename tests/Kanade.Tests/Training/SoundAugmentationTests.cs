using CsCheck;
using Kanade.Audio;
using Kanade.Torch;
using Kanade.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Training;

public sealed class SoundAugmentationTests
{
    const int Rate = 24000;

    [Fact]
    public void The_same_seed_changes_a_sound_in_the_same_way_and_another_seed_in_another()
    {
        using var scope = NewDisposeScope();
        var sound = Buzz(150, 6000);
        var config = new AugmentationConfig(NoiseShare: 1, FilterShare: 1);
        float[] Changed(long seed) => SoundAugmentation.Apply(sound, Rate, config, seed).data<float>().ToArray();
        Assert.Equal(Changed(7), Changed(7));
        Assert.NotEqual(Changed(7), Changed(8));
    }

    [Fact]
    public void Noise_is_as_far_below_the_sound_as_was_asked_whatever_its_colour() =>
        Gen.Select(Gen.Double[-10, 40], Gen.Double[-1, 2], Gen.Long[0, long.MaxValue]).Sample(
            (snr, slope, seed) =>
            {
                using var scope = NewDisposeScope();
                var sound = Buzz(200, 4800);
                var noise = SoundAugmentation.AddNoise(sound, Rate, snr, slope, seed) - sound;
                var measured = 10 * Math.Log10(sound.square().mean().item<float>() / noise.square().mean().item<float>());
                Assert.Equal(snr, measured, 0.05);
            },
            iter: 30);

    [Fact]
    public void White_noise_is_as_strong_in_every_octave_of_hertz_and_brown_noise_falls()
    {
        using var scope = NewDisposeScope();
        Assert.InRange(LowOverHigh(0), -1, 1);
        Assert.InRange(LowOverHigh(2), 17, 23); // a hundredth of the power at ten times the frequency

        double LowOverHigh(double slope)
        {
            var power = fft.rfft(SoundAugmentation.AddNoise(zeros(48000), Rate, 0, slope, 3)).abs().square(); // a bin each 0.5 Hz
            return 10 * Math.Log10(power[1000..1400].mean().item<float>() / power[10000..14000].mean().item<float>());
        }
    }

    [Fact]
    public void A_filter_and_a_level_leave_the_pitch_where_it_is()
    {
        using var scope = NewDisposeScope();
        var config = new AugmentationConfig(NoiseShare: 0, FilterShare: 1);
        var estimator = new F0Estimator(Rate, 300);
        for (var seed = 0; seed < 20; seed++)
        {
            var f0 = estimator.Estimate(SoundAugmentation.Apply(Buzz(180, 12000), Rate, config, seed).data<float>().ToArray());
            Assert.All(f0[8..^8], hz => Assert.Equal(180, hz, 1.0));
        }
    }

    [Fact]
    public void Another_speed_moves_the_pitch_by_its_factor() =>
        Gen.Int[400, 600].Sample(
            hundreds =>
            {
                using var scope = NewDisposeScope();
                var played = SoundAugmentation.AtSpeed(Buzz(180, 100 * hundreds), 50_000);
                var f0 = new F0Estimator(Rate, 300).Estimate(played.data<float>().ToArray());
                Assert.All(f0[8..^8], hz => Assert.Equal(180 * hundreds / 500.0, hz, 1.0));
            },
            iter: 10);

    [Fact]
    public void As_many_examples_as_was_asked_have_another_speed_and_none_is_beyond_the_fastest_and_its_inverse()
    {
        var config = new AugmentationConfig(SpeedShare: 0.3, FastestSpeed: 1.2);
        var speeds = Enumerable.Range(0, 2000).Select(seed => SoundAugmentation.SpeedOf(config, CounterSeed.Of(seed))).ToList();
        Assert.InRange(speeds.Count(s => s != 1), 540, 660);
        Assert.InRange(speeds.Min(), 1 / 1.2, 0.84);
        Assert.InRange(speeds.Max(), 1.19, 1.2);
        Assert.All(Enumerable.Range(0, 100), seed => Assert.Equal(1, SoundAugmentation.SpeedOf(config with { SpeedShare = 0 }, seed)));
    }

    [Fact]
    public void Silence_gets_noise_that_can_hardly_be_heard_and_stays_finite()
    {
        using var scope = NewDisposeScope();
        var changed = SoundAugmentation.Apply(zeros(6000), Rate, new AugmentationConfig(NoiseShare: 1, FilterShare: 1), 1);
        Assert.InRange(changed.abs().max().item<float>(), 1e-9, 0.01);
    }

    static Tensor Buzz(double hz, int samples)
    {
        using var scope = NewDisposeScope();
        var phase = arange(samples, dtype: float64).mul(2 * Math.PI * hz / Rate);
        return Enumerable.Range(1, 20).Select(h => (phase * h).sin()).Aggregate((a, b) => a + b).mul(0.02).to(float32).MoveToOuterDisposeScope();
    }
}
