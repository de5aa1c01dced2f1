namespace Kanade.Models;

/// <summary>The networks that find the pitch.</summary>
public enum PitchNetwork
{
    /// <summary><see cref="JdcPitchExtractor"/>, the original's.</summary>
    Jdc,

    /// <summary><see cref="ConvNextPitchExtractor"/>: a tenth of the work at 256 channels and 8 blocks.</summary>
    Convnext,
}

/// <summary>Which pitch extractor, and its sizes; the default is the original's.</summary>
/// <param name="Network">Which one.</param>
/// <param name="Channels">Channels of JDC's first convolution (its last has four times as many), or of every ConvNeXt block.</param>
/// <param name="Blocks">ConvNeXt's blocks; JDC always has three.</param>
/// <param name="Gated">Whether F0 is 0 where the network hears no voice. Published weights were made to be read without.</param>
public sealed record PitchConfig(PitchNetwork Network = PitchNetwork.Jdc, int Channels = 64, int Blocks = 8, bool Gated = true)
{
    /// <summary>The network of these sizes.</summary>
    public PitchExtractor Build(int mels) => Network switch
    {
        PitchNetwork.Jdc => new JdcPitchExtractor(mels, Channels, Gated),
        _ => new ConvNextPitchExtractor(mels, Channels, Blocks, Gated),
    };

    /// <summary>What contradicts itself, by key.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        if (Channels < 1)
            yield return (nameof(Channels), "must be at least 1");
        if (Blocks < 1)
            yield return (nameof(Blocks), "must be at least 1");
    }
}
