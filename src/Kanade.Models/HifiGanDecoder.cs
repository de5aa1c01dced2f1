namespace Kanade.Models;

/// <summary>Sizes of a <see cref="HifiGanDecoder"/>.</summary>
/// <param name="Channels">C of the aligned text; 512 in the reference.</param>
/// <param name="StyleSize">S, 128.</param>
/// <param name="SampleRate">Hz, 24000.</param>
/// <param name="HopLength">Samples in a mel frame, 300: the product of the upsampling rates.</param>
/// <param name="HiddenChannels">Width of the residual blocks before the generator, 1024.</param>
/// <param name="TextChannels">Width of the text that every block is given again, 64.</param>
/// <param name="InitialChannels">Width at the generator's start, halved at every upsampling; 512.</param>
/// <param name="UpsampleRates">10 5 3 2.</param>
/// <param name="UpsampleKernels">20 10 6 4: twice the rates.</param>
/// <param name="ResidualKernels">3 7 11.</param>
/// <param name="ResidualDilations">For each residual kernel, 1 3 5.</param>
/// <param name="Harmonics">Overtones in the excitation, 8.</param>
/// <param name="SinglePrecisionSource">Whether the phases of the excitation are summed in float32, as in the original.</param>
public sealed record HifiGanDecoderConfig(
    int Channels,
    int StyleSize,
    int SampleRate,
    int HopLength,
    int HiddenChannels,
    int TextChannels,
    int InitialChannels,
    int[] UpsampleRates,
    int[] UpsampleKernels,
    int[] ResidualKernels,
    int[][] ResidualDilations,
    int Harmonics = 8,
    bool SinglePrecisionSource = false)
{
    /// <summary>What does not fit together.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        foreach (var problem in GeneratorRules.Check(UpsampleRates, UpsampleKernels, ResidualKernels, ResidualDilations, InitialChannels))
            yield return problem;
        if (UpsampleRates.Aggregate(1, (product, rate) => product * rate) is var samples && samples != HopLength)
            yield return (nameof(UpsampleRates), $"gives {samples} samples a frame, hop_length is {HopLength}");
        if (UpsampleRates.Zip(UpsampleKernels).Any(pair => pair.Second != 2 * pair.First))
            yield return (nameof(UpsampleKernels), "must be twice the upsample_rates");
    }
}

/// <summary>The decoder that ends in a waveform (HiFi-GAN, Kong et al. 2020), as the LibriTTS checkpoint of StyleTTS 2 has it.</summary>
public sealed class HifiGanDecoder : WaveformDecoder
{
    readonly HifiGanDecoderConfig _config;

    /// <exception cref="ArgumentException">The configuration contradicts itself.</exception>
    public HifiGanDecoder(HifiGanDecoderConfig config) : base(
        nameof(HifiGanDecoder),
        new DecoderTrunk(config.Channels, config.HiddenChannels, config.TextChannels, config.StyleSize),
        config.InitialChannels,
        new HifiGanGenerator(config)) => _config = config;

    /// <inheritdoc/>
    public override int SampleRate => _config.SampleRate;

    /// <inheritdoc/>
    public override int HopLength => _config.HopLength;

    /// <inheritdoc/>
    public override int SourceChannels => _config.Harmonics + 1;
}
