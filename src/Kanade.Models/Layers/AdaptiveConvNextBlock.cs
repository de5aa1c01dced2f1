using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models.Layers;

/// <summary>A <see cref="ConvNextBlock"/> whose norm is set by the style.</summary>
sealed class AdaptiveConvNextBlock : nn.Module<Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "depthwise")] readonly Conv1d _depthwise;
    [ComponentName(Name = "norm")] readonly AdaptiveLayerNorm _norm;
    [ComponentName(Name = "widen")] readonly Linear _widen;
    [ComponentName(Name = "narrow")] readonly Linear _narrow;
    [ComponentName(Name = "scale")] readonly Parameter _scale;

    /// <param name="channels">C; three times as many inside.</param>
    /// <param name="kernel">Frames that a channel sees; odd.</param>
    /// <param name="styleSize">S.</param>
    /// <param name="scale">What the block's part is multiplied with at first.</param>
    public AdaptiveConvNextBlock(int channels, int kernel, int styleSize, double scale) : base(nameof(AdaptiveConvNextBlock))
    {
        _depthwise = nn.Conv1d(channels, channels, kernel, padding: kernel / 2, groups: channels);
        _norm = new AdaptiveLayerNorm(styleSize, channels);
        _widen = nn.Linear(channels, 3 * channels);
        _narrow = nn.Linear(3 * channels, channels);
        _scale = nn.Parameter(full([channels], scale));
        RegisterComponents();
    }

    /// <param name="x">(B, F, C) float32.</param>
    /// <param name="style">(B, S).</param>
    /// <returns>(B, F, C) float32.</returns>
    public override Tensor forward(Tensor x, Tensor style)
    {
        using var scope = NewDisposeScope();
        Tensor y;
        using (Autocast.Disable(x.device.type))                                 // see ConvNextBlock
            y = _depthwise.call(x.transpose(1, 2)).transpose(1, 2);             // (B, F, C)
        y = F.gelu(_widen.call(_norm.call(y, style)));                          // (B, F, 3C)
        return (x + _scale * _narrow.call(y)).MoveToOuterDisposeScope();        // (B, F, C)
    }
}
