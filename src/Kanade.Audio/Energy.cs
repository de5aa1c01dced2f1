using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Audio;

/// <summary>How much sound a frame holds: the log of the Euclidean norm of its power in mel bands (StyleTTS 2's <c>log_norm</c>).</summary>
public static class Energy
{
    /// <param name="mel">(B, M, F), as <see cref="MelSpectrogram"/> makes it.</param>
    /// <returns>(B, F).</returns>
    public static Tensor FromMel(Tensor mel)
    {
        using var scope = NewDisposeScope();
        var bands = (mel.to(float32) * MelSpectrogram.Deviation + MelSpectrogram.Mean).exp();   // (B, M, F)
        return bands.square().sum(1).sqrt().log().MoveToOuterDisposeScope();
    }
}
