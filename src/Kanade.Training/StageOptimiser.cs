using Kanade.Models;
using Kanade.Torch;

namespace Kanade.Training;

/// <summary>An optimiser with all that belongs to it: which networks it moves, from which phase on, how fast, and how their gradient is
/// bounded.</summary>
sealed class StageOptimiser : IDisposable
{
    /// <param name="name">The file of its moments in a checkpoint.</param>
    /// <param name="networks">The stage's.</param>
    /// <param name="moved">The names of those that it moves.</param>
    /// <param name="constants">AdamW's.</param>
    /// <param name="rate">The peak of its learning rate.</param>
    /// <param name="clip">Bounds of the gradient: norm and quantile.</param>
    /// <param name="from">The phase from which it moves them.</param>
    /// <param name="byItself">Whether it moves in a pass of its own and not at the end of a step.</param>
    public StageOptimiser(
        string name, NetworkSet networks, IReadOnlyList<string> moved, AdamWConfig constants, double rate,
            (double? Norm, double? Quantile) clip,
        Phase from, bool byItself = false)
    {
        (Name, Networks, Rate, From, ByItself) = (name, moved, rate, from, byItself);
        Optimiser = new FusedAdamW(networks.Parameters(moved), constants);
        Clip = new GradientClip(Optimiser.Parameters, clip.Norm, clip.Quantile);
    }

    /// <summary>One optimiser for all networks of a stage with one phase, with AdamW's usual constants.</summary>
    public static StageOptimiser OfAll(NetworkSet networks, RunConfig run, params IReadOnlyList<string> moved) =>
        new("optimiser", networks, moved, new AdamWConfig(), run.LearningRate, (run.ClipNorm, run.ClipQuantile), Phase.Training);

    public string Name { get; }

    public IReadOnlyList<string> Networks { get; }

    public double Rate { get; }

    public Phase From { get; }

    public bool ByItself { get; }

    public FusedAdamW Optimiser { get; }

    public GradientClip Clip { get; }

    public void Dispose()
    {
        Clip.Dispose();
        Optimiser.Dispose();
    }
}
