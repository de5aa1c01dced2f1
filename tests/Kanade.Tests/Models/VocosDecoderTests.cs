using Kanade.Audio;
using Kanade.Models;
using Kanade.Models.Layers;
using Kanade.Tests.Parity;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Models;

public sealed class VocosDecoderTests(Xunit.Abstractions.ITestOutputHelper output)
{
    const int TextSize = 12, StyleSize = 6;

    static readonly MelConfig Mel = new();
    static readonly MelConfig MelAt48000 = new(SampleRate: 48000, FftSize: 4096, WindowLength: 2400, HopLength: 600, FilterbankRate: 48000);
    static readonly VocosConfig Small = new(TextChannels: 16, Channels: 24, Blocks: 2);

    static VocosDecoder Create(MelConfig? mel = null, VocosConfig? config = null)
    {
        manual_seed(5);
        return new VocosDecoder(TextSize, StyleSize, mel ?? Mel, config ?? Small);
    }

    static Tensor[] Inputs(VocosDecoder decoder, int batch, int frames)
    {
        manual_seed(4);
        return [randn(batch, TextSize, frames), rand(batch, 2 * frames) * 300, randn(batch, 2 * frames), randn(batch, StyleSize),
            randn(batch, 2L * frames * decoder.HopLength, decoder.SourceChannels)];
    }

    static Tensor Speak(VocosDecoder decoder, Tensor[] inputs) => decoder.forward(inputs[0], inputs[1], inputs[2], inputs[3], inputs[4]);

    /// <summary>Moves every parameter off its first value, since norms begin deaf to the style.</summary>
    static void Disturb(VocosDecoder decoder)
    {
        using var noGradient = no_grad();
        foreach (var parameter in decoder.parameters())
            parameter.add_(randn_like(parameter) * 0.02);
    }

    public static TheoryData<int, bool> Forms => new() { { 24000, false }, { 24000, true }, { 48000, false }, { 48000, true } };

    [Theory]
    [MemberData(nameof(Forms))]
    public void Speech_is_as_long_as_its_frames_and_the_same_every_time_and_in_any_batch(int rate, bool prior)
    {
        var mel = rate == 24000 ? Mel : MelAt48000;
        using var decoder = Create(mel, Small with { Prior = prior });
        Assert.Equal((rate, mel.HopLength, 9), (decoder.SampleRate, decoder.HopLength, decoder.SourceChannels));
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Disturb(decoder);
        var inputs = Inputs(decoder, batch: 3, frames: 7);
        var (together, predicted) = decoder.Decode(inputs[0], inputs[1], inputs[2], inputs[3], inputs[4]);
        Assert.Equal([3L, 1L, 14L * mel.HopLength], together.shape);
        Assert.Equal(prior ? [3L, 80L, 14L] : null, predicted?.shape);
        Assert.Equal(0, (Speak(decoder, inputs) - together).abs().max().item<float>());
        var loudest = together.abs().max();
        for (var i = 0; i < 3; i++)
            Golden.AssertClose(Speak(decoder, [.. inputs.Select(input => input.narrow(0, i, 1))]) / loudest, together.narrow(0, i, 1) / loudest, 1e-4);
        Assert.Equal([1L, 1L, 2L * mel.HopLength], Speak(decoder, Inputs(decoder, batch: 1, frames: 1)).shape);
    }

    [Fact]
    public void The_first_sound_is_soft_but_not_silent()
    {
        using var decoder = Create();
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Assert.InRange(Speak(decoder, Inputs(decoder, batch: 1, frames: 20)).std().item<float>(), 0.005, 0.1);
    }

