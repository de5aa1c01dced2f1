using Kanade.Torch;
using static TorchSharp.torch;

namespace Kanade.Models;

/// <summary>Noise levels that a step of the ancestral sampler passes through.</summary>
/// <param name="Up">Noise added at the end of the step.</param>
/// <param name="Down">Level before that noise.</param>
/// <param name="Middle">Level where the slope is evaluated again.</param>
internal readonly record struct AncestralLevels(double Up, double Down, double Middle)
{
    /// <param name="sigma">Level at the start.</param>
    /// <param name="next">Level at the end, noise included: next² = down² + up².</param>
    public static AncestralLevels Between(double sigma, double next)
    {
        var up = Math.Sqrt(next * next * (sigma * sigma - next * next) / (sigma * sigma));
        var down = Math.Sqrt(next * next - up * up);
        return new AncestralLevels(up, down, (sigma + down) / 2);
    }
}

/// <summary>Draws style vectors from noise by ancestral second-order steps (ADPM2, the midpoint method with noise added back after each step) along the
/// noise levels of Karras et al. 2022, equation 5. Always float32.</summary>
/// <remarks>N steps are N - 1 updates between N levels, of two network evaluations each: like the original it stops at
/// <see cref="_sigmaMin"/> and not at zero. One step, which the original cannot do, is one jump from the highest level to the denoiser's guess.</remarks>
public sealed class DiffusionSampler
{
    readonly double _sigmaMin;
    readonly double _sigmaMax;
    readonly double _rho;

    /// <param name="sigmaMin">Lowest noise level.</param>
    /// <param name="sigmaMax">Highest noise level, where sampling starts.</param>
    /// <param name="rho">How much the levels crowd towards the lowest.</param>
    public DiffusionSampler(double sigmaMin = 1e-4, double sigmaMax = 3, double rho = 9)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sigmaMin);
        ArgumentOutOfRangeException.ThrowIfLessThan(sigmaMax, sigmaMin);
        (_sigmaMin, _sigmaMax, _rho) = (sigmaMin, sigmaMax, rho);
    }

    /// <param name="steps">Number of levels, at least one.</param>
    /// <returns>The levels, highest first.</returns>
    public double[] Levels(int steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        var (first, last) = (Math.Pow(_sigmaMax, 1 / _rho), Math.Pow(_sigmaMin, 1 / _rho));
        return [.. Enumerable.Range(0, steps).Select(i => Math.Pow(first + (last - first) * i / Math.Max(steps - 1, 1), _rho))];
    }

    /// <param name="diffusion">The trained diffusion.</param>
    /// <param name="noise">(B, 1, 2S) standard normal, where sampling starts.</param>
    /// <param name="stepNoise">(steps - 1, B, 1, 2S) standard normal, what each update adds.</param>
    /// <param name="context">(B, T, E) context vectors of the phonemes.</param>
    /// <param name="features">(B, 2S) reference styles, or null.</param>
    /// <param name="scale">Classifier-free guidance; 1 is none.</param>
    /// <param name="mask">(B, T) bool, true where padding, or null.</param>
    /// <returns>(B, 1, 2S) style vectors. Gradients flow through every step.</returns>
    public Tensor Sample(
        StyleDiffusion diffusion, Tensor noise, Tensor stepNoise, Tensor context, Tensor? features = null, double scale = 1, Tensor? mask = null)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(stepNoise.shape[0] == 0 || noise.shape.AsSpan().SequenceEqual(stepNoise.shape.AsSpan(1)), true);
        using var scope = NewDisposeScope();
        using var precise = Autocast.Disable(noise.device_type);
        (context, features) = (context.to(float32), features?.to(float32));

        Tensor Denoise(Tensor x, double sigma)
        {
            var sigmas = full([x.shape[0]], sigma, dtype: float32, device: x.device);
            return scale == 1
                ? diffusion.Denoise(x, sigmas, context, features, mask: mask)
                : diffusion.DenoiseGuided(x, sigmas, context, features, scale, mask);
        }

        var levels = Levels((int)stepNoise.shape[0] + 1);
        var x = noise.to(float32) * levels[0];
        if (levels.Length == 1)
            return Denoise(x, levels[0]).MoveToOuterDisposeScope();
        for (var i = 0; i + 1 < levels.Length; i++)
        {
            var sigma = levels[i];
            var through = AncestralLevels.Between(sigma, levels[i + 1]);
            var slope = (x - Denoise(x, sigma)) / sigma;
            var middle = x + slope * (through.Middle - sigma);
            var middleSlope = (middle - Denoise(middle, through.Middle)) / through.Middle;
            x = x + middleSlope * (through.Down - sigma) + stepNoise[i] * through.Up;
        }
        return x.MoveToOuterDisposeScope();
    }
}
