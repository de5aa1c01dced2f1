using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>Bounds a step's gradient (Pascanu et al. 2013).</summary>
static class GradientClip
{
    /// <param name="parameters">Those that one optimiser moves.</param>
    /// <param name="largest">The norm that is allowed.</param>
    /// <returns>The norm before clipping; not finite where any gradient is not.</returns>
    public static double Apply(IEnumerable<Parameter> parameters, double largest) => nn.utils.clip_grad_norm_(parameters, largest);
}
