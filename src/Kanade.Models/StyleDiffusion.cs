using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Kanade.Models;

/// <summary>Diffusion of style vectors in the formulation of Karras et al. 2022 ("Elucidating the Design Space of Diffusion-Based Generative Models"):
/// the denoiser D(x, sigma) = c_skip x + c_out net(c_in x, c_noise), table 1, and its training loss, equation 8.</summary>
/// <remarks>Published checkpoints hold the network twice, as <c>diffusion.net.*</c> and <c>unet.*</c>; here it is stored once, under the first name.</remarks>
public sealed class StyleDiffusion : nn.Module
{
    [ComponentName(Name = "diffusion")] readonly Preconditioner _diffusion;

    /// <param name="network">Owned by this module from now on.</param>
    /// <param name="sigmaData">Standard deviation of the style vectors.</param>
    /// <param name="logSigmaMean">Mean of the logarithm of the noise levels seen in training.</param>
    /// <param name="logSigmaDeviation">Its standard deviation.</param>
    public StyleDiffusion(StyleDenoiser network, double sigmaData = 0.2, double logSigmaMean = -3, double logSigmaDeviation = 1)
        : base(nameof(StyleDiffusion))
    {
        _diffusion = new Preconditioner(network);
        (SigmaData, LogSigmaMean, LogSigmaDeviation) = (sigmaData, logSigmaMean, logSigmaDeviation);
        RegisterComponents();
    }

    /// <summary>The network.</summary>
    public StyleDenoiser Network => _diffusion.Network;

    /// <summary>Standard deviation of the style vectors: measured in training, and kept in the checkpoint beside the weights.</summary>
    public double SigmaData { get; set; }

    /// <summary>Mean of the logarithm of the noise levels seen in training.</summary>
    public double LogSigmaMean { get; }

    /// <summary>Standard deviation of the logarithm of the noise levels seen in training.</summary>
    public double LogSigmaDeviation { get; }

    /// <param name="draws">(B) standard normal.</param>
    /// <returns>(B) log-normal noise levels to train at.</returns>
    public Tensor Sigmas(Tensor draws)
    {
        using var scope = NewDisposeScope();
        return (draws * LogSigmaDeviation + LogSigmaMean).exp().MoveToOuterDisposeScope();
    }

    /// <summary>The best guess of the style vectors behind noisy ones.</summary>
    /// <param name="noisy">(B, 1, 2S): style plus sigma times standard normal noise.</param>
    /// <param name="sigmas">(B) noise levels.</param>
    /// <param name="context">(B, T, E) context vectors of the phonemes.</param>
    /// <param name="features">(B, 2S) reference styles, or null.</param>
    /// <param name="dropContext">(B) bool, true for items that go without their context, or null.</param>
    /// <param name="mask">(B, T) bool, true where padding, or null.</param>
    /// <returns>(B, 1, 2S), in float32.</returns>
    public Tensor Denoise(
        Tensor noisy, Tensor sigmas, Tensor context, Tensor? features = null, Tensor? dropContext = null, Tensor? mask = null) =>
        Precondition(noisy, sigmas, (x, time) => Network.forward(x, time, context, features, dropContext, mask));

    /// <summary>The same, guided away from what the network says without the context.</summary>
    /// <inheritdoc cref="Denoise" path="/returns"/>
    /// <param name="noisy">(B, 1, 2S).</param>
    /// <param name="sigmas">(B) noise levels.</param>
    /// <param name="context">(B, T, E) context vectors of the phonemes.</param>
    /// <param name="features">(B, 2S) reference styles, or null.</param>
    /// <param name="scale">How far; 1 is no guidance.</param>
    /// <param name="mask">(B, T) bool, true where padding, or null.</param>
    public Tensor DenoiseGuided(Tensor noisy, Tensor sigmas, Tensor context, Tensor? features, double scale, Tensor? mask = null) =>
        Precondition(noisy, sigmas, (x, time) => Network.Guided(x, time, context, features, scale, mask));

    /// <summary>Denoising error, weighted so that every noise level starts with a loss of one.</summary>
    /// <param name="styles">(B, 1, 2S) clean style vectors.</param>
    /// <param name="sigmas">(B) noise levels, from <see cref="Sigmas"/>.</param>
    /// <param name="noise">(B, 1, 2S) standard normal.</param>
    /// <param name="context">(B, T, E) context vectors of the phonemes.</param>
    /// <param name="features">(B, 2S) reference styles, or null.</param>
    /// <param name="dropContext">(B) bool, true for items that go without their context, or null.</param>
    /// <param name="mask">(B, T) bool, true where padding, or null.</param>
    /// <returns>() mean over the batch.</returns>
    public Tensor Loss(
        Tensor styles, Tensor sigmas, Tensor noise, Tensor context, Tensor? features = null, Tensor? dropContext = null, Tensor? mask = null)
    {
        using var scope = NewDisposeScope();
        var noisy = styles + sigmas.reshape(-1, 1, 1) * noise;
        var denoised = Denoise(noisy, sigmas, context, features, dropContext, mask);
        var errors = (denoised - styles).square().mean([1, 2]);                             // (B)
        var weights = (sigmas.square() + SigmaData * SigmaData) / (sigmas * SigmaData).square();
        return (errors * weights).mean().MoveToOuterDisposeScope();
    }

    Tensor Precondition(Tensor noisy, Tensor sigmas, Func<Tensor, Tensor, Tensor> network)
    {
        using var scope = NewDisposeScope();
        var sigma = sigmas.to(float32).reshape(-1, 1, 1);                                   // (B, 1, 1)
        var variance = sigma.square() + SigmaData * SigmaData;
        var skip = SigmaData * SigmaData / variance;
        var scale = variance.rsqrt();
        var predicted = network(noisy * scale, sigma.reshape(-1).log() / 4);
        return (skip * noisy + sigma * SigmaData * scale * predicted).MoveToOuterDisposeScope();
    }

    // Stands between the two so that the state's names are those of published checkpoints.
    sealed class Preconditioner : nn.Module
    {
        [ComponentName(Name = "net")] readonly StyleDenoiser _network;

        public Preconditioner(StyleDenoiser network) : base(nameof(Preconditioner))
        {
            _network = network;
            RegisterComponents();
        }

        public StyleDenoiser Network => _network;
    }
}
