namespace Kanade.Training;

/// <summary>The speech language model whose states losses are computed in; without one those losses are off.</summary>
/// <param name="Weights">Safetensors of a Whisper encoder of any size or of WavLM, or their Hugging Face folder.</param>
/// <param name="Random">A small Whisper encoder with random weights in the place of a trained one, for tests: its states tell recorded from
/// generated speech far less well.</param>
/// <param name="DiscriminatorChannels">Width of the discriminator on its states.</param>
/// <param name="Seed">Of the random weights.</param>
public sealed record SlmConfig(string? Weights = null, bool Random = false, int DiscriminatorChannels = 64, long Seed = 1)
{
    /// <summary>What contradicts itself, by key.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        if (Weights is not null && Random)
            yield return (nameof(Random), "and weights exclude each other");
        if (DiscriminatorChannels < 1)
            yield return (nameof(DiscriminatorChannels), "must be at least 1");
    }
}
