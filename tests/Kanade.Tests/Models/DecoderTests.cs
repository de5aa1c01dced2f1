using Kanade.Audio;
using Kanade.Models;
using Kanade.Models.Layers;
using Kanade.Tests.Parity;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Models;

public sealed class DecoderTests
{
    static readonly int[][] Dilations = [[1, 3, 5], [1, 3, 5], [1, 3, 5]];

    static readonly IstftDecoderConfig Istft = new(
        Channels: 12, StyleSize: 6, SampleRate: 24000, HopLength: 300, HiddenChannels: 32, TextChannels: 8, InitialChannels: 16,
        UpsampleRates: [10, 6], UpsampleKernels: [20, 12], ResidualKernels: [3, 7, 11], ResidualDilations: Dilations, FftSize: 20, IstftHop: 5);

    static readonly HifiGanDecoderConfig HifiGan = new(
        Channels: 12, StyleSize: 6, SampleRate: 24000, HopLength: 300, HiddenChannels: 32, TextChannels: 8, InitialChannels: 32,
        UpsampleRates: [10, 5, 3, 2], UpsampleKernels: [20, 10, 6, 4], ResidualKernels: [3, 7, 11], ResidualDilations: Dilations);

    public static TheoryData<string> Kinds => ["istft", "hifigan", "istft 48 kHz", "hifigan 48 kHz"];

    static WaveformDecoder Create(string kind) => kind switch
    {
        "istft" => new IstftDecoder(Istft),
        "hifigan" => new HifiGanDecoder(HifiGan),
        "istft 48 kHz" => new IstftDecoder(Istft with { SampleRate = 48000, HopLength = 600, IstftHop = 10, FftSize = 40 }),
        _ => new HifiGanDecoder(HifiGan with
        {
            SampleRate = 48000,
            HopLength = 600,
            InitialChannels = 64,
            UpsampleRates = [10, 5, 3, 2, 2],
            UpsampleKernels = [20, 10, 6, 4, 4],
        }),
    };

    static Tensor[] Inputs(WaveformDecoder decoder, int batch, int frames)
    {
        manual_seed(4);
        return [randn(batch, 12, frames), rand(batch, 2 * frames) * 300, randn(batch, 2 * frames), randn(batch, 6),
            randn(batch, 2L * frames * decoder.HopLength, decoder.SourceChannels)];
    }

