using Kanade.Models;
using Kanade.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Parity;

public sealed class DecoderParityTests
{
    static readonly IstftDecoderConfig Istft = new(
        Channels: 12, StyleSize: 6, SampleRate: 24000, HopLength: 300, HiddenChannels: 32, TextChannels: 8, InitialChannels: 16,
        UpsampleRates: [10, 6], UpsampleKernels: [20, 12], ResidualKernels: [3, 7, 11], ResidualDilations: [[1, 3, 5], [1, 3, 5], [1, 3, 5]],
        FftSize: 20, IstftHop: 5);

    static readonly HifiGanDecoderConfig HifiGan = new(
        Channels: 12, StyleSize: 6, SampleRate: 24000, HopLength: 300, HiddenChannels: 32, TextChannels: 8, InitialChannels: 32,
        UpsampleRates: [10, 5, 3, 2], UpsampleKernels: [20, 10, 6, 4], ResidualKernels: [3, 7, 11],
        ResidualDilations: [[1, 3, 5], [1, 3, 5], [1, 3, 5]]);

    [Fact]
    public void The_short_time_transform_equals_the_original_there_and_back()
    {
        using var golden = Golden.Load("torch_stft");
        using var scope = NewDisposeScope();
        var transform = new ShortTimeTransform(20, 5);
        golden.AssertClose("out.window", new HannWindow(20).On(CPU), 1e-7);
        var spectrum = transform.Spectrum(golden["in.x"]);
        golden.AssertClose("out.mag", spectrum.abs(), 1e-5);
        AssertComplex(polar(golden["out.mag"], golden["out.phase"]), spectrum, 1e-5);
        golden.AssertClose("out.inverse", transform.Wave(golden["out.mag"], golden["out.phase"]), 1e-5);
    }

    [Fact]
    public void The_sine_source_equals_the_original()
    {
        using var golden = Golden.Load("sinegen");
        using var source = new HarmonicNoiseSource(24000, 300, harmonics: 8);
        using var scope = NewDisposeScope();
        // The original sums phases in float32; this file's exact sines (float64) are 2.5e-5 away from it at worst, and so are ours.
        golden.AssertClose("out.sine", source.Partials(golden["in.f0"], golden["rng.1.randn_like"]), 3e-5);
    }

    [Fact]
    public void In_single_precision_the_sines_have_the_roundings_of_the_original()
    {
        using var golden = Golden.Load("sinegen");
        using var source = new HarmonicNoiseSource(24000, 300, harmonics: 8, singlePrecision: true);
        using var scope = NewDisposeScope();
        golden.AssertClose("out.sine", source.Partials(golden["in.f0"], golden["rng.1.randn_like"]), 5e-7);
    }

    [Theory]
    [InlineData("istft_generator")]
    [InlineData("istft_decoder")]
    public void Of_the_same_source_even_the_phases_of_empty_bins_are_those_of_the_original(string file)
    {
        using var golden = Golden.Load(file);
        using var scope = NewDisposeScope();
        var polar = ShortTimeTransform.Polar(new ShortTimeTransform(20, 5).Spectrum(golden["mid.har_source"]));
        golden.AssertClose("mid.har_spec", polar.narrow(1, 0, 11), 1e-6);
        golden.AssertClose("mid.har_phase", polar.narrow(1, 11, 11), 1e-6);
    }

    [Fact]
    public void The_snake_residual_block_equals_the_original()
    {
        using var golden = Golden.Load("adain_resblock1_snake");
        using var block = new AdaptiveResidualBlockSnake(channels: 6, kernel: 7, dilations: [1, 3, 5], styleSize: 5);
        using var scope = NewDisposeScope();
        golden.LoadState(block);
        var (x, style) = (golden["in.x"].requires_grad_(true), golden["in.s"].requires_grad_(true));
        var y = block.forward(x, style);
        golden.AssertClose("out.y", y, 1e-5);
        var loss = y.square().mean();
        golden.AssertClose("loss", loss, 1e-5);
        loss.backward();
        foreach (var (name, parameter) in block.named_parameters())
        {
            // A norm follows the first convolutions: offset and scale of their output change nothing, and these gradients are rounding errors.
            if (name.StartsWith("convs1.", StringComparison.Ordinal) && !name.EndsWith("weight_v", StringComparison.Ordinal))
                Golden.AssertClose(golden["grad." + name], parameter.grad!, 1e-6, name);
            else
                golden.AssertGradient("grad." + name, parameter.grad!);
        }
        golden.AssertGradient("grad.in.x", x.grad!);
        golden.AssertGradient("grad.in.s", style.grad!);
    }

