using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Models.Layers;

/// <summary>The periodic activation x + sin²(a x) / a (Ziyin et al. 2020, "Neural networks fail to learn periodic functions").</summary>
static class Snake
{
    static readonly Scalar One = 1;

    /// <param name="x">(B, C, F).</param>
    /// <param name="frequency">a, (1, C, 1).</param>
    /// <returns>(B, C, F).</returns>
    public static Tensor Apply(Tensor x, Tensor frequency)
    {
        using var scope = NewDisposeScope();
        var wave = is_grad_enabled() ? (x * frequency).sin() : (x * frequency).sin_();  // synthesis keeps nothing for a backward pass
        return addcmul(x, is_grad_enabled() ? wave.square() : wave.mul_(wave), frequency.reciprocal(), One).MoveToOuterDisposeScope();
    }
}
