using Kanade.Torch;

namespace Kanade.Training;

/// <summary>An optimiser with the peak of its learning rate and the file of its moments in a checkpoint.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Optimiser">What it moves.</param>
/// <param name="Rate">The peak.</param>
sealed record StageOptimiser(string Name, FusedAdamW Optimiser, double Rate) : IDisposable
{
    /// <summary>Clips the gradient.</summary>
    /// <returns>Its norm before; not finite where any gradient is not.</returns>
    public double Clip(double largest) => GradientClip.Apply(Optimiser.Parameters, largest);

    public void Dispose() => Optimiser.Dispose();
}
