using static TorchSharp.torch;

namespace Kanade.Models;

/// <summary>Turns aligned text, pitch, energy and style into a waveform.</summary>
public interface IDecoder
{
    /// <summary>Hz.</summary>
    int SampleRate { get; }

    /// <summary>Samples in a mel frame; an aligner frame is two of them.</summary>
    int HopLength { get; }

    /// <summary>Signals in the excitation, each with noise of its own: the fundamental and its harmonics.</summary>
    int SourceChannels { get; }

    /// <param name="aligned">(B, C, A) text encoding, one column an aligner frame.</param>
    /// <param name="f0">(B, 2A) Hz, 0 = unvoiced.</param>
    /// <param name="energy">(B, 2A).</param>
    /// <param name="style">(B, S) acoustic style.</param>
    /// <param name="sourceNoise">(B, 2A * <see cref="HopLength"/>, <see cref="SourceChannels"/>) standard normal, or zeros for none.</param>
    /// <returns>(B, 1, 2A * <see cref="HopLength"/>) samples.</returns>
    Tensor forward(Tensor aligned, Tensor f0, Tensor energy, Tensor style, Tensor sourceNoise);
}
