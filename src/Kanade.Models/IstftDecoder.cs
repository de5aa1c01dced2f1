namespace Kanade.Models;

/// <summary>Sizes of an <see cref="IstftDecoder"/>.</summary>
/// <param name="Channels">C of the aligned text; 512 in the reference.</param>
/// <param name="StyleSize">S, 128.</param>
/// <param name="SampleRate">Hz, 24000.</param>
/// <param name="HopLength">Samples in a mel frame, 300: the product of the upsampling rates and the transform's hop.</param>
/// <param name="HiddenChannels">Width of the residual blocks before the generator, 1024.</param>
/// <param name="TextChannels">Width of the text that every block is given again, 64.</param>
/// <param name="InitialChannels">Width at the generator's start, halved at every upsampling; 512.</param>
/// <param name="UpsampleRates">10 6.</param>
/// <param name="UpsampleKernels">20 12.</param>
/// <param name="ResidualKernels">3 7 11.</param>
/// <param name="ResidualDilations">For each residual kernel, 1 3 5.</param>
/// <param name="FftSize">Of the final inverse transform, 20.</param>
/// <param name="IstftHop">Its hop, 5.</param>
/// <param name="Harmonics">Overtones in the excitation, 8.</param>
/// <param name="LearnsSource">Whether training reaches the layer that merges the harmonics. In the original's iSTFTNet it keeps its first random
/// value, since the whole excitation is computed without gradients (in its HiFi-GAN it learns): false repeats that.</param>
/// <param name="SinglePrecisionSource">Whether the phases of the excitation are summed in float32, as in the original.</param>
public sealed record IstftDecoderConfig(
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
    int FftSize,
    int IstftHop,
    int Harmonics = 8,
    bool LearnsSource = true,
    bool SinglePrecisionSource = false)
{
    /// <summary>What does not fit together.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        foreach (var problem in GeneratorRules.Check(UpsampleRates, UpsampleKernels, ResidualKernels, ResidualDilations, InitialChannels))
            yield return problem;
        foreach (var (rate, kernel) in UpsampleRates.Zip(UpsampleKernels).Where(pair => pair.Second < pair.First || (pair.Second - pair.First) % 2 != 0))
            yield return (nameof(UpsampleKernels), $"{kernel} for the rate {rate} must be larger by an even number");
        if (UpsampleRates.Aggregate(IstftHop, (product, rate) => product * rate) is var samples && samples != HopLength)
            yield return (nameof(UpsampleRates), $"gives {samples} samples a frame with istft_hop {IstftHop}, hop_length is {HopLength}");
        if (FftSize % 2 != 0 || FftSize < IstftHop * 2)
            yield return (nameof(FftSize), $"{FftSize} must be even and at least twice istft_hop ({IstftHop}), or the windows leave gaps");
    }
}

/// <summary>The decoder that ends in an inverse short-time Fourier transform (iSTFTNet, Kaneko et al. 2022).</summary>
public sealed class IstftDecoder : WaveformDecoder
{
    readonly IstftDecoderConfig _config;

    /// <exception cref="ArgumentException">The configuration contradicts itself.</exception>
    public IstftDecoder(IstftDecoderConfig config) : base(
        nameof(IstftDecoder),
        new DecoderTrunk(config.Channels, config.HiddenChannels, config.TextChannels, config.StyleSize),
        config.InitialChannels,
        new IstftGenerator(config)) => _config = config;

    /// <inheritdoc/>
    public override int SampleRate => _config.SampleRate;

    /// <inheritdoc/>
    public override int HopLength => _config.HopLength;

    /// <inheritdoc/>
    public override int SourceChannels => _config.Harmonics + 1;
}
