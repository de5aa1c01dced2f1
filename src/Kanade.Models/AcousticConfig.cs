namespace Kanade.Models;

/// <summary>Sizes of the networks from text and style to sound; the defaults are the original's.</summary>
/// <param name="Decoder">The decoder.</param>
/// <param name="Channels">C, the width of an encoded phoneme.</param>
/// <param name="Kernel">Phonemes that a convolution of the text encoder sees; odd.</param>
/// <param name="Depth">Convolutions of the text encoder.</param>
/// <param name="Blocks">mLSTM blocks of the text encoder.</param>
/// <param name="StyleChannels">Channels after the style encoders' first convolution.</param>
/// <param name="StyleMaxChannels">The most channels in them.</param>
/// <param name="Context">mLSTM blocks in the text encoder, or one LSTM.</param>
public sealed record AcousticConfig(
    DecoderConfig Decoder,
    int Channels = 512,
    int Kernel = 5,
    int Depth = 3,
    int Blocks = 8,
    int StyleChannels = 64,
    int StyleMaxChannels = 512,
    ContextKind Context = ContextKind.MLstm)
{
    /// <summary>S: a voice's style vectors have twice as many numbers, the acoustic half and the prosodic half.</summary>
    public const int StyleSize = 128;

    /// <summary>A style encoder of these sizes.</summary>
    public StyleEncoder BuildStyleEncoder() => new(StyleChannels, StyleSize, StyleMaxChannels);

    /// <summary>A text encoder of these sizes.</summary>
    public TextEncoder BuildTextEncoder(int symbols) => new(Channels, Kernel, Depth, symbols, Blocks, Context);

    /// <summary>What contradicts itself, by key.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        if (Channels < 2 || Channels % 2 != 0)
            yield return (nameof(Channels), "must be even");
        if (Kernel < 1 || Kernel % 2 == 0)
            yield return (nameof(Kernel), "must be odd");
        foreach (var (key, value) in new[]
        {
            (nameof(Depth), Depth), (nameof(Blocks), Blocks), (nameof(StyleChannels), StyleChannels), (nameof(StyleMaxChannels), StyleMaxChannels),
        })
        {
            if (value < 1)
                yield return (key, "must be at least 1");
        }
    }
}
