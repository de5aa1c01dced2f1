namespace Kanade.Models;

/// <summary>Sizes of <see cref="PitchExtractor"/>; the default is the original's.</summary>
/// <param name="Channels">Channels of the first convolution.</param>
public sealed record PitchConfig(int Channels = 64)
{
    /// <summary>The network of these sizes.</summary>
    public PitchExtractor Build(int mels) => new(mels, Channels);

    /// <summary>What contradicts itself, by key.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        if (Channels < 1)
            yield return (nameof(Channels), "must be at least 1");
    }
}
