using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>The noise of the harmonic source in validations: the same in each, since consonants are made of it and scores are
/// compared.</summary>
static class ValidationNoise
{
    const ulong Seed = 1;

    /// <param name="shape">(B, N, source channels).</param>
    public static Tensor Of(params long[] shape)
    {
        using var generator = new Generator(Seed, CPU);
        return randn(shape, generator: generator);
    }
}
