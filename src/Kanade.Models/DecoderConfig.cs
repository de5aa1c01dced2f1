using System.Text.Json;
using Kanade.Audio;

namespace Kanade.Models;

/// <summary>Which decoder, named by how it makes the waveform.</summary>
public enum DecoderKind
{
    /// <summary><see cref="IstftDecoder"/>: an inverse Fourier transform; fast.</summary>
    Istft,

    /// <summary><see cref="HifiGanDecoder"/>: transposed convolutions to the end.</summary>
    Hifigan,

    /// <summary><see cref="VocosDecoder"/>: ConvNeXt blocks at the rate of the mel frames; for small machines.</summary>
    Vocos,
}

/// <summary>
/// Sizes of a decoder; the defaults are the original's iSTFTNet at 24 kHz. The product of the upsampling rates, times
/// <paramref name="IstftHop"/> for iSTFTNet, must be the mel's hop. A decoder of kind vocos has its sizes in <paramref name="Vocos"/>; of
/// the others it reads <paramref name="LearnsSource"/> and <paramref name="SinglePrecisionSource"/> only.
/// </summary>
/// <param name="Kind">Which generator.</param>
/// <param name="HiddenChannels">Width of the residual blocks before the generator.</param>
/// <param name="TextChannels">Width of the text that every block is given again.</param>
/// <param name="InitialChannels">Width at the generator's start, halved at every upsampling.</param>
/// <param name="UpsampleRates">Null for 10, 6 (iSTFTNet) or 10, 5, 3, 2 (HiFi-GAN).</param>
/// <param name="UpsampleKernels">Null for twice the rates.</param>
/// <param name="ResidualKernels">Null for 3, 7, 11.</param>
/// <param name="ResidualDilations">Of every residual kernel; null for 1, 3, 5.</param>
/// <param name="FftSize">Of iSTFTNet's inverse transform.</param>
/// <param name="IstftHop">Its hop.</param>
/// <param name="Harmonics">Overtones in the excitation.</param>
/// <param name="LearnsSource">Whether the layer that merges the harmonics is trained; published iSTFTNet checkpoints never trained
/// it.</param>
/// <param name="SinglePrecisionSource">Whether the phases of the excitation are summed in float32, as published checkpoints were trained;
/// it blurs the high harmonics of long recordings. Imported voices have it.</param>
/// <param name="Vocos">Sizes of the decoder of kind vocos; null for its defaults.</param>
public sealed record DecoderConfig(
    DecoderKind Kind = DecoderKind.Istft,
    int HiddenChannels = 1024,
    int TextChannels = 64,
    int InitialChannels = 512,
    int[]? UpsampleRates = null,
    int[]? UpsampleKernels = null,
    int[]? ResidualKernels = null,
    int[]? ResidualDilations = null,
    int FftSize = 20,
    int IstftHop = 5,
    int Harmonics = 8,
    bool LearnsSource = true,
    bool SinglePrecisionSource = false,
    VocosConfig? Vocos = null)
{
    /// <summary>The decoder of these sizes.</summary>
    /// <param name="channels">C of the aligned text.</param>
    /// <param name="styleSize">S.</param>
    /// <param name="mel">Whose frames it is fed, and whose hop and rate its sound has.</param>
    /// <exception cref="InvalidDataException">They do not fit the mel.</exception>
    public Decoder Build(int channels, int styleSize, MelConfig mel)
    {
        if (Kind == DecoderKind.Vocos)
            return new VocosDecoder(channels, styleSize, mel, Vocos ?? new VocosConfig(), LearnsSource, SinglePrecisionSource);
        if (Kind == DecoderKind.Istft)
        {
            var istft = Istft(channels, styleSize, mel);
            Require(istft.Check());
            return new IstftDecoder(istft);
        }
        var hifigan = Hifigan(channels, styleSize, mel);
        Require(hifigan.Check());
        return new HifiGanDecoder(hifigan);
    }

    /// <summary>What contradicts itself, by key.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        foreach (var (key, value) in new[]
        {
            (nameof(HiddenChannels), HiddenChannels), (nameof(TextChannels), TextChannels), (nameof(InitialChannels), InitialChannels),
            (nameof(IstftHop), IstftHop),
        })
        {
            if (value < 1)
                yield return (key, "must be at least 1");
        }
        if (Kind == DecoderKind.Vocos)
            yield break;
        if (Vocos is not null)
            yield return (nameof(Vocos), "is for a decoder of kind vocos");
        // The hop is the mel's, which comes with the dataset: Build checks it.
        var anyMel = new MelConfig(HopLength: Rates.Aggregate(Kind == DecoderKind.Istft ? IstftHop : 1, (product, rate) => product * rate));
        foreach (var problem in Kind == DecoderKind.Istft ? Istft(1, 1, anyMel).Check() : Hifigan(1, 1, anyMel).Check())
            yield return problem;
    }

    int[] Rates => UpsampleRates ?? (Kind == DecoderKind.Istft ? [10, 6] : [10, 5, 3, 2]);

    int[] Kernels => UpsampleKernels ?? [.. Rates.Select(rate => 2 * rate)];

    int[] Residual => ResidualKernels ?? [3, 7, 11];

    int[][] Dilations => [.. Residual.Select(_ => ResidualDilations ?? [1, 3, 5])];

    IstftDecoderConfig Istft(int channels, int styleSize, MelConfig mel) => new(
        channels, styleSize, mel.SampleRate, mel.HopLength, HiddenChannels, TextChannels, InitialChannels,
        Rates, Kernels, Residual, Dilations, FftSize, IstftHop, Harmonics, LearnsSource, SinglePrecisionSource);

    HifiGanDecoderConfig Hifigan(int channels, int styleSize, MelConfig mel) => new(
        channels, styleSize, mel.SampleRate, mel.HopLength, HiddenChannels, TextChannels, InitialChannels,
        Rates, Kernels, Residual, Dilations, Harmonics, SinglePrecisionSource);

    static void Require(IEnumerable<(string Key, string Problem)> problems)
    {
        foreach (var (key, problem) in problems)
            throw new InvalidDataException($"decoder: {JsonNamingPolicy.SnakeCaseLower.ConvertName(key)}: {problem}");
    }
}