    static Tensor Speak(WaveformDecoder decoder, Tensor[] inputs) => decoder.forward(inputs[0], inputs[1], inputs[2], inputs[3], inputs[4]);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Speech_is_as_long_as_its_frames_and_the_same_every_time_and_in_any_batch(string kind)
    {
        manual_seed(5);
        using var decoder = Create(kind);
        decoder.eval();
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var inputs = Inputs(decoder, batch: 3, frames: 4);
        var together = Speak(decoder, inputs);
        Assert.Equal([3L, 1L, 8L * decoder.HopLength], together.shape);
        Assert.Equal(0, (Speak(decoder, inputs) - together).abs().max().item<float>());
        var loudest = together.abs().max();
        for (var i = 0; i < 3; i++)
            Golden.AssertClose(Speak(decoder, [.. inputs.Select(input => input.narrow(0, i, 1))]) / loudest, together.narrow(0, i, 1) / loudest, 1e-4);
        Assert.Equal([1L, 1L, 2L * decoder.HopLength], Speak(decoder, Inputs(decoder, batch: 1, frames: 1)).shape);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_parameter_learns(string kind)
    {
        using var decoder = Create(kind);
        using var scope = NewDisposeScope();
        Speak(decoder, Inputs(decoder, batch: 1, frames: 5)).square().mean().backward();
        Assert.All(decoder.named_parameters(), named =>
        {
            Assert.True(named.parameter.grad is { } gradient && gradient.isfinite().all().item<bool>(), named.name);
            // a norm takes away what these change, so that their gradients are rounding errors, or nothing
            var normedAway = named.name.Contains(".conv1.", StringComparison.Ordinal) || named.name.Contains(".convs1.", StringComparison.Ordinal);
            if (!normedAway || named.name.EndsWith("weight_v", StringComparison.Ordinal))
                Assert.True(named.parameter.grad!.abs().max().item<float>() > 0, named.name);
        });
    }

    [Fact]
    public void Snake_is_the_paper_s_formula_and_leaves_its_input_alone_with_and_without_gradients()
    {
        using var scope = NewDisposeScope();
        var (x, frequency) = (tensor(new float[,,] { { { 0, 1, -2 }, { 0.5f, 3, 1 } } }), tensor(new float[,,] { { { 1 }, { 2 } } }));
        var before = x.clone();
        // x + sin²(a x) / a with a = 1 and a = 2
        var expected = new[] { 0, 1.708073f, -1.173178f, 0.854037f, 3.039037f, 1.413411f };
        Golden.AssertClose(tensor(expected, [1, 2, 3]), Snake.Apply(x, frequency), 1e-5);
        using (no_grad())
            Golden.AssertClose(tensor(expected, [1, 2, 3]), Snake.Apply(x, frequency), 1e-5);
        Golden.AssertClose(before, x, 0);
    }

    [Fact]
    public void The_gradient_of_a_phase_is_exact_where_there_is_sound_and_bounded_where_there_is_none()
    {
        using var scope = NewDisposeScope();
        manual_seed(8);
        var (magnitude, angle) = (rand(1, 3, 5) + 1, rand(1, 3, 5) * 6 - 3);
        var sound = polar(magnitude, angle).requires_grad_(true);
        var exact = polar(magnitude, angle).requires_grad_(true);
        var weight = randn(1, 6, 5);
        (ShortTimeTransform.Polar(sound) * weight).sum().backward();
        (cat([exact.abs(), exact.angle()], 1) * weight).sum().backward();
        Golden.AssertClose(ShortTimeTransform.Polar(exact.detach()), cat([magnitude, angle], 1), 1e-6);
        Assert.Equal(0, (sound.grad! - exact.grad!).abs().max().item<float>(), 3e-4);

        var silence = polar(tensor(new float[,,] { { { 0, 1e-9f, 1e-4f } } }), zeros(1, 1, 3)).requires_grad_(true);
        ShortTimeTransform.Polar(silence).sum().backward();
        Assert.InRange(silence.grad!.abs().max().item<float>(), 0, 51);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_source_of_istftnet_learns_unless_the_original_is_repeated(bool learns)
    {
        using var decoder = new IstftDecoder(Istft with { LearnsSource = learns });
        using var scope = NewDisposeScope();
        Speak(decoder, Inputs(decoder, batch: 1, frames: 3)).square().mean().backward();
        var merge = decoder.named_parameters().Single(named => named.name == "generator.m_source.l_linear.weight").parameter;
        Assert.Equal(learns, merge.grad is not null);
        if (learns)
            Assert.InRange(merge.grad!.abs().max().item<float>(), 1e-9, 1e3);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Mixed_precision_gives_float32_near_the_exact_wave(string kind)
    {
        using var decoder = Create(kind);
        decoder.eval();
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var inputs = Inputs(decoder, batch: 1, frames: 6);
        var exact = Speak(decoder, inputs);
        using var mixed = Autocast.Enable(DeviceType.CPU);
        var rounded = Speak(decoder, inputs);
        Assert.Equal(ScalarType.Float32, rounded.dtype);
        Assert.True(rounded.isfinite().all().item<bool>());
        // random weights, whose few channels the norms blow up: only iSTFTNet's stay near enough to say how near
        if (kind.StartsWith("istft", StringComparison.Ordinal))
            Assert.InRange(((rounded - exact).square().mean() / exact.square().mean()).item<float>(), 1e-9, 0.2);
    }

    [Fact]
    public void A_configuration_that_contradicts_itself_is_refused_with_the_reason()
    {
        Assert.Empty(Istft.Check());
        Assert.Empty(HifiGan.Check());
        Assert.Equal("gives 300 samples a frame with istft_hop 5, hop_length is 256", Assert.Single((Istft with { HopLength = 256 }).Check()).Problem);
        Assert.Equal("gives 300 samples a frame, hop_length is 600", Assert.Single((HifiGan with { HopLength = 600 }).Check()).Problem);
        Assert.Equal("UpsampleKernels", Assert.Single((Istft with { UpsampleKernels = [21, 12] }).Check()).Key);
        Assert.Equal("InitialChannels", Assert.Single((HifiGan with { InitialChannels = 24 }).Check()).Key);
        Assert.Contains("hop_length is 256", Assert.Throws<ArgumentException>(() => new IstftDecoder(Istft with { HopLength = 256 })).Message, StringComparison.Ordinal);
        Assert.Contains("hop_length is 256", Assert.Throws<ArgumentException>(() => new HifiGanDecoder(HifiGan with { HopLength = 256 })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DecoderKind.Istft, 24000, 300)]
    [InlineData(DecoderKind.Hifigan, 24000, 300)]
    [InlineData(DecoderKind.Istft, 48000, 600)]
    [InlineData(DecoderKind.Hifigan, 48000, 600)]
    public void A_configured_decoder_is_built_to_its_mel_or_refused_with_what_to_change(DecoderKind kind, int rate, int hop)
    {
        var mel = new MelConfig(SampleRate: rate, HopLength: hop);
        var small = new DecoderConfig(kind, HiddenChannels: 8, TextChannels: 4, InitialChannels: 32);
        var fitting = hop == 300 ? small : small with { UpsampleRates = kind == DecoderKind.Istft ? [10, 6, 2] : [10, 5, 3, 2, 2] };
        Assert.Empty(fitting.Check());
        using var decoder = fitting.Build(4, 6, mel);
        Assert.Equal((rate, hop, 9), (decoder.SampleRate, decoder.HopLength, decoder.SourceChannels));
        Assert.Equal(kind == DecoderKind.Istft ? nameof(IstftDecoder) : nameof(HifiGanDecoder), decoder.GetType().Name);
        var problem = Assert.Throws<InvalidDataException>(() => fitting.Build(4, 6, mel with { HopLength = 256 })).Message;
        Assert.StartsWith($"decoder: upsample_rates: gives {hop} samples a frame", problem, StringComparison.Ordinal);
        Assert.Equal("InitialChannels", Assert.Single((fitting with { InitialChannels = 9 }).Check()).Key);
    }

    [Fact]
    public void Inputs_that_do_not_fit_each_other_are_refused_by_name()
    {
        using var decoder = new IstftDecoder(Istft);
        using var scope = NewDisposeScope();
        var inputs = Inputs(decoder, batch: 1, frames: 3);
        Assert.Equal("f0", Assert.Throws<ArgumentException>(() => decoder.forward(inputs[0], inputs[1].narrow(1, 0, 5), inputs[2], inputs[3], inputs[4])).ParamName);
        Assert.Equal("sourceNoise", Assert.Throws<ArgumentException>(() => decoder.forward(inputs[0], inputs[1], inputs[2], inputs[3], inputs[4].narrow(1, 0, 5))).ParamName);
    }
}

[Collection(nameof(Alone))]
public sealed class DecoderMemoryTests
{
    [Fact]
    public void Training_steps_of_the_decoder_and_its_judges_leave_no_tensor_behind()
    {
        using var decoder = new IstftDecoder(new(
            Channels: 4, StyleSize: 3, SampleRate: 24000, HopLength: 300, HiddenChannels: 8, TextChannels: 4, InitialChannels: 8,
            UpsampleRates: [10, 6], UpsampleKernels: [20, 12], ResidualKernels: [3], ResidualDilations: [[1, 3, 5]], FftSize: 20, IstftHop: 5));
        using var periods = new MultiPeriodDiscriminator([2, 3], [4, 4]);
        using var spectra = new MultiResolutionDiscriminator([new(256, 60, 120)], 4);
        using var loss = new Kanade.Training.SpectralLoss([new(256, 60, 120)], 24000, 20);
        Step();
        var before = Tensor.TotalCount;
        for (var i = 0; i < 5; i++)
            Step();
        Assert.Equal(before, Tensor.TotalCount);

        void Step()
        {
            using var scope = NewDisposeScope();
            var recorded = randn(2, 1, 2400);
            var generated = decoder.forward(randn(2, 4, 4), rand(2, 8) * 200, randn(2, 8), randn(2, 3), randn(2, 2400, 9));
            var value = loss.Compute(generated.squeeze(1), recorded.squeeze(1))
                + Kanade.Training.AdversarialLoss.Generator(periods.forward(recorded), periods.forward(generated))
                + Kanade.Training.AdversarialLoss.Discriminator(spectra.forward(recorded), spectra.forward(generated));
            value.backward();
            foreach (var parameter in decoder.parameters().Concat(periods.parameters()).Concat(spectra.parameters()))
                parameter.grad = null;
        }
    }
}
