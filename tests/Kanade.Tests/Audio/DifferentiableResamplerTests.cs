using Kanade.Audio;
using Kanade.Tests.Parity;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Audio;

public sealed class DifferentiableResamplerTests
{
    [Fact]
    public void Resampling_to_16_kHz_equals_torchaudio()
    {
        using var golden = Golden.Load("resample_24k_16k");
        using var resampler = new DifferentiableResampler(24000, 16000);
        using var scope = NewDisposeScope();
        golden.AssertClose("out.kernel", resampler.Taps, 1e-7);
        golden.AssertClose("out.y", resampler.Resample(golden["in.x"]), 1e-6);
    }

    [Theory]
    [InlineData(24000, 16000, 1201)]
    [InlineData(48000, 16000, 1)]
    [InlineData(22050, 16000, 3000)]
    [InlineData(16000, 16000, 77)]
    [InlineData(16000, 24000, 500)]
    public void A_tone_stays_the_tone_it_was_and_has_the_length_of_its_duration(int from, int to, int samples)
    {
        using var resampler = new DifferentiableResampler(from, to);
        using var scope = NewDisposeScope();
        var wave = (arange(samples, dtype: float64) * (2 * Math.PI * 440 / from)).sin().to(float32).unsqueeze(0);
        var resampled = resampler.Resample(wave);
        var length = (samples * (long)to + from - 1) / from;
        Assert.Equal([1L, length], resampled.shape);
        var edge = 40L;
        if (length <= 2 * edge)
            return;
        var expected = (arange(length, dtype: float64) * (2 * Math.PI * 440 / to)).sin().to(float32).unsqueeze(0);
        Golden.AssertClose(expected.narrow(1, edge, length - 2 * edge), resampled.narrow(1, edge, length - 2 * edge), 5e-3);
    }

    [Fact]
    public void Gradients_pass_through()
    {
        using var resampler = new DifferentiableResampler(24000, 16000);
        using var scope = NewDisposeScope();
        var wave = randn(1, 300).requires_grad_(true);
        var (direction, step) = (randn(1, 300), 1e-2);
        resampler.Resample(wave).square().sum().backward();
        using var noGradient = no_grad();
        var slope = (resampler.Resample(wave + direction * step).square().sum() - resampler.Resample(wave - direction * step).square().sum()) / (2 * step);
        Assert.Equal(slope.item<float>(), (wave.grad! * direction).sum().item<float>(), 0.02 * Math.Abs(slope.item<float>()) + 0.05);
    }
}
