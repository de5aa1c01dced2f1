using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Kanade.Models.Layers;

/// <summary>The residual block of the waveform generators: HiFi-GAN's dilated convolutions (Kong et al. 2020, section 2.2.1), each after a
/// style-conditioned instance norm and a Snake activation. For every dilation, x ← x + conv2(snake(norm2(conv1(snake(norm1(x)))))).</summary>
sealed class AdaptiveResidualBlockSnake : nn.Module<Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "adain1")] readonly ModuleList<AdaptiveInstanceNorm> _norms1;
    [ComponentName(Name = "alpha1")] readonly ParameterList _frequencies1;
    [ComponentName(Name = "convs1")] readonly ModuleList<WeightNormConv1d> _dilated;
    [ComponentName(Name = "adain2")] readonly ModuleList<AdaptiveInstanceNorm> _norms2;
    [ComponentName(Name = "alpha2")] readonly ParameterList _frequencies2;
    [ComponentName(Name = "convs2")] readonly ModuleList<WeightNormConv1d> _plain;

    /// <param name="channels">C.</param>
    /// <param name="kernel">Taps of every convolution; odd.</param>
    /// <param name="dilations">Of the first convolution of each pair.</param>
    /// <param name="styleSize">S.</param>
    public AdaptiveResidualBlockSnake(int channels, int kernel, IReadOnlyList<int> dilations, int styleSize)
        : base(nameof(AdaptiveResidualBlockSnake))
    {
        ArgumentOutOfRangeException.ThrowIfEqual(kernel % 2, 0);
        _norms1 = new ModuleList<AdaptiveInstanceNorm>([.. dilations.Select(_ => new AdaptiveInstanceNorm(styleSize, channels))]);
        _frequencies1 = new ParameterList([.. dilations.Select(_ => new Parameter(ones(1, channels, 1)))]);
        _dilated = new ModuleList<WeightNormConv1d>([.. dilations.Select(dilation =>
            new WeightNormConv1d(channels, channels, kernel, padding: (kernel - 1) * dilation / 2, dilation: dilation))]);
        _norms2 = new ModuleList<AdaptiveInstanceNorm>([.. dilations.Select(_ => new AdaptiveInstanceNorm(styleSize, channels))]);
        _frequencies2 = new ParameterList([.. dilations.Select(_ => new Parameter(ones(1, channels, 1)))]);
        _plain = new ModuleList<WeightNormConv1d>([.. dilations.Select(_ => new WeightNormConv1d(channels, channels, kernel, padding: (kernel - 1) / 2))]);
        RegisterComponents();
    }

    /// <param name="x">(B, C, F).</param>
    /// <param name="style">(B, S).</param>
    /// <returns>(B, C, F).</returns>
    public override Tensor forward(Tensor x, Tensor style)
    {
        using var scope = NewDisposeScope();
        for (var i = 0; i < _dilated.Count; i++)
        {
            var y = _dilated[i].forward(Snake.Apply(_norms1[i].forward(x, style), _frequencies1[i]));
            y = _plain[i].forward(Snake.Apply(_norms2[i].forward(y, style), _frequencies2[i]));
            x = x + y;                                                               // (B, C, F)
        }
        return x.MoveToOuterDisposeScope();
    }
}
