using Kanade.Models;

namespace Kanade.Training;

/// <summary>The optimiser of one network of a stage, by the stage's configuration and what it says of that network.</summary>
static class NetworkOptimisers
{
    /// <param name="set">The stage's networks.</param>
    /// <param name="network">Which.</param>
    /// <param name="from">The phase from which it moves.</param>
    /// <param name="rate">The peak of its learning rate where the configuration says nothing of it.</param>
    /// <param name="constants">AdamW's where the configuration says nothing of it.</param>
    /// <param name="run">How gradients are bounded.</param>
    /// <param name="settings">What single networks have otherwise.</param>
    /// <param name="byItself">Whether it moves in a pass of its own.</param>
    /// <returns>One, or none for a frozen network, whose weights are taken out of training.</returns>
    public static IEnumerable<StageOptimiser> Of(
        NetworkSet set, string network, Phase from, double rate, OptimiserConfig constants, RunConfig run,
        IReadOnlyDictionary<string, NetworkTraining>? settings, bool byItself = false)
    {
        var own = settings?.GetValueOrDefault(network) ?? new NetworkTraining();
        if (own.Frozen)
        {
            set.Freeze(network);
            yield break;
        }
        yield return new StageOptimiser(
            $"optimiser.{network}", set, [network], OptimiserConstants.Of(own.Over(constants)), own.LearningRate ?? rate,
            (own.ClipNorm ?? run.ClipNorm, run.ClipQuantile), from, byItself);
    }
}
