using Kanade.Audio;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Models;

/// <summary>The F0 contour of a sound of any length: piece by piece, so that ten minutes take no more memory than ten seconds.</summary>
public static class PitchTracker
{
    /// <summary>Frames of a piece, and those that are heard besides on each side of it.</summary>
    internal const int PieceFrames = 1200, ContextFrames = 100;

    /// <param name="network">In evaluation mode.</param>
    /// <param name="spectrogram">That of the network's training.</param>
    /// <param name="samples">(N) at the spectrogram's rate.</param>
    /// <returns>(N/hop + 1) Hz; 0 where unvoiced if the network is gated.</returns>
    public static float[] Track(PitchExtractor network, MelSpectrogram spectrogram, ReadOnlySpan<float> samples)
    {
        var (hop, frames) = (spectrogram.Config.HopLength, spectrogram.Config.Frames(samples.Length));
        var f0 = new float[frames];
        using var noGradient = no_grad();
        for (var start = 0; start < frames; start += PieceFrames)
        {
            using var scope = NewDisposeScope();
            var end = Math.Min(frames, start + PieceFrames);
            var (from, to) = (Math.Max(0, start - ContextFrames), Math.Min(frames, end + ContextFrames));
            var heard = samples[(from * hop)..(to == frames ? samples.Length : (to - 1) * hop)];
            // The transform reflects half of its size at the ends, and needs as much sound.
            var sound = new float[Math.Max(heard.Length, spectrogram.Config.FftSize)];
            heard.CopyTo(sound);
            var found = network.forward(spectrogram.Compute(tensor(sound).unsqueeze(0)).unsqueeze(1));                     // (1, F)
            found[0].narrow(0, start - from, end - start).contiguous().data<float>().ToArray().CopyTo(f0, start);
        }
        return f0;
    }
}
