using Kanade.Models;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>
/// The waveform discriminators (HiFi-GAN's periods, UnivNet's spectra) and the two losses between them and the generator. They compute in
/// float32: thin convolutions in bfloat16 are slower. While the generator is judged they are frozen, and recordings are judged without
/// gradient.
/// </summary>
sealed class WaveformAdversary(MultiPeriodDiscriminator periods, MultiResolutionDiscriminator spectra, DiscriminatorConfig config,
    int sampleRate)
{
    /// <summary>The names of the two networks in a checkpoint.</summary>
    public static readonly IReadOnlyList<string> Networks = ["mpd", "msd"];

    /// <summary>Builds both into a set.</summary>
    public static WaveformAdversary Create(NetworkSet networks, DiscriminatorConfig config, int sampleRate) => new(
        networks.Add("mpd", config.BuildPeriods(), config), networks.Add("msd", config.BuildSpectra(), config), config, sampleRate);

    /// <summary>The pieces of recorded and generated waves that are judged in a step: all, or as long as the configuration says.</summary>
    /// <param name="recorded">(B, 1, N).</param>
    /// <param name="generated">(B, 1, N).</param>
    /// <param name="draws">Choose the place.</param>
    public (Tensor Recorded, Tensor Generated) Pieces(Tensor recorded, Tensor generated, StepDraws draws)
    {
        var samples = config.JudgedSeconds is { } seconds ? Math.Min((long)(seconds * sampleRate), recorded.shape[2]) : recorded.shape[2];
        var start = draws.Random(Draw.Judged).NextInt64(recorded.shape[2] - samples + 1);
        return (recorded.narrow(2, start, samples), generated.narrow(2, start, samples));
    }

    /// <summary>What the discriminators minimise.</summary>
    /// <param name="recorded">(B, 1, N).</param>
    /// <param name="generated">(B, 1, N); no gradient reaches it.</param>
    public Tensor DiscriminatorLoss(Tensor recorded, Tensor generated)
    {
        using var scope = NewDisposeScope();
        using var exact = Autocast.Disable(recorded.device.type);
        var (real, judged) = (recorded.detach(), generated.detach());
        return (AdversarialLoss.Discriminator(periods.forward(real), periods.forward(judged))
            + AdversarialLoss.Discriminator(spectra.forward(real), spectra.forward(judged))).MoveToOuterDisposeScope();
    }

    /// <summary>What the generator minimises to be taken for a recording. No gradient reaches the discriminators' weights.</summary>
    /// <param name="recorded">(B, 1, N); no gradient reaches it.</param>
    /// <param name="generated">(B, 1, N).</param>
    public Tensor GeneratorLoss(Tensor recorded, Tensor generated)
    {
        using var scope = NewDisposeScope();
        using var exact = Autocast.Disable(recorded.device.type);
        using var frozen = new FrozenWeights(periods, spectra);
        DiscriminatorOutput realPeriods, realSpectra;
        using (no_grad())
            (realPeriods, realSpectra) = (periods.forward(recorded), spectra.forward(recorded));
        return (AdversarialLoss.Generator(realPeriods, periods.forward(generated))
            + AdversarialLoss.Generator(realSpectra, spectra.forward(generated))).MoveToOuterDisposeScope();
    }
}
