using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Training;

/// <summary>Losses of the predicted pitch and energy contours.</summary>
public static class ProsodyLoss
{
    /// <summary>Smooth L1 in Hz, divided by 10 to stand beside the other terms.</summary>
    /// <param name="predicted">(B, F) Hz.</param>
    /// <param name="recorded">(B, F) Hz, 0 = unvoiced.</param>
    public static Tensor Pitch(Tensor predicted, Tensor recorded)
    {
        using var scope = NewDisposeScope();
        return (F.smooth_l1_loss(predicted.to(float32), recorded.to(float32)) / 10).MoveToOuterDisposeScope();
    }

    /// <summary>Smooth L1 in the natural logarithm of the mel frame's norm.</summary>
    /// <param name="predicted">(B, F).</param>
    /// <param name="recorded">(B, F), as <see cref="Audio.Energy.FromMel"/> makes it.</param>
    public static Tensor Energy(Tensor predicted, Tensor recorded)
    {
        using var scope = NewDisposeScope();
        return F.smooth_l1_loss(predicted.to(float32), recorded.to(float32)).MoveToOuterDisposeScope();
    }
}