    [Fact]
    public void A_minute_of_sound_is_decoded_in_one_piece()
    {
        using var decoder = Create();
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var wave = Speak(decoder, Inputs(decoder, batch: 1, frames: 2400));
        Assert.Equal(60L * 24000, wave.shape[2]);
        Assert.True(wave.isfinite().all().item<bool>());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gradients_reach_every_parameter_and_every_input_but_the_noise(bool prior)
    {
        using var decoder = Create(config: Small with { Prior = prior });
        using var scope = NewDisposeScope();
        Disturb(decoder);
        var inputs = Inputs(decoder, batch: 1, frames: 5);
        foreach (var input in inputs[..4])
            input.requires_grad_(true);
        var (wave, mel) = decoder.Decode(inputs[0], inputs[1], inputs[2], inputs[3], inputs[4]);
        (wave.square().mean() + (mel?.square().mean() ?? 0)).backward();
        Assert.All(decoder.named_parameters().Select(p => (p.name, p.parameter.grad)).Concat(inputs[..4].Select((input, i) => ($"input {i}", input.grad))), named =>
        {
            Assert.True(named.grad is { } gradient && gradient.isfinite().all().item<bool>(), named.Item1);
            Assert.True(named.grad!.abs().max().item<float>() > 0, named.Item1);
        });
    }

    [Fact]
    public void Norms_begin_deaf_to_the_style_and_hear_it_after_one_step()
    {
        using var decoder = Create();
        using var scope = NewDisposeScope();
        var inputs = Inputs(decoder, batch: 1, frames: 4);
        var other = inputs.ToArray();
        other[3] = -inputs[3];
        Assert.Equal(0, (Speak(decoder, inputs) - Speak(decoder, other)).abs().max().item<float>());
        using var optimizer = optim.SGD(decoder.parameters(), 1);
        Speak(decoder, inputs).square().mean().backward();
        optimizer.step();
        Assert.True((Speak(decoder, inputs) - Speak(decoder, other)).abs().max().item<float>() > 0);
    }

    [Fact]
    public void Phases_cover_the_full_circle_and_magnitudes_stay_below_a_full_sine()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        using var head = new SpectrumHead(channels: 24, fftSize: 1200);
        var spectrum = head.forward(randn(2, 50, 24), zeros(1));
        var octants = ((spectrum.angle().detach() / Math.PI + 1) * 4).floor();
        for (var octant = 0; octant < 8; octant++)
            Assert.InRange((octants == octant).to(float32).mean().item<float>(), 0.11, 0.14);
        Assert.InRange(head.forward(randn(2, 50, 24), full(1, 99f)).abs().max().item<float>(), 290, 300.01);
    }