    [Fact]
    public void The_istft_generator_equals_the_original_from_its_source_spectrum_on()
    {
        using var golden = Golden.Load("istft_generator");
        using var generator = new IstftGenerator(Istft);
        using var scope = NewDisposeScope();
        golden.LoadState(generator);
        var spectrum = Watch(generator, "conv_post");
        var (x, style) = (golden["in.x"].requires_grad_(true), golden["in.s"].requires_grad_(true));
        var y = generator.Generate(x, style, cat([golden["mid.har_spec"], golden["mid.har_phase"]], 1));
        golden.AssertClose("mid.conv_post", spectrum.Value!, 1e-5);
        golden.AssertClose("out.y", y, 1e-5);
        var loss = y.square().mean();
        golden.AssertClose("loss", loss, 1e-6);
        loss.backward();
        golden.AssertGradients(generator);
        golden.AssertGradient("grad.in.x", x.grad!);
        golden.AssertGradient("grad.in.s", style.grad!);
    }

    [Theory]
    [InlineData("istft_generator", "in.f0", "")]
    [InlineData("istft_decoder", "in.F0", "generator.")]
    public void The_source_equals_the_original_as_complex_numbers(string file, string f0, string prefix)
    {
        using var golden = Golden.Load(file);
        using var source = new HarmonicNoiseSource(24000, 300, harmonics: 8);
        using var scope = NewDisposeScope();
        using (no_grad())
        {
            foreach (var (name, parameter) in source.named_parameters())
                parameter.copy_(golden[$"sd.{prefix}m_source.{name}"]);
        }
        var wave = source.forward(golden[f0], golden["rng.1.randn_like"]);
        golden.AssertClose("mid.har_source", wave, 1e-5);
        AssertComplex(polar(golden["mid.har_spec"], golden["mid.har_phase"]), new ShortTimeTransform(20, 5).Spectrum(wave), 1e-4);
    }

    [Fact]
    public void The_istft_decoder_equals_the_original_from_its_source_spectrum_on()
    {
        using var golden = Golden.Load("istft_decoder");
        using var decoder = new IstftDecoder(Istft);
        using var scope = NewDisposeScope();
        golden.LoadState(decoder);
        var (encoded, decoded) = (Watch(decoder, "encode"), Watch(decoder, "decode.3"));
        Tensor[] inputs = [golden["in.asr"], golden["in.F0"], golden["in.N"], golden["in.s"]];
        foreach (var input in inputs)
            input.requires_grad_(true);
        var hidden = decoder.Hidden(inputs[0], inputs[1], inputs[2], inputs[3]);
        var y = ((IstftGenerator)decoder.Generator).Generate(hidden, inputs[3], cat([golden["mid.har_spec"], golden["mid.har_phase"]], 1));
        golden.AssertClose("mid.encode", encoded.Value!, 1e-5);
        golden.AssertClose("mid.decode3", decoded.Value!, 1e-5);
        golden.AssertClose("out.y", y, 1e-5);
        var loss = y.square().mean();
        golden.AssertClose("loss", loss, 1e-6);
        loss.backward();
        golden.AssertGradients(decoder);
        foreach (var (name, input) in new[] { "asr", "F0", "N", "s" }.Zip(inputs))
            golden.AssertGradient($"grad.in.{name}", input.grad!);
    }

    [Fact]
    public void The_hifi_gan_generator_equals_the_original()
    {
        using var golden = Golden.Load("hifi_generator");
        using var generator = new HifiGanGenerator(HifiGan);
        using var scope = NewDisposeScope();
        golden.LoadState(generator);
        var (x, style) = (golden["in.x"].requires_grad_(true), golden["in.s"].requires_grad_(true));
        var y = generator.forward(x, style, golden["in.f0"], golden["rng.1.randn_like"]);
        AssertWave(golden, y);
        var loss = y.square().mean();
        golden.AssertClose("loss", loss, 1e-5);
        loss.backward();
        golden.AssertGradients(generator);
        golden.AssertGradient("grad.in.x", x.grad!);
        golden.AssertGradient("grad.in.s", style.grad!);
    }

