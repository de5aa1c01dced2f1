using Kanade.Models.Layers;
using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models;

/// <summary>One short-time spectrum: sizes in samples.</summary>
public sealed record SpectrumResolution(int FftSize, int HopLength, int WindowLength);

/// <summary>Judges the magnitude spectrograms of a waveform at several resolutions (UnivNet, Jang et al. 2021, section 2.3; here 2-D convolutions
/// over (frames, frequencies), without logarithm, as StyleTTS 2 has it).</summary>
public sealed class MultiResolutionDiscriminator : nn.Module<Tensor, DiscriminatorOutput>
{
    [ComponentName(Name = "discriminators")]
    readonly ModuleList<SpectrumDiscriminator> _parts;

    /// <param name="resolutions">1024/120/600, 2048/240/1200 and 512/50/240 at 24 kHz in the reference.</param>
    /// <param name="channels">Width of every convolution, 32 in the reference.</param>
    public MultiResolutionDiscriminator(IReadOnlyList<SpectrumResolution> resolutions, int channels) : base(nameof(MultiResolutionDiscriminator))
    {
        _parts = new ModuleList<SpectrumDiscriminator>([.. resolutions.Select(resolution => new SpectrumDiscriminator(resolution, channels))]);
        RegisterComponents();
    }

    /// <param name="wave">(B, 1, N) samples.</param>
    public override DiscriminatorOutput forward(Tensor wave)
    {
        var judged = _parts.Select(part => part.forward(wave)).ToList();
        return new DiscriminatorOutput([.. judged.Select(one => one.Score)], [.. judged.Select(one => one.Features)]);
    }
}

/// <summary>One part of <see cref="MultiResolutionDiscriminator"/>.</summary>
sealed class SpectrumDiscriminator : nn.Module<Tensor, Judgement>
{
    const double Slope = 0.1;

    [ComponentName(Name = "discriminators")]
    readonly ModuleList<WeightNormConv2d> _convolutions;
    [ComponentName(Name = "out")]
    readonly WeightNormConv2d _score;
    readonly SpectrumResolution _resolution;
    readonly HannWindow _window;

    public SpectrumDiscriminator(SpectrumResolution resolution, int channels) : base(nameof(SpectrumDiscriminator))
    {
        _resolution = resolution;
        _window = new HannWindow(resolution.WindowLength);
        _convolutions = new ModuleList<WeightNormConv2d>([
            new WeightNormConv2d(1, channels, (3, 9), stride: (1, 1), padding: (1, 4)),
            new WeightNormConv2d(channels, channels, (3, 9), stride: (1, 2), padding: (1, 4)),
            new WeightNormConv2d(channels, channels, (3, 9), stride: (1, 2), padding: (1, 4)),
            new WeightNormConv2d(channels, channels, (3, 9), stride: (1, 2), padding: (1, 4)),
            new WeightNormConv2d(channels, channels, (3, 3), stride: (1, 1), padding: (1, 1)),
        ]);
        _score = new WeightNormConv2d(channels, 1, (3, 3), stride: (1, 1), padding: (1, 1));
        RegisterComponents();
    }

    /// <param name="wave">(B, 1, N).</param>
    public override Judgement forward(Tensor wave)
    {
        using var scope = NewDisposeScope();
        var x = Magnitude(wave.squeeze(1)).transpose(1, 2).unsqueeze(1);             // (B, 1, frames, frequencies)
        var features = new List<Tensor>();
        foreach (var convolution in _convolutions)
        {
            x = F.leaky_relu(convolution.forward(x), Slope);                         // (B, C, frames, frequencies / 2^layer)
            features.Add(x);
        }
        x = _score.forward(x);                                                       // (B, 1, frames, frequencies / 8)
        features.Add(x);
        return new Judgement(x.flatten(1).MoveToOuterDisposeScope(), [.. features.Select(feature => feature.MoveToOuterDisposeScope())]);
    }

    Tensor Magnitude(Tensor wave)
    {
        using var exact = Autocast.Disable(wave.device.type);
        return stft(wave.to(float32), _resolution.FftSize, _resolution.HopLength, _resolution.WindowLength, _window.On(wave.device),
            return_complex: true).abs();
    }
}
