using Kanade.Audio;
using Kanade.Tests.Parity;
using static TorchSharp.torch;

namespace Kanade.Tests.Audio;

public sealed class MelSpectrogramTests
{
    [Fact]
    public void The_mel_spectrogram_is_the_originals()
    {
        using var scope = NewDisposeScope();
        using var golden = Golden.Load("mel");
        using var mel = new MelSpectrogram(new MelConfig());
        golden.AssertClose("out.mel", mel.Compute(golden["in.wave"].unsqueeze(0)), 2e-5);
    }

    [Fact]
    public void The_filterbank_is_the_originals_laid_out_for_16_kHz()
    {
        using var scope = NewDisposeScope();
        using var golden = Golden.Load("mel");
        golden.AssertClose("out.fb", MelFilterbank.Create(2048, 16000, 80).t(), 2e-5);
    }

    [Theory]
    [InlineData("mel_fb_loss0", 1024)]
    [InlineData("mel_fb_loss1", 2048)]
    [InlineData("mel_fb_loss2", 512)]
    public void The_filterbanks_of_the_spectral_losses_are_torchaudios(string name, int fftSize)
    {
        using var scope = NewDisposeScope();
        using var golden = Golden.Load(name);
        golden.AssertClose("out.fb", MelFilterbank.Create(fftSize, 24000, 128).t(), 2e-5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(299)]
    [InlineData(300)]
    [InlineData(1024)]
    [InlineData(5000)]
    public void There_is_a_frame_a_hop_and_one_more_however_short_the_sound(int samples)
    {
        using var scope = NewDisposeScope();
        using var mel = new MelSpectrogram(new MelConfig());
        var frames = mel.Compute(ones(2, samples) * 0.1);
        Assert.Equal([2, 80, samples / 300 + 1], frames.shape);
        Assert.True(frames.isfinite().all().item<bool>());
    }

    [Fact]
    public void Silence_has_the_floor_as_value_and_a_finite_gradient()
    {
        using var scope = NewDisposeScope();
        using var mel = new MelSpectrogram(new MelConfig());
        var samples = zeros(1, 3000, requires_grad: true);
        var frames = mel.Compute(samples);
        Assert.Equal((Math.Log(1e-5) + 4) / 4, frames.max().item<float>(), 5);
        frames.sum().backward();
        Assert.True(samples.grad!.isfinite().all().item<bool>());
    }

    [Fact]
    public void Energy_is_the_log_of_the_norm_over_the_bands()
    {
        using var scope = NewDisposeScope();
        // Bands of power e and e²: log √(e² + e⁴).
        var mel = (tensor(new[] { 1f, 2f }, [1, 2, 1]) + 4) / 4;
        Assert.Equal(0.5 * Math.Log(Math.Exp(2) + Math.Exp(4)), Energy.FromMel(mel).item<float>(), 5);
    }

    [Fact]
    public void A_sine_at_the_middle_of_a_bin_shows_its_amplitude_in_the_spectrum()
    {
        using var scope = NewDisposeScope();
        using var stft = new Stft(256, 64, 256);
        var sine = (arange(2048) * (2 * Math.PI * 16 / 256)).sin().unsqueeze(0);
        // A periodic Hann window sums to N/2, and half of the amplitude is in the mirrored bin: 256 / 4.
        Assert.Equal(64, stft.Magnitude(sine)[0, 16, 16].item<float>(), 2);
    }

    [Theory]
    [InlineData(1, 24000)]
    [InlineData(299, 24000)]
    [InlineData(1024, 24000)]
    [InlineData(1025, 24000)]
    [InlineData(24301, 24000)]
    [InlineData(24301, 48000)]
    public void Energy_without_tensors_is_that_of_the_spectrogram(int length, int rate)
    {
        using var scope = NewDisposeScope();
        var config = rate == 48000 ? new MelConfig(48000, 4096, 2400, 600, 128, 48000) : new MelConfig();
        using var mel = new MelSpectrogram(config);
        manual_seed(length);
        // From silence to full scale, with a click near an end.
        var samples = randn(length) * linspace(0, 0.3, length).square();
        samples[0] = 0.5f;
        Golden.AssertClose(Energy.FromMel(mel.Compute(samples.unsqueeze(0)))[0], tensor(new FrameEnergy(config).Compute(samples.data<float>().ToArray())), 1e-4);
    }
}