    [Fact]
    public void The_source_stands_at_the_harmonics_of_the_pitch_it_is_given()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        using var layer = new SourceSpectrum(new HarmonicNoiseSource(24000, 300, harmonics: 0), 1200, 300, 8, learnsSource: true);
        foreach (var (hz, bin) in new[] { (200, 10), (440, 22) })
        {
            var features = layer.Features(full([1, 12], (float)hz), zeros(1, 3600, 1)).detach();
            Assert.Equal([1L, 12L, 3 * 601L], features.shape);
            Assert.Equal(bin, features[0, 6].narrow(0, 5, 596).argmax().item<long>() + 5);   // below, the merging layer's offset
            var (cosine, sine) = (features[0, 6, 601 + bin].item<float>(), features[0, 6, 1202 + bin].item<float>());
            Assert.Equal(1, cosine * cosine + sine * sine, 1e-3);
        }
        var silent = layer.Features(zeros(1, 12), zeros(1, 3600, 1)).detach();
        Assert.Equal(Math.Log(1e-4) / 2, silent[0, 6, 300].item<float>(), 0.01);
    }

    [Theory]
    [InlineData(1200, 16000)]
    [InlineData(800, 16000)]
    [InlineData(2048, 24000)]
    public void An_envelope_is_near_the_spectrum_and_has_the_mel_it_was_made_from(int fftSize, int filterbankRate)
    {
        var config = Mel with { FilterbankRate = filterbankRate };
        using var mel = new MelSpectrogram(config);
        using var scope = NewDisposeScope();
        manual_seed(6);
        // Noise that falls by 40 dB and has two humps, as speech does.
        var transform = new ShortTimeTransform(fftSize, 300);
        var frequency = linspace(0, 12000, fftSize / 2 + 1);
        var shape = (-frequency / 2600).exp() + 0.3 * (-((frequency - 2500) / 300).square()).exp() + 0.1 * (-((frequency - 3500) / 300).square()).exp();
        var noise = transform.Wave(transform.Spectrum(randn(1, 400 * 300)) * shape.reshape(1, -1, 1)).squeeze(1) * 0.1;
        var wanted = mel.Compute(noise);                                                                     // (1, M, F)
        var mean = ((wanted * 4).exp().mean([2], keepdim: true).log() / 4).transpose(1, 2);                  // (1, 1, M)
        var envelope = new MelEnvelope(config, fftSize).LogMagnitude(mean)[0, 0];                            // (K)
        var truth = (shape * 0.1 * Math.Sqrt(fftSize * 3 / 8.0)).log();
        var error = (envelope - truth).abs();
        output.WriteLine($"{fftSize} spectrum: {error.mean().item<float>()} {error.max().item<float>()}");

        var generated = transform.Wave(polar(
            new MelEnvelope(config, fftSize).LogMagnitude(wanted.transpose(1, 2)).exp().transpose(1, 2), transform.Spectrum(noise).angle()));
        var difference = (mel.Compute(generated.squeeze(1)) - wanted).narrow(2, 5, 390) * MelSpectrogram.Deviation;
        output.WriteLine($"{fftSize} mel: {difference.abs().mean().item<float>()} {difference.mean().item<float>()} {difference.abs().max().item<float>()}");
        Assert.True(difference.abs().mean().item<float>() < 0.5);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Mixed_precision_gives_float32_near_the_exact_wave(bool prior)
    {
        using var decoder = Create(config: Small with { Prior = prior });
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Disturb(decoder);
        var inputs = Inputs(decoder, batch: 1, frames: 20);
        var exact = Speak(decoder, inputs);
        using var mixed = Autocast.Enable(DeviceType.CPU);
        var rounded = Speak(decoder, inputs);
        Assert.Equal(ScalarType.Float32, rounded.dtype);
        Assert.InRange(((rounded - exact).square().mean() / exact.square().mean()).item<float>(), 1e-9, 0.02);
    }

    [Theory]
    [InlineData(24000, 300, null, 1200)]
    [InlineData(48000, 600, null, 2400)]
    [InlineData(24000, 300, 900, 900)]
    public void A_configured_decoder_is_built_to_its_mel(int rate, int hop, int? fftSize, int expected)
    {
        var config = new DecoderConfig(DecoderKind.Vocos, Vocos: Small with { FftSize = fftSize });
        Assert.Empty(config.Check());
        using var decoder = config.Build(TextSize, StyleSize, new MelConfig(SampleRate: rate, HopLength: hop));
        Assert.IsType<VocosDecoder>(decoder);
        Assert.Equal((rate, hop, 9), (decoder.SampleRate, decoder.HopLength, decoder.SourceChannels));
        Assert.Equal(3 * (expected / 2 + 1), decoder.named_parameters().Single(p => p.name == "head.out.bias").parameter.shape[0]);
    }

    [Fact]
    public void A_configuration_that_contradicts_itself_is_refused_with_the_reason()
    {
        Assert.Equal("Vocos", Assert.Single(new DecoderConfig(DecoderKind.Istft, Vocos: Small).Check()).Key);
        Assert.Equal(["Blocks", "FftSize"], new VocosConfig(Blocks: 0, FftSize: 601).Check().Select(problem => problem.Key));
        var config = new DecoderConfig(DecoderKind.Vocos, Vocos: Small with { FftSize = 512 });
        Assert.Equal(
            "decoder: vocos.fft_size: 512 must be at least twice the mel's hop_length (300)",
            Assert.Throws<InvalidDataException>(() => config.Build(TextSize, StyleSize, Mel)).Message);
    }

    [Fact]
    public void Inputs_that_do_not_fit_each_other_are_refused_by_name()
    {
        using var decoder = Create();
        using var scope = NewDisposeScope();
        var inputs = Inputs(decoder, batch: 1, frames: 3);
        Assert.Equal("energy", Assert.Throws<ArgumentException>(() => decoder.forward(inputs[0], inputs[1], inputs[2].narrow(1, 0, 5), inputs[3], inputs[4])).ParamName);
    }
}
