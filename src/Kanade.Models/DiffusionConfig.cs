namespace Kanade.Models;

/// <summary>Sizes and noise of <see cref="StyleDiffusion"/>; the defaults are the original's.</summary>
/// <param name="Layers">Transformer blocks.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="HeadSize">Features of a head.</param>
/// <param name="Multiplier">Width of the feed-forward layers relative to that of the blocks.</param>
/// <param name="DropContext">How often the context is left out in training, for classifier-free guidance.</param>
/// <param name="LogSigmaMean">Mean of the logarithm of the noise levels.</param>
/// <param name="LogSigmaDeviation">Its standard deviation.</param>
/// <param name="WithReference">Whether a reference style conditions it: needed with more than one speaker.</param>
public sealed record DiffusionConfig(
    int Layers = 3, int Heads = 8, int HeadSize = 64, int Multiplier = 2, double DropContext = 0.1,
    double LogSigmaMean = -3, double LogSigmaDeviation = 1, bool WithReference = true)
{
    /// <summary>The diffusion of these sizes.</summary>
    /// <param name="styleSize">2S.</param>
    /// <param name="contextSize">PL-BERT's hidden size.</param>
    public StyleDiffusion Build(int styleSize, int contextSize) => new(
        new StyleDenoiser(Layers, styleSize, Heads, HeadSize, Multiplier, contextSize, WithReference ? styleSize : null),
        logSigmaMean: LogSigmaMean, logSigmaDeviation: LogSigmaDeviation);

    /// <summary>What contradicts itself, by key.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        foreach (var (key, value) in new[] { (nameof(Layers), Layers), (nameof(Heads), Heads), (nameof(HeadSize), HeadSize), (nameof(Multiplier), Multiplier) })
        {
            if (value < 1)
                yield return (key, "must be at least 1");
        }
        if (!(DropContext is >= 0 and < 1))
            yield return (nameof(DropContext), "must lie in [0, 1)");
        if (!(LogSigmaDeviation > 0))
            yield return (nameof(LogSigmaDeviation), "must be above 0");
    }
}
