using Kanade.Models;
using static TorchSharp.torch;

namespace Kanade.Tests.Models;

public class StyleDiffusionTests
{
    static StyleDiffusion Create(double sigmaData) => new(new StyleDenoiser(2, 16, 2, 8, 2, 12, 16), sigmaData);

    [Fact]
    public void A_style_without_noise_is_left_as_it_is()
    {
        using var diffusion = Create(0.2);
        using var scope = NewDisposeScope();
        var style = randn(3, 1, 16) * 0.2;
        var denoised = diffusion.Denoise(style, full(3, 1e-6, dtype: float32), randn(3, 5, 12), randn(3, 16));
        MLstmTests.AssertAgrees(style, denoised, 1e-4);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    public void Where_every_style_is_zero_samples_end_within_the_lowest_noise_level(int steps)
    {
        // With no spread in the data the denoiser is certain whatever the network says, and the sampler has to follow it down.
        using var diffusion = Create(1e-7);
        using var scope = NewDisposeScope();
        var sample = new DiffusionSampler(sigmaMin: 1e-4).Sample(
            diffusion, randn(4, 1, 16), randn(steps - 1, 4, 1, 16), randn(4, 5, 12), randn(4, 16));
        Assert.InRange(sample.abs().max().item<float>(), 0, 6e-4f);
    }

    [Fact]
    public void One_step_is_the_denoisers_guess_from_the_highest_level()
    {
        using var diffusion = Create(0.2);
        using var scope = NewDisposeScope();
        var (noise, context, features) = (randn(2, 1, 16), randn(2, 5, 12), randn(2, 16));
        var guess = diffusion.Denoise(noise * 3, full(2, 3, dtype: float32), context, features);
        MLstmTests.AssertAgrees(guess, new DiffusionSampler(sigmaMax: 3).Sample(diffusion, noise, empty(0, 2, 1, 16), context, features), 1e-6);
    }

    [Fact]
    public void Levels_fall_from_the_highest_to_the_lowest_and_crowd_there()
    {
        // Karras et al. 2022, equation 5: the middle one is ((3^(1/9) + 0.0001^(1/9)) / 2)^9 = ((1.1298 + 0.3594) / 2)^9.
        var levels = new DiffusionSampler(1e-4, 3, 9).Levels(3);
        Assert.Equal([3, 0.0704, 1e-4], levels.Select(level => Math.Round(level, 4)));
    }

    [Fact]
    public void Guidance_by_one_is_no_guidance()
    {
        using var diffusion = Create(0.2);
        using var scope = NewDisposeScope();
        var (noisy, sigmas, context, features) = (randn(2, 1, 16), tensor(new[] { 0.1f, 1 }), randn(2, 5, 12), randn(2, 16));
        MLstmTests.AssertAgrees(
            diffusion.Denoise(noisy, sigmas, context, features), diffusion.DenoiseGuided(noisy, sigmas, context, features, 1), 1e-6);
    }

    [Fact]
    public void A_dropped_context_has_no_influence_and_the_others_keep_theirs()
    {
        using var diffusion = Create(0.2);
        using var scope = NewDisposeScope();
        var (noisy, sigmas, features) = (randn(2, 1, 16), tensor(new[] { 0.5f, 0.5f }), randn(2, 16));
        Tensor Denoise(Tensor context) => diffusion.Denoise(noisy, sigmas, context, features, dropContext: tensor(new[] { true, false }));
        var (one, other) = (Denoise(randn(2, 5, 12)), Denoise(randn(2, 5, 12)));
        var difference = (one - other).abs().amax([1, 2]);
        Assert.Equal(0, difference[0].item<float>());
        Assert.NotEqual(0, difference[1].item<float>());
    }
}
