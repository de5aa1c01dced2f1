namespace Kanade.Models;

/// <summary>Sizes of a <see cref="VocosDecoder"/>.</summary>
/// <param name="TextChannels">Width of the two blocks over aligner frames.</param>
/// <param name="Channels">Width of the blocks over mel frames; three times as wide inside.</param>
/// <param name="Blocks">How many blocks over mel frames.</param>
/// <param name="FftSize">Of the transform whose spectrum is generated; null for four hops.</param>
/// <param name="Prior">Whether the decoder predicts the mel spectrogram after half of the blocks, and generates only what its envelope lacks.</param>
public sealed record VocosConfig(int TextChannels = 256, int Channels = 384, int Blocks = 8, int? FftSize = null, bool Prior = false)
{
    /// <summary>What contradicts itself, by key.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        foreach (var (key, value) in new[] { (nameof(TextChannels), TextChannels), (nameof(Channels), Channels), (nameof(Blocks), Blocks) })
        {
            if (value < 1)
                yield return (key, "must be at least 1");
        }
        if (FftSize is { } size && (size < 4 || size % 2 != 0))
            yield return (nameof(FftSize), $"{size} must be even and at least twice the mel's hop_length");
    }

    /// <summary>The size of the transform at a hop.</summary>
    /// <exception cref="InvalidDataException">Its windows would leave gaps.</exception>
    internal int TransformSize(int hopLength)
    {
        var size = FftSize ?? 4 * hopLength;
        if (size < 2 * hopLength)
            throw new InvalidDataException($"decoder: vocos.fft_size: {size} must be at least twice the mel's hop_length ({hopLength})");
        return size;
    }
}
