using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>
/// Makes each parameter's gradient the mean of the processes' gradients, after the backward pass and in buckets of many parameters, since a small sum takes
/// as long as a large one. Where a loss is the mean over utterances, the mean over processes is the gradient of the whole batch.
/// </summary>
/// <param name="group">The processes.</param>
/// <param name="parameters">Those that one optimiser moves, in one order everywhere.</param>
/// <param name="bucketSize">Gradients in a bucket; a larger parameter has one of its own.</param>
public sealed class GradientAverage(IProcessGroup group, IEnumerable<Parameter> parameters, long bucketSize = 1 << 22) : IDisposable
{
    readonly IReadOnlyList<Bucket> _buckets = group.World == 1 ? [] : Divide(parameters, bucketSize);

    /// <summary>Averages. A parameter that has no gradient in any process keeps none; in a process where it has none it counts as 0.</summary>
    public void Apply()
    {
        foreach (var bucket in _buckets)
            bucket.Average(group);
    }

    /// <summary>Whether this process's own gradient, before it was averaged, was finite. For the log: it waits for the device.</summary>
    public bool OwnWasFinite => _buckets.All(bucket => float.IsFinite(bucket.OwnSum));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var bucket in _buckets)
            bucket.Dispose();
    }

    static List<Bucket> Divide(IEnumerable<Parameter> parameters, long size)
    {
        var buckets = new List<Bucket>();
        var (open, filled) = (new List<Parameter>(), 0L);
        foreach (var parameter in parameters)
        {
            if (open.Count > 0 && filled + parameter.numel() > size)
            {
                buckets.Add(new Bucket(open));
                (open, filled) = ([], 0);
            }
            open.Add(parameter);
            filled += parameter.numel();
        }
        if (open.Count > 0)
            buckets.Add(new Bucket(open));
        return buckets;
    }

    /// <summary>Some parameters' gradients one after the other, and then for each how many processes have one.</summary>
    sealed class Bucket(IReadOnlyList<Parameter> parameters) : IDisposable
    {
        readonly long _size = parameters.Sum(p => p.numel());
        readonly Tensor _values = zeros(parameters.Sum(p => p.numel()) + parameters.Count, float32, parameters[0].device).DetachFromDisposeScope();
        readonly Tensor _ownSum = zeros([], float32, parameters[0].device).DetachFromDisposeScope();

        public float OwnSum => _ownSum.item<float>();

        public void Average(IProcessGroup group)
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            var present = new float[parameters.Count];
            var at = 0L;
            foreach (var (i, parameter) in parameters.Index())
            {
                var place = _values.narrow(0, at, parameter.numel());
                if (parameter.grad is { } gradient)
                {
                    _ = place.copy_(gradient.flatten());
                    present[i] = 1;
                }
                else
                {
                    _ = place.zero_();
                }
                at += parameter.numel();
            }
            _ = _ownSum.copy_(_values.narrow(0, 0, _size).sum());
            _ = _values.narrow(0, _size, parameters.Count).copy_(tensor(present));
            group.Sum(_values);
            present = _values.narrow(0, _size, parameters.Count).cpu().data<float>().ToArray();
            _ = _values.div_(group.World);
            at = 0;
            foreach (var (i, parameter) in parameters.Index())
            {
                var mean = _values.narrow(0, at, parameter.numel()).view(parameter.shape);
                at += parameter.numel();
                if (present[i] == 0)
                    continue;
                if (parameter.grad is { } gradient)
                    _ = gradient.copy_(mean);
                else
                    parameter.grad = mean.clone();
            }
        }

        public void Dispose()
        {
            _values.Dispose();
            _ownSum.Dispose();
        }
    }
}
