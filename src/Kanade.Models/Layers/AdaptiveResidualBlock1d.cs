using Kanade.Torch;
using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models.Layers;

/// <summary>Residual block of two convolutions, each after a style-conditioned instance norm, that may double the number of frames:
/// y = (conv2(drop(act(norm2(conv1(drop(up(act(norm1(x)))))))) + shortcut(x)) / sqrt(2)
/// (StyleTTS, Li et al. 2022, appendix; the residual path upsamples by a depthwise transposed convolution, the shortcut by repetition).</summary>
internal sealed class AdaptiveResidualBlock1d : nn.Module<Tensor, Tensor, Tensor>
{
    const double Slope = 0.2;
    static readonly double UnitVariance = Math.Sqrt(0.5);

    [ComponentName(Name = "norm1")] readonly AdaptiveInstanceNorm _norm1;
    [ComponentName(Name = "pool")] readonly WeightNormConvTranspose1d? _upsample;
    [ComponentName(Name = "conv1")] readonly WeightNormConv1d _conv1;
    [ComponentName(Name = "norm2")] readonly AdaptiveInstanceNorm _norm2;
    [ComponentName(Name = "conv2")] readonly WeightNormConv1d _conv2;
    [ComponentName(Name = "conv1x1")] readonly WeightNormConv1d? _shortcut;
    readonly double _dropout;

    /// <param name="inputChannels">C of the input.</param>
    /// <param name="outputChannels">C of the output; where it differs from the input's, the shortcut is a 1x1 convolution.</param>
    /// <param name="styleSize">S.</param>
    /// <param name="upsample">Whether the output has twice as many frames.</param>
    /// <param name="dropout">Probability, in training mode, of zeroing what enters each convolution.</param>
    public AdaptiveResidualBlock1d(int inputChannels, int outputChannels, int styleSize, bool upsample = false, double dropout = 0)
        : base(nameof(AdaptiveResidualBlock1d))
    {
        _norm1 = new AdaptiveInstanceNorm(styleSize, inputChannels);
        _upsample = upsample
            ? new WeightNormConvTranspose1d(inputChannels, inputChannels, 3, stride: 2, padding: 1, outputPadding: 1, groups: inputChannels)
            : null;
        _conv1 = new WeightNormConv1d(inputChannels, outputChannels, 3, padding: 1);
        _norm2 = new AdaptiveInstanceNorm(styleSize, outputChannels);
        _conv2 = new WeightNormConv1d(outputChannels, outputChannels, 3, padding: 1);
        _shortcut = inputChannels == outputChannels ? null : new WeightNormConv1d(inputChannels, outputChannels, 1, bias: false);
        _dropout = dropout;
        RegisterComponents();
    }

    /// <param name="x">(B, C, F).</param>
    /// <param name="style">(B, S).</param>
    /// <returns>(B, C', F), or (B, C', 2F) with upsampling.</returns>
    public override Tensor forward(Tensor x, Tensor style) => forward(x, style, inside: null);

    /// <summary>The same for sequences of different lengths: each comes out as it would alone.</summary>
    /// <param name="x">(B, C, F).</param>
    /// <param name="style">(B, S).</param>
    /// <param name="inside">(B, 1, F) float32, 1 inside a sequence and 0 after its end; null where all are F long.</param>
    /// <returns>(B, C', F), or (B, C', 2F) with upsampling; what lies after a sequence's end means nothing.</returns>
    public Tensor forward(Tensor x, Tensor style, Tensor? inside)
    {
        using var scope = NewDisposeScope();
        var residual = Within(F.leaky_relu(_norm1.forward(x, style, inside), Slope), inside);
        if (_upsample is not null)
        {
            inside = inside?.repeat_interleave(2, dim: -1);
            residual = Within(_upsample.call(residual), inside);                    // (B, C, 2F)
        }
        residual = _conv1.call(F.dropout(residual, _dropout, training));            // (B, C', F')
        residual = Within(F.leaky_relu(_norm2.forward(residual, style, inside), Slope), inside);
        residual = _conv2.call(F.dropout(residual, _dropout, training));

        // A 1x1 convolution commutes with repetition: done first, it costs half.
        var shortcut = _shortcut is null ? x : _shortcut.call(x);
        if (_upsample is not null)
            shortcut = shortcut.repeat_interleave(2, dim: -1);                      // (B, C', 2F)
        return ((residual + shortcut) * UnitVariance).MoveToOuterDisposeScope();
    }

    /// <summary>A convolution reads zeros after a sequence's end, as it does beyond the ends of the tensor.</summary>
    static Tensor Within(Tensor x, Tensor? inside) => inside is null ? x : x * inside;
}
