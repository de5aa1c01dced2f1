using Kanade.Audio;
using Kanade.Models;
using Kanade.Tests.Parity;
using Kanade.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Training.Losses;

public sealed class SpectralLossTests
{
    static readonly SpectrumResolution[] Resolutions = [new(1024, 120, 600), new(2048, 240, 1200), new(512, 50, 240)];

    [Theory]
    [InlineData(0, 1024)]
    [InlineData(1, 2048)]
    [InlineData(2, 512)]
    public void The_filterbank_equals_torchaudio(int part, int fftSize)
    {
        using var golden = Golden.Load($"mel_fb_loss{part}");
        using var scope = NewDisposeScope();
        var filterbank = MelFilterbank.Create(fftSize, 24000, 128).t();
        // torchaudio computes the triangles' corners in float32, which shifts them by up to 1e-3 Hz
        golden.AssertClose("out.fb", filterbank, 2e-4);
    }

    [Fact]
    public void Value_and_gradient_equal_the_original()
    {
        using var golden = Golden.Load("stft_loss");
        using var loss = new SpectralLoss(Resolutions, 24000, 128);
        using var scope = NewDisposeScope();
        var (generated, recorded) = (golden["in.x"].requires_grad_(true), golden["in.y"]);
        for (var part = 0; part < Resolutions.Length; part++)
        {
            var mel = loss.Mel(generated, part);
            golden.AssertClose($"out.mel_x{part}.absmean", Power(mel).mean(), 1e-5);
            golden.AssertClose($"out.loss{part}", SpectralLoss.Ratio(mel, loss.Mel(recorded, part), LossScope.Batch), 1e-5);
        }
        golden.AssertClose("out.mel_x0", Power(loss.Mel(generated, 0)).narrow(2, 0, 6), 1e-4);
        var value = loss.Compute(generated, recorded, LossScope.Batch);
        golden.AssertClose("loss", value, 1e-5);
        value.backward();
        golden.AssertGradient("grad.in.x", generated.grad!);
    }

    /// <summary>The file holds the mel before its logarithm.</summary>
    static Tensor Power(Tensor mel) => (mel * 4 - 4).exp() - 1e-5;

    [Fact]
    public void The_loss_of_a_batch_is_the_mean_over_its_utterances_and_0_for_equal_waves()
    {
        using var loss = new SpectralLoss(Resolutions, 24000, 128);
        using var scope = NewDisposeScope();
        manual_seed(2);
        var (generated, recorded) = (randn(3, 4000) * tensor(new[] { 0.5f, 0.1f, 0.01f }).unsqueeze(1), randn(3, 4000) * 0.1);
        var whole = loss.Compute(generated, recorded);
        var each = Enumerable.Range(0, 3).Average(i => loss.Compute(generated.narrow(0, i, 1), recorded.narrow(0, i, 1)).item<float>());
        Assert.Equal(each, whole.item<float>(), 1e-5);
        Assert.Equal(0, loss.Compute(recorded, recorded).item<float>());
    }

    [Fact]
    public void Silence_and_short_waves_have_a_finite_loss_and_gradient()
    {
        using var loss = new SpectralLoss(Resolutions, 24000, 128);
        using var scope = NewDisposeScope();
        foreach (var length in new[] { 100, 4000 })
        {
            var generated = zeros(1, length).requires_grad_(true);
            var value = loss.Compute(generated, zeros(1, length) + 0.01);
            value.backward();
            Assert.True(value.isfinite().item<bool>() && generated.grad!.isfinite().all().item<bool>());
        }
    }
}
