using Kanade.Torch;
using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models.Layers;

/// <summary>Residual block that halves both axes, rounding up: by a strided depthwise convolution in the residual, by a mean of four in the
/// shortcut.</summary>
internal sealed class HalvingResidualBlock2d : nn.Module<Tensor, Tensor>
{
    const double Slope = 0.2;
    static readonly double UnitVariance = Math.Sqrt(0.5);

    [ComponentName(Name = "conv1")] readonly SpectralNormConv2d _conv1;
    [ComponentName(Name = "downsample_res")] readonly DepthwiseHalving _halve;
    [ComponentName(Name = "conv2")] readonly SpectralNormConv2d _conv2;
    [ComponentName(Name = "conv1x1")] readonly SpectralNormConv2d? _shortcut;

    public HalvingResidualBlock2d(int inputChannels, int outputChannels) : base(nameof(HalvingResidualBlock2d))
    {
        _conv1 = new SpectralNormConv2d(inputChannels, inputChannels, (3, 3), (1, 1), (1, 1));
        _halve = new DepthwiseHalving(inputChannels);
        _conv2 = new SpectralNormConv2d(inputChannels, outputChannels, (3, 3), (1, 1), (1, 1));
        _shortcut = inputChannels == outputChannels
            ? null
            : new SpectralNormConv2d(inputChannels, outputChannels, (1, 1), (1, 1), (0, 0), bias: false);
        RegisterComponents();
    }

    /// <param name="x">(B, C, M, F); M even.</param>
    /// <returns>(B, C', M / 2, (F + 1) / 2).</returns>
    public override Tensor forward(Tensor x) => forward(x, inside: null);

    /// <summary>The same for spectrograms of different lengths: each comes out as it would alone.</summary>
    /// <param name="x">(B, C, M, F); M even, zero after a spectrogram's end.</param>
    /// <param name="inside">(B, 1, 1, F), 1 inside a spectrogram and 0 after its end, whose lengths are even; null where all are F
    /// long.</param>
    /// <returns>(B, C', M / 2, (F + 1) / 2), zero after a spectrogram's end.</returns>
    public Tensor forward(Tensor x, Tensor? inside)
    {
        using var scope = NewDisposeScope();
        var half = inside?.slice(3, 0, inside.shape[3], 2);                         // (B, 1, 1, F')
        var residual = _halve.call(Within(_conv1.call(F.leaky_relu(x, Slope)), inside));    // (B, C, M / 2, F')
        residual = _conv2.call(Within(F.leaky_relu(residual, Slope), half));        // (B, C', M / 2, F')

        // A 1x1 convolution without bias commutes with the mean: done after it, it costs a quarter.
        var even = x.shape[3] % 2 == 0 ? x : cat([x, x.narrow(3, x.shape[3] - 1, 1)], dim: 3);
        var shortcut = F.avg_pool2d(even, [2, 2]);                                  // (B, C, M / 2, F')
        if (_shortcut is not null)
            shortcut = _shortcut.call(shortcut);
        return Within((residual + shortcut) * UnitVariance, half).MoveToOuterDisposeScope();
    }

    static Tensor Within(Tensor x, Tensor? inside) => inside is null ? x : x * inside;
}

/// <summary>A learnt depthwise convolution of stride two.</summary>
internal sealed class DepthwiseHalving : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "conv")] readonly SpectralNormConv2d _conv;

    public DepthwiseHalving(int channels) : base(nameof(DepthwiseHalving))
    {
        _conv = new SpectralNormConv2d(channels, channels, (3, 3), (2, 2), (1, 1), groups: channels);
        RegisterComponents();
    }

    /// <param name="x">(B, C, M, F).</param>
    /// <returns>(B, C, (M + 1) / 2, (F + 1) / 2).</returns>
    public override Tensor forward(Tensor x) => _conv.call(x);
}
