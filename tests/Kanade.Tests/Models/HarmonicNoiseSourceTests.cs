using Kanade.Models;
using Kanade.Tests.Parity;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Models;

public sealed class HarmonicNoiseSourceTests
{
    [Theory]
    [InlineData(300)]
    [InlineData(5)]
    public void The_ninth_harmonic_still_has_its_phase_after_half_a_minute(int hopLength)
    {
        const int SampleRate = 24000;
        var frames = 30 * SampleRate / hopLength;
        using var source = new HarmonicNoiseSource(SampleRate, hopLength, harmonics: 8);
        using var scope = NewDisposeScope();
        var f0 = 180 + 60 * (arange(frames, dtype: float64) * 0.01).sin().unsqueeze(0).to(float32);
        var partials = source.Partials(f0, zeros(1, (long)frames * hopLength, 9));

        // the phase at the middle of frame j, in float64: the turns of frames 0 … j
        var turns = (f0.to(float64) * 9 / SampleRate * hopLength).cumsum(1)[0];
        var frame = frames - 2;
        var before = frame * (long)hopLength + hopLength / 2;
        var weight = hopLength % 2 == 0 ? 0.5 / hopLength : 0;
        var phase = turns[frame].item<double>() * (1 - weight) + turns[frame + 1].item<double>() * weight;
        Assert.Equal(0.1 * Math.Sin(2 * Math.PI * phase), partials[0, before, 8].item<float>(), 2e-5);
    }

    [Fact]
    public void Harmonics_above_half_the_rate_are_silent()
    {
        using var source = new HarmonicNoiseSource(24000, 300, harmonics: 32);
        using var scope = NewDisposeScope();
        var loudest = source.Partials(full([1, 8], 1000f), zeros(1, 2400, 33)).abs().amax([0, 1]);
        Assert.Equal(0.1f, loudest[10].item<float>(), 1e-3);
        Assert.Equal(0, loudest.narrow(0, 11, 22).max().item<float>());
    }

    [Fact]
    public void Unvoiced_frames_hold_noise_alone_and_without_noise_silence()
    {
        using var source = new HarmonicNoiseSource(24000, 300, harmonics: 2);
        using var scope = NewDisposeScope();
        var f0 = tensor(new float[,] { { 0, 0, 200, 200, 0 } });
        var silent = source.Partials(f0, zeros(1, 1500, 3));
        Assert.Equal(0, silent.narrow(1, 0, 600).abs().max().item<float>());
        Assert.Equal(0.1f, silent.narrow(1, 600, 600).abs().max().item<float>(), 1e-3);
        var noisy = source.Partials(f0, ones(1, 1500, 3));
        Golden.AssertClose(full(1, 600, 3, 0.1 / 3), noisy.narrow(1, 0, 600), 1e-7);
        Golden.AssertClose(full(1, 600, 3, 0.003), noisy.narrow(1, 600, 600) - silent.narrow(1, 600, 600), 1e-7);
    }

    [Fact]
    public void Each_utterance_of_a_batch_sounds_as_it_does_alone()
    {
        using var source = new HarmonicNoiseSource(24000, 300, harmonics: 8);
        using var scope = NewDisposeScope();
        manual_seed(1);
        var (f0, noise) = (rand(3, 7) * 300, randn(3, 2100, 9));
        var together = source.forward(f0, noise);
        for (var i = 0; i < 3; i++)
            Golden.AssertClose(source.forward(f0.narrow(0, i, 1), noise.narrow(0, i, 1)), together.narrow(0, i, 1), 1e-6);
        Assert.Equal([1L, 300L], source.forward(f0.narrow(0, 0, 1).narrow(1, 0, 1), noise.narrow(0, 0, 1).narrow(1, 0, 300)).shape);
    }
}
