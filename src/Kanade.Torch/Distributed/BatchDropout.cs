using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Kanade.Torch;

/// <summary>
/// Dropout (Srivastava et al. 2014) whose draws are those of the whole batch, of which each process takes its rows: what falls out of an utterance does not depend
/// on how many processes share the batch. In one process it is libtorch's own.
/// </summary>
/// <param name="probability">Of falling out.</param>
public sealed class BatchDropout(double probability) : Module<Tensor, Tensor>(nameof(BatchDropout))
{
    readonly double _probability = probability;

    /// <param name="x">(B, …), contiguous; as many rows in every process.</param>
    public override Tensor forward(Tensor x) => Apply(x, _probability, training);

    /// <param name="x">(B, …), contiguous; as many rows in every process.</param>
    /// <param name="probability">Of falling out.</param>
    /// <param name="training">Otherwise nothing does.</param>
    public static Tensor Apply(Tensor x, double probability, bool training)
    {
        var group = ProcessGroup.Current;
        if (!training || group.World == 1)
            return functional.dropout(x, probability, training);
        using var scope = NewDisposeScope();
        var shape = x.shape;
        shape[0] *= group.World;
        var kept = group.Rows(empty(shape, x.dtype, x.device).bernoulli_(1 - probability));
        return (x * kept.div(1 - probability)).MoveToOuterDisposeScope();
    }
}
