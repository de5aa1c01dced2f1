using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>
/// Bounds the gradient of some parameters: by a fixed norm (Pascanu et al. 2013), and by a quantile of the norms of the run's last steps
/// (Seetharaman et al. 2020, "AutoClip"). The networks of a stage differ by two orders in the size of their gradients, so that each has its
/// own.
/// </summary>
sealed class GradientClip : IDisposable
{
    const int Remembered = 500;
    const int Fewest = 20;

    readonly IReadOnlyList<Parameter> _parameters;
    readonly double? _largest, _quantile;
    readonly Tensor _history = zeros(Remembered, float64).DetachFromDisposeScope();
    readonly Tensor _count = zeros(1, int64).DetachFromDisposeScope();

    /// <param name="parameters">Those that are bounded together.</param>
    /// <param name="largest">The norm that is allowed; null any.</param>
    /// <param name="quantile">Which quantile of the last norms is allowed; null any.</param>
    public GradientClip(IEnumerable<Parameter> parameters, double? largest, double? quantile) =>
        (_parameters, _largest, _quantile) = ([.. parameters], largest, quantile);

    /// <summary>What a checkpoint keeps: the last norms, and how many there have been.</summary>
    public IEnumerable<(string Name, Tensor Value)> State => _quantile is null ? [] : [("history", _history), ("count", _count)];

    /// <summary>The norm of the gradient; not finite where any value is not.</summary>
    public double Norm() => nn.utils.clip_grad_norm_(_parameters, double.PositiveInfinity);

    /// <summary>Scales the gradient down to what is allowed, and remembers its norm.</summary>
    /// <returns>The norm before; not finite where any value is not, and then nothing is remembered.</returns>
    public double Apply()
    {
        if (Bound() is not { } bound)
            return Remember(Norm());
        return Remember(nn.utils.clip_grad_norm_(_parameters, bound));
    }

    double? Bound()
    {
        var known = (int)Math.Min(_count.item<long>(), Remembered);
        if (_quantile is not { } quantile || known < Fewest)
            return _largest;
        var sorted = _history.data<double>().ToArray().AsSpan(0, known);
        sorted.Sort();
        var bound = Math.Max(sorted[(int)Math.Round(quantile * (known - 1))], 1e-12);
        return Math.Min(bound, _largest ?? bound);
    }

    double Remember(double norm)
    {
        if (_quantile is null || !double.IsFinite(norm))
            return norm;
        using var scope = NewDisposeScope();
        var count = _count.item<long>();
        _history[count % Remembered] = norm;
        _ = _count.fill_(count + 1);
        return norm;
    }

    public void Dispose()
    {
        _history.Dispose();
        _count.Dispose();
    }
}
