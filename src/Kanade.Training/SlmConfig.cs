namespace Kanade.Training;

/// <summary>The speech language model whose states losses are computed in.</summary>
/// <param name="Weights">Safetensors of a Whisper encoder or of WavLM, or their Hugging Face folder; null for a small encoder with random
/// weights, whose states tell recorded from generated speech far less well.</param>
/// <param name="DiscriminatorChannels">Width of the discriminator on its states.</param>
/// <param name="Seed">Of the random weights.</param>
public sealed record SlmConfig(string? Weights = null, int DiscriminatorChannels = 64, long Seed = 1)
{
    /// <summary>What contradicts itself, by key.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        if (DiscriminatorChannels < 1)
            yield return (nameof(DiscriminatorChannels), "must be at least 1");
    }
}
