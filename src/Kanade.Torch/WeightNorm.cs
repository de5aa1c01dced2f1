using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Kanade.Torch;

/// <summary>Weight normalisation (Salimans and Kingma 2016): w = g · v / ‖v‖, the norm taken over all axes but the first.</summary>
public static class WeightNorm
{
    /// <param name="direction">v, (D0, …).</param>
    /// <param name="magnitude">g, (D0, 1, …).</param>
    /// <returns>w in the shape of v; one fused kernel with its own backward.</returns>
    public static Tensor Weight(Tensor direction, Tensor magnitude) => Aten.Call("aten::_weight_norm", "", 1, direction, magnitude, 0L)[0];

    /// <summary>The initial v (PyTorch's default for convolutions, Kaiming uniform with a = √5), its norm g, and the bias.</summary>
    internal static (Parameter Direction, Parameter Magnitude, Parameter? Bias) Initial(long[] shape, long fanIn, long outputs, bool bias)
    {
        var bound = 1 / Math.Sqrt(fanIn);
        var weight = rand(shape).mul_(2 * bound).sub_(bound);
        var axes = Enumerable.Range(1, shape.Length - 1).Select(i => (long)i).ToArray();
        var norm = linalg.vector_norm(weight, 2, axes, keepdim: true);
        return (new Parameter(weight), new Parameter(norm), bias ? new Parameter(rand(outputs).mul_(2 * bound).sub_(bound)) : null);
    }
}

/// <summary>A weight-normalised 1-d convolution; state <c>weight_g</c>, <c>weight_v</c>, <c>bias</c>.</summary>
public sealed class WeightNormConv1d : Module<Tensor, Tensor>
{
    [ComponentName(Name = "bias")]
    readonly Parameter? _bias;
    [ComponentName(Name = "weight_g")]
    readonly Parameter _magnitude;
    [ComponentName(Name = "weight_v")]
    readonly Parameter _direction;
    readonly long _stride, _padding, _dilation, _groups;

    /// <param name="inputs">Input channels.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="kernel">Taps.</param>
    /// <param name="stride">Step in time.</param>
    /// <param name="padding">Zeros at each end.</param>
    /// <param name="dilation">Distance between taps.</param>
    /// <param name="groups">Blocks of channels that do not mix.</param>
    /// <param name="bias">Whether a bias is added.</param>
    public WeightNormConv1d(long inputs, long outputs, long kernel, long stride = 1, long padding = 0, long dilation = 1, long groups = 1, bool bias = true)
        : base(nameof(WeightNormConv1d))
    {
        (_stride, _padding, _dilation, _groups) = (stride, padding, dilation, groups);
        (_direction, _magnitude, _bias) = WeightNorm.Initial([outputs, inputs / groups, kernel], inputs / groups * kernel, outputs, bias);
        RegisterComponents();
    }

    /// <param name="x">(B, C, T)</param>
    /// <returns>(B, C′, T′)</returns>
    public override Tensor forward(Tensor x)
    {
        using var weight = WeightNorm.Weight(_direction, _magnitude);
        return functional.conv1d(x, weight, _bias, _stride, _padding, _dilation, _groups);
    }
}

/// <summary>A weight-normalised transposed 1-d convolution; state <c>weight_g</c>, <c>weight_v</c>, <c>bias</c>.</summary>
public sealed class WeightNormConvTranspose1d : Module<Tensor, Tensor>
{
    [ComponentName(Name = "bias")]
    readonly Parameter? _bias;
    [ComponentName(Name = "weight_g")]
    readonly Parameter _magnitude;
    [ComponentName(Name = "weight_v")]
    readonly Parameter _direction;
    readonly long _stride, _padding, _outputPadding, _groups;

    /// <param name="inputs">Input channels.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="kernel">Taps.</param>
    /// <param name="stride">Upsampling factor.</param>
    /// <param name="padding">Samples cut at each end.</param>
    /// <param name="outputPadding">Samples added at the end.</param>
    /// <param name="groups">Blocks of channels that do not mix.</param>
    /// <param name="bias">Whether a bias is added.</param>
    public WeightNormConvTranspose1d(
        long inputs, long outputs, long kernel, long stride = 1, long padding = 0, long outputPadding = 0, long groups = 1, bool bias = true)
        : base(nameof(WeightNormConvTranspose1d))
    {
        (_stride, _padding, _outputPadding, _groups) = (stride, padding, outputPadding, groups);
        (_direction, _magnitude, _bias) = WeightNorm.Initial([inputs, outputs / groups, kernel], outputs / groups * kernel, outputs, bias);
        RegisterComponents();
    }

    /// <param name="x">(B, C, T)</param>
    /// <returns>(B, C′, (T − 1) · stride − 2 · padding + kernel + output padding)</returns>
    public override Tensor forward(Tensor x)
    {
        using var weight = WeightNorm.Weight(_direction, _magnitude);
        return functional.conv_transpose1d(x, weight, _bias, _stride, _padding, _outputPadding, groups: _groups);
    }
}

/// <summary>A weight-normalised 2-d convolution; state <c>weight_g</c>, <c>weight_v</c>, <c>bias</c>.</summary>
public sealed class WeightNormConv2d : Module<Tensor, Tensor>
{
    [ComponentName(Name = "bias")]
    readonly Parameter? _bias;
    [ComponentName(Name = "weight_g")]
    readonly Parameter _magnitude;
    [ComponentName(Name = "weight_v")]
    readonly Parameter _direction;
    readonly long[] _stride, _padding;

    /// <param name="inputs">Input channels.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="kernel">Taps in height and width.</param>
    /// <param name="stride">Steps in height and width.</param>
    /// <param name="padding">Zeros at each end in height and width.</param>
    public WeightNormConv2d(long inputs, long outputs, (long Height, long Width) kernel, (long Height, long Width) stride, (long Height, long Width) padding)
        : base(nameof(WeightNormConv2d))
    {
        _stride = [stride.Height, stride.Width];
        _padding = [padding.Height, padding.Width];
        (_direction, _magnitude, _bias) =
            WeightNorm.Initial([outputs, inputs, kernel.Height, kernel.Width], inputs * kernel.Height * kernel.Width, outputs, true);
        RegisterComponents();
    }

    /// <param name="x">(B, C, height, width)</param>
    /// <returns>(B, C′, height′, width′)</returns>
    public override Tensor forward(Tensor x)
    {
        using var weight = WeightNorm.Weight(_direction, _magnitude);
        return functional.conv2d(x, weight, _bias, _stride, _padding);
    }
}
