using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Models;

/// <summary>What a pitch extractor makes of each frame, before it is decided which frames are voiced.</summary>
/// <param name="Hz">(B, F) fundamental frequency if the frame is voiced.</param>
/// <param name="Voicing">(B, F) log odds of being voiced.</param>
/// <param name="Bins">(B, K, F) logits over bins of log frequency, which <paramref name="Hz"/> was read from; null for a network that has none.</param>
public sealed record PitchReading(Tensor Hz, Tensor Voicing, Tensor? Bins);

/// <summary>Fundamental frequency from a mel spectrogram: what the stages after it call, whatever network does it (<see cref="PitchConfig"/>).</summary>
/// <param name="name">The network's name in messages.</param>
/// <param name="gated">Whether F0 is 0 where the network hears no voice, as it is in a dataset; without, the pitch is given for every frame, as
/// the original's later stages read it.</param>
public abstract class PitchExtractor(string name, bool gated) : nn.Module<Tensor, Tensor>(name)
{
    /// <summary>Whether F0 is 0 where the network hears no voice.</summary>
    public bool Gated => gated;

    /// <param name="mel">(B, 1, M, F) normalised log mel spectrogram.</param>
    /// <returns>(B, F) fundamental frequency in Hz, float32; 0 where unvoiced if <see cref="Gated"/>.</returns>
    public override Tensor forward(Tensor mel)
    {
        using var scope = NewDisposeScope();
        var reading = Read(mel);
        return (gated ? reading.Hz * (reading.Voicing > 0) : reading.Hz).MoveToOuterDisposeScope();
    }

    /// <summary>Pitch and voicing apart, for the losses.</summary>
    /// <param name="mel">(B, 1, M, F) normalised log mel spectrogram.</param>
    public abstract PitchReading Read(Tensor mel);
}
