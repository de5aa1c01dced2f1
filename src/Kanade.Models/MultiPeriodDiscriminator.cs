using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models;

/// <summary>Judges a waveform folded at several prime periods, so that each part sees samples a period apart as neighbours
/// (HiFi-GAN, Kong et al. 2020, section 2.3).</summary>
public sealed class MultiPeriodDiscriminator : nn.Module<Tensor, DiscriminatorOutput>
{
    [ComponentName(Name = "discriminators")]
    readonly ModuleList<PeriodDiscriminator> _parts;

    /// <param name="periods">Periods in samples, 2 3 5 7 11 in the paper.</param>
    /// <param name="channels">Widths of the convolutions of each part, 32 128 512 1024 1024 in the paper.</param>
    public MultiPeriodDiscriminator(IReadOnlyList<int> periods, IReadOnlyList<int> channels) : base(nameof(MultiPeriodDiscriminator))
    {
        _parts = new ModuleList<PeriodDiscriminator>([.. periods.Select(period => new PeriodDiscriminator(period, channels))]);
        RegisterComponents();
    }

    /// <param name="wave">(B, 1, N) samples.</param>
    public override DiscriminatorOutput forward(Tensor wave)
    {
        var judged = _parts.Select(part => part.forward(wave)).ToList();
        return new DiscriminatorOutput([.. judged.Select(one => one.Score)], [.. judged.Select(one => one.Features)]);
    }
}

/// <summary>A score map and the layers that led to it.</summary>
sealed record Judgement(Tensor Score, IReadOnlyList<Tensor> Features);

/// <summary>One part of <see cref="MultiPeriodDiscriminator"/>: strided convolutions along time over a wave folded to (N / period, period).</summary>
sealed class PeriodDiscriminator : nn.Module<Tensor, Judgement>
{
    const double Slope = 0.1;

    [ComponentName(Name = "convs")]
    readonly ModuleList<WeightNormConv2d> _convolutions;
    [ComponentName(Name = "conv_post")]
    readonly WeightNormConv2d _score;
    readonly int _period;

    public PeriodDiscriminator(int period, IReadOnlyList<int> channels) : base(nameof(PeriodDiscriminator))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(period, 1);
        ArgumentOutOfRangeException.ThrowIfZero(channels.Count);
        _period = period;
        _convolutions = new ModuleList<WeightNormConv2d>([.. channels.Select((width, layer) => new WeightNormConv2d(
            layer == 0 ? 1 : channels[layer - 1], width, (5, 1), stride: (layer + 1 < channels.Count ? 3 : 1, 1), padding: (2, 0)))]);
        _score = new WeightNormConv2d(channels[^1], 1, (3, 1), stride: (1, 1), padding: (1, 0));
        RegisterComponents();
    }

    /// <param name="wave">(B, 1, N).</param>
    public override Judgement forward(Tensor wave)
    {
        using var scope = NewDisposeScope();
        var missing = (_period - wave.shape[2] % _period) % _period;
        var x = missing == 0 ? wave : F.pad(wave, (0L, missing), PaddingModes.Reflect);
        x = x.reshape(x.shape[0], 1, x.shape[2] / _period, _period);                 // (B, 1, N / period, period)
        var features = new List<Tensor>();
        foreach (var convolution in _convolutions)
        {
            x = F.leaky_relu(convolution.forward(x), Slope);                         // (B, C, ~N / period / 3^layer, period)
            features.Add(x);
        }
        x = _score.forward(x);                                                       // (B, 1, positions, period)
        features.Add(x);
        return new Judgement(x.flatten(1).MoveToOuterDisposeScope(), [.. features.Select(feature => feature.MoveToOuterDisposeScope())]);
    }
}
