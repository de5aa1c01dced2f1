using Kanade.Torch;

namespace Kanade.Training;

/// <summary>How the networks of a stage are optimised (AdamW); the defaults are what StyleTTS 2 comes to.</summary>
/// <param name="Beta1">Decay of the mean of the gradient. The original's configuration says 0; its unused scheduler sets 0.85.</param>
/// <param name="Beta2">Decay of the mean of its square.</param>
/// <param name="WeightDecay">Decoupled, per unit of learning rate.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
public sealed record OptimiserConfig(double Beta1 = 0.85, double Beta2 = 0.99, double WeightDecay = 1e-4, double Epsilon = 1e-9)
{
    /// <summary>What contradicts itself, by key.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        foreach (var (key, value) in new[] { (nameof(Beta1), Beta1), (nameof(Beta2), Beta2) })
        {
            if (!(value is >= 0 and < 1))
                yield return (key, "must lie in [0, 1)");
        }
        if (!(WeightDecay is >= 0 and <= 1))
            yield return (nameof(WeightDecay), "must lie between 0 and 1");
        if (!(Epsilon is > 0 and < 1))
            yield return (nameof(Epsilon), "must lie between 0 and 1");
    }
}

/// <summary>What one network has otherwise than the rest of its stage: a value under <c>networks:</c>, its key the network's
/// name.</summary>
/// <param name="LearningRate">Its peak; null the stage's.</param>
/// <param name="Beta1">See <see cref="OptimiserConfig"/>; null the stage's, as the next three.</param>
/// <param name="Beta2">See <see cref="OptimiserConfig"/>.</param>
/// <param name="WeightDecay">See <see cref="OptimiserConfig"/>.</param>
/// <param name="ClipNorm">Largest norm of its gradient.</param>
/// <param name="Frozen">Whether it stays as it was loaded.</param>
public sealed record NetworkTraining(
    double? LearningRate = null, double? Beta1 = null, double? Beta2 = null, double? WeightDecay = null, double? ClipNorm = null,
        bool Frozen = false)
{
    /// <summary>What contradicts itself, by key.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        if (LearningRate is { } rate && !(rate > 0))
            yield return (nameof(LearningRate), "must be above 0");
        if (ClipNorm is { } norm && !(norm > 0))
            yield return (nameof(ClipNorm), "must be above 0");
        foreach (var problem in Over(new OptimiserConfig()).Check())
            yield return problem;
    }

    /// <summary>The stage's settings with this network's put over them.</summary>
    internal OptimiserConfig Over(OptimiserConfig stage) => stage with
    {
        Beta1 = Beta1 ?? stage.Beta1,
        Beta2 = Beta2 ?? stage.Beta2,
        WeightDecay = WeightDecay ?? stage.WeightDecay,
    };

    /// <summary>What is wrong with the keys of <c>networks:</c>.</summary>
    internal static IEnumerable<(string Key, string Problem)> Check(IReadOnlyDictionary<string, NetworkTraining>? networks,
        IReadOnlyList<string> known)
    {
        foreach (var (name, settings) in networks ?? new Dictionary<string, NetworkTraining>())
        {
            if (!known.Contains(name))
                yield return ($"Networks.{name}", $"no network of this stage; they are {string.Join(", ", known)}");
        }
    }
}

/// <summary>An optimiser's constants as <see cref="FusedAdamW"/> takes them.</summary>
static class OptimiserConstants
{
    public static AdamWConfig Of(OptimiserConfig config) => new(config.Beta1, config.Beta2, config.Epsilon, config.WeightDecay);
}
