using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Kanade.Torch;

/// <summary>
/// A 2-d convolution under spectral normalisation (Miyato et al. 2018): its weight, as a matrix, is divided by an estimate of its
/// largest singular value. The estimate follows the weight by one power iteration in each forward in training mode, or by
/// <see cref="Iterate"/> alone. None is made in evaluation mode, so the estimate's vectors belong to the state: <c>weight_orig</c>,
/// <c>weight_u</c>, <c>weight_v</c>, <c>bias</c>.
/// </summary>
public sealed class SpectralNormConv2d : Module<Tensor, Tensor>
{
    const double Epsilon = 1e-12;

    // A fresh network is usable in evaluation mode at once: the original starts from random vectors and gives infinities until trained.
    const int InitialIterations = 15;

    [ComponentName(Name = "bias")]
    readonly Parameter? _bias;
    [ComponentName(Name = "weight_orig")]
    readonly Parameter _weight;
    [ComponentName(Name = "weight_u")]
    readonly Tensor _left;
    [ComponentName(Name = "weight_v")]
    readonly Tensor _right;
    readonly long[] _stride, _padding;
    readonly long _groups;

    /// <param name="inputs">Input channels.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="kernel">Taps in height and width.</param>
    /// <param name="stride">Steps in height and width.</param>
    /// <param name="padding">Zeros at each end in height and width.</param>
    /// <param name="groups">Blocks of channels that do not mix.</param>
    /// <param name="bias">Whether a bias is added.</param>
    public SpectralNormConv2d(
        long inputs, long outputs, (long Height, long Width) kernel, (long Height, long Width) stride, (long Height, long Width) padding,
        long groups = 1, bool bias = true)
        : base(nameof(SpectralNormConv2d))
    {
        _stride = [stride.Height, stride.Width];
        _padding = [padding.Height, padding.Width];
        _groups = groups;
        var fanIn = inputs / groups * kernel.Height * kernel.Width;
        var bound = 1 / Math.Sqrt(fanIn);
        _weight = new Parameter(rand(outputs, inputs / groups, kernel.Height, kernel.Width).mul_(2 * bound).sub_(bound));
        _bias = bias ? new Parameter(rand(outputs).mul_(2 * bound).sub_(bound)) : null;
        _left = functional.normalize(randn(outputs), dim: 0, eps: Epsilon);
        _right = functional.normalize(randn(fanIn), dim: 0, eps: Epsilon);
        for (var i = 0; i < InitialIterations; i++)
            Iterate();
        RegisterComponents();
    }

    /// <summary>
    /// Whether a forward in training mode makes a power iteration, as in the original. Where a training step runs the layer several times,
    /// set this to false and call <see cref="Iterate"/> after each step that moved the weight.
    /// </summary>
    public bool IteratesInForward { get; set; } = true;

    /// <param name="x">(B, C, height, width)</param>
    /// <returns>(B, C′, height′, width′)</returns>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        if (training && IteratesInForward)
            Iterate();
        // The estimate's own copies: the buffers change in place at the next forward, before this one's backward.
        var left = _left.clone();
        var right = _right.clone();
        var largest = left.dot(mv(_weight.flatten(1), right));
        return functional.conv2d(x, _weight / largest, _bias, _stride, _padding, groups: _groups).MoveToOuterDisposeScope();
    }

    /// <summary>One power iteration: brings the estimate closer to the largest singular value of the present weight.</summary>
    public void Iterate()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var matrix = _weight.flatten(1);
        _right.copy_(functional.normalize(mv(matrix.t(), _left), dim: 0, eps: Epsilon));
        _left.copy_(functional.normalize(mv(matrix, _right), dim: 0, eps: Epsilon));
    }
}