    [Fact]
    public void The_hifi_gan_decoder_equals_the_original()
    {
        using var golden = Golden.Load("hifi_decoder");
        using var decoder = new HifiGanDecoder(HifiGan);
        using var scope = NewDisposeScope();
        golden.LoadState(decoder);
        var (encoded, decoded) = (Watch(decoder, "encode"), Watch(decoder, "decode.3"));
        Tensor[] inputs = [golden["in.asr"], golden["in.F0"], golden["in.N"], golden["in.s"]];
        foreach (var input in inputs)
            input.requires_grad_(true);
        var y = decoder.forward(inputs[0], inputs[1], inputs[2], inputs[3], golden["rng.1.randn_like"]);
        golden.AssertClose("mid.encode", encoded.Value!, 1e-5);
        golden.AssertClose("mid.decode3", decoded.Value!, 1e-5);
        AssertWave(golden, y);
        var loss = y.square().mean();
        golden.AssertClose("loss", loss, 1e-5);
        loss.backward();
        // Measured: noise of 3e-6 to 3e-5 in the source, less than the original's own rounding, moves these gradients by up to 1.4e-2.
        golden.AssertGradients(decoder, 1e-2);
        foreach (var (name, input) in new[] { "asr", "F0", "N", "s" }.Zip(inputs))
            golden.AssertGradient($"grad.in.{name}", input.grad!, 1e-2);
    }

    /// <summary>The original sums its phases in float32, which moves its source by up to 2.5e-5; these small networks with large weights
    /// amplify that at single samples, so beside the largest error the mean one is held small.</summary>
    static void AssertWave(Golden golden, Tensor wave)
    {
        golden.AssertClose("out.y", wave, 1e-3);
        var expected = golden["out.y"];
        var error = ((wave - expected).square().mean() / expected.square().mean()).sqrt().item<float>();
        Assert.True(error < 2e-4, $"off by {error:E2} on average");
    }

    [Fact]
    public void Smoothing_equals_the_original_box_filter()
    {
        using var golden = Golden.Load("decoder_smoothing");
        using var scope = NewDisposeScope();
        foreach (var width in new[] { 3, 7 })
            golden.AssertClose($"out.F0_smooth{width}", DecoderSmoothing.Apply(golden["in.F0"], width), 1e-6);
        foreach (var width in new[] { 3, 7, 15 })
            golden.AssertClose($"out.N_smooth{width}", DecoderSmoothing.Apply(golden["in.N"], width), 1e-6);
        golden.AssertClose("in.F0", DecoderSmoothing.Apply(golden["in.F0"], 0), 0);
    }

    /// <summary>Distances of complex numbers: a phase says nothing where the magnitude is near zero.</summary>
    static void AssertComplex(Tensor expected, Tensor actual, double tolerance)
    {
        Golden.AssertClose(expected.real, actual.real, tolerance, "real part");
        Golden.AssertClose(expected.imag, actual.imag, tolerance, "imaginary part");
    }

    sealed class Seen
    {
        public Tensor? Value { get; set; }
    }

    /// <summary>Keeps what a named part of a network gives when it is called.</summary>
    static Seen Watch(nn.Module network, string part)
    {
        var seen = new Seen();
        switch (network.named_modules().Single(named => named.name == part).module)
        {
            case nn.Module<Tensor, Tensor> one:
                one.register_forward_hook((_, _, output) => Keep(output));
                break;
            case nn.Module<Tensor, Tensor, Tensor> two:
                two.register_forward_hook((_, _, _, output) => Keep(output));
                break;
            case var other:
                throw new ArgumentException(other.GetName());
        }
        return seen;

        Tensor Keep(Tensor output)
        {
            seen.Value = output.detach().clone().DetachFromDisposeScope();
            return output;
        }
    }
}
