using Kanade.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>What a style encoder listens to.</summary>
static class StyleInput
{
    /// <summary>A spectrogram long enough for a style encoder: a shorter one is continued with silence.</summary>
    /// <param name="mel">(B, M, F)</param>
    /// <returns>(B, 1, M, F′), F′ at least <see cref="StyleEncoder.FewestFrames"/>.</returns>
    public static Tensor Of(Tensor mel)
    {
        var missing = StyleEncoder.FewestFrames - mel.shape[2];
        using var scope = NewDisposeScope();
        var longEnough = missing > 0 ? nn.functional.pad(mel, [0, missing], value: MelSilence.Value) : mel;
        return longEnough.unsqueeze(1).MoveToOuterDisposeScope();
    }
}
