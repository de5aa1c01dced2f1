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

    /// <summary>
    /// The energy that networks are trained with: never below <see cref="Quiet"/>. Digital silence lies as far under the noise of a quiet
    /// room as that lies under speech, and would be most of what a predictor learns.
    /// </summary>
    /// <param name="mel">(B, M, F), as <see cref="MelSpectrogram"/> makes it.</param>
    /// <returns>(B, F).</returns>
    public static Tensor Audible(Tensor mel)
    {
        using var scope = NewDisposeScope();
        return FromMel(mel).clamp_min(Quiet).MoveToOuterDisposeScope();
    }

    /// <summary>About that of white noise at −60 dB of full scale; digital silence has −9.3, loud speech 5 to 8.</summary>
    public const double Quiet = -4.5;
}
