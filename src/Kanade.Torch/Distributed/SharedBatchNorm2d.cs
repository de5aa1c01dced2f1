using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Kanade.Torch;

/// <summary>
/// Batch normalisation (Ioffe and Szegedy 2015) whose statistics are those of the whole batch, however many processes share it; the gradient goes through
/// them to every process's rows. In one process, and in evaluation mode, it is libtorch's own. Its state is that of PyTorch's BatchNorm2d.
/// </summary>
public sealed class SharedBatchNorm2d : Module<Tensor, Tensor>
{
    const double Epsilon = 1e-5, Momentum = 0.1;

    static readonly long[] Positions = [0, 2, 3];

    [ComponentName(Name = "weight")]
    readonly Parameter _scale;
    [ComponentName(Name = "bias")]
    readonly Parameter _shift;
    [ComponentName(Name = "running_mean")]
    readonly Tensor _mean;
    [ComponentName(Name = "running_var")]
    readonly Tensor _variance;
    [ComponentName(Name = "num_batches_tracked")]
    readonly Tensor _batches;

    /// <param name="channels">C.</param>
    public SharedBatchNorm2d(long channels) : base(nameof(SharedBatchNorm2d))
    {
        _scale = new Parameter(ones(channels));
        _shift = new Parameter(zeros(channels));
        _mean = zeros(channels).DetachFromDisposeScope();
        _variance = ones(channels).DetachFromDisposeScope();
        _batches = zeros([], ScalarType.Int64).DetachFromDisposeScope();
        RegisterComponents();
    }

    /// <param name="x">(B, C, height, width), of one shape in every process.</param>
    public override Tensor forward(Tensor x)
    {
        if (training)
            _ = _batches.add_(1);
        var group = ProcessGroup.Current;
        return training && group.World > 1
            ? Shared(x, group)
            : functional.batch_norm(x, _mean, _variance, _scale, _shift, training, Momentum, Epsilon);
    }

    Tensor Shared(Tensor x, IProcessGroup group)
    {
        using var scope = NewDisposeScope();
        var channels = x.shape[1];
        var count = (double)x.numel() / channels * group.World;
        var mean = GroupSum.Of(x.sum(Positions), group) / count;                                         // (C)
        var centred = x - Wide(mean);
        // From the centred values: the mean of squares less the square of the mean would lose what this one keeps.
        var variance = GroupSum.Of(centred.square().sum(Positions), group) / count;                      // (C)
        using (no_grad())
        {
            _ = _mean.mul_(1 - Momentum).add_(mean, alpha: Momentum);
            _ = _variance.mul_(1 - Momentum).add_(variance * (count / (count - 1)), alpha: Momentum);
        }
        return (centred * Wide((variance + Epsilon).rsqrt() * _scale) + Wide(_shift)).MoveToOuterDisposeScope();

        Tensor Wide(Tensor values) => values.view(1, channels, 1, 1);
    }
}
