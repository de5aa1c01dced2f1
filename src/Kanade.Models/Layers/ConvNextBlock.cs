using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Kanade.Models.Layers;

/// <summary>A ConvNeXt block (Liu et al. 2022): each channel over the frames, then all channels of each frame, added to what came in. Channels
/// are last, as the matrix products and the norm want them.</summary>
sealed class ConvNextBlock : Module<Tensor, Tensor>
{
    [ComponentName(Name = "depthwise")]
    readonly Conv1d _depthwise;
    [ComponentName(Name = "norm")]
    readonly ChannelLayerNorm _norm;
    [ComponentName(Name = "widen")]
    readonly Conv1d _widen;
    [ComponentName(Name = "narrow")]
    readonly Conv1d _narrow;
    [ComponentName(Name = "scale")]
    readonly Parameter _scale;

    /// <param name="channels">C; three times as many inside.</param>
    /// <param name="kernel">Frames that a channel sees; odd.</param>
    /// <param name="scale">What the block's part is multiplied with at first.</param>
    public ConvNextBlock(int channels, int kernel, double scale) : base(nameof(ConvNextBlock))
    {
        _depthwise = Conv1d(channels, channels, kernel, padding: kernel / 2, groups: channels);
        _norm = new ChannelLayerNorm(channels);
        _widen = Conv1d(channels, 3 * channels, 1);
        _narrow = Conv1d(3 * channels, channels, 1);
        _scale = Parameter(full([channels, 1], scale));
        RegisterComponents();
    }

    /// <param name="x">(B, F, C)</param>
    /// <returns>(B, F, C)</returns>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        Tensor y;
        // In bfloat16 libtorch has no fast kernel for one channel at a time.
        using (Autocast.Disable(x.device_type))
            y = _norm.forward(_depthwise.forward(x.transpose(1, 2)));                                                        // (B, C, F)
        y = functional.gelu(Pointwise(y.transpose(1, 2), _widen));                                                           // (B, F, 3C)
        return (x + _scale.squeeze(1) * Pointwise(y, _narrow)).MoveToOuterDisposeScope();
    }

    /// <summary>A convolution that sees one frame, as the matrix product that it is.</summary>
    static Tensor Pointwise(Tensor x, Conv1d layer) => functional.linear(x, layer.weight.squeeze(2), layer.bias);
}
