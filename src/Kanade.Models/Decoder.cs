using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Models;

/// <summary>A network from aligned text, pitch, energy and style to a waveform. Its inputs are those of <see cref="IDecoder.forward"/>.</summary>
public abstract class Decoder : nn.Module<Tensor, Tensor, Tensor, Tensor, Tensor, Tensor>, IDecoder
{
    private protected Decoder(string name) : base(name)
    {
    }

    /// <inheritdoc/>
    public abstract int SampleRate { get; }

    /// <inheritdoc/>
    public abstract int HopLength { get; }

    /// <inheritdoc/>
    public abstract int SourceChannels { get; }

    /// <summary>The waveform, and the mel spectrogram that the decoder predicted on the way, for a loss of its own.</summary>
    /// <returns>Wave (B, 1, 2A * hop); Mel (B, M, 2A) normalised log-mel, or null where the decoder predicts none.</returns>
    /// <inheritdoc cref="IDecoder.forward"/>
    public abstract (Tensor Wave, Tensor? Mel) Decode(Tensor aligned, Tensor f0, Tensor energy, Tensor style, Tensor sourceNoise);

    /// <inheritdoc cref="IDecoder.forward"/>
    public override Tensor forward(Tensor aligned, Tensor f0, Tensor energy, Tensor style, Tensor sourceNoise)
    {
        using var scope = NewDisposeScope();
        return Decode(aligned, f0, energy, style, sourceNoise).Wave.MoveToOuterDisposeScope();
    }

    /// <exception cref="ArgumentException">The inputs do not fit each other.</exception>
    private protected void CheckInputs(Tensor aligned, Tensor f0, Tensor energy, Tensor sourceNoise)
    {
        var (batch, frames) = (aligned.shape[0], 2 * aligned.shape[2]);
        CheckShape(sourceNoise, [batch, frames * HopLength, SourceChannels], nameof(sourceNoise));
        CheckShape(f0, [batch, frames], nameof(f0));
        CheckShape(energy, [batch, frames], nameof(energy));
    }

    static void CheckShape(Tensor tensor, long[] expected, string name)
    {
        if (!tensor.shape.AsSpan().SequenceEqual(expected))
            throw new ArgumentException($"expected ({string.Join(", ", expected)}), found ({string.Join(", ", tensor.shape)})", name);
    }
}
