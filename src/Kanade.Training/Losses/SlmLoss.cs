using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Training;

/// <summary>Losses in the hidden states of a frozen speech language model (StyleTTS 2, sections 3.2.2 and 3.2.4). States come stacked as
/// channels, (B, layers * hidden, t), in the form <see cref="Models.SlmDiscriminator"/> reads.</summary>
public static class SlmLoss
{
    /// <summary>Σ over layers of mean |recorded - generated|.</summary>
    /// <param name="recorded">(B, layers * hidden, t); carries no gradient.</param>
    /// <param name="generated">(B, layers * hidden, t).</param>
    /// <param name="layers">How many hidden states are stacked.</param>
    public static Tensor Features(Tensor recorded, Tensor generated, int layers)
    {
        using var scope = NewDisposeScope();
        // layers are of one width, so the sum of their means is the mean of all, times their number
        return (layers * F.l1_loss(generated.to(float32), recorded.to(float32))).MoveToOuterDisposeScope();
    }

    /// <summary>mean (1 - recorded)² + mean generated².</summary>
    /// <param name="recorded">(B, t) scores.</param>
    /// <param name="generated">(B, t') scores.</param>
    public static Tensor Discriminator(Tensor recorded, Tensor generated)
    {
        using var scope = NewDisposeScope();
        return ((1 - recorded.to(float32)).square().mean() + generated.to(float32).square().mean()).MoveToOuterDisposeScope();
    }

    /// <summary>mean (1 - generated)².</summary>
    /// <param name="generated">(B, t) scores.</param>
    public static Tensor Generator(Tensor generated)
    {
        using var scope = NewDisposeScope();
        return (1 - generated.to(float32)).square().mean().MoveToOuterDisposeScope();
    }

    /// <summary>mean |a - b| over the positions both have: keeps the discriminator from telling a clip from the longer wave it was cut from,
    /// or a recording from its reconstruction.</summary>
    /// <param name="first">(B, t) scores.</param>
    /// <param name="second">(B, t') scores.</param>
    public static Tensor Consistency(Tensor first, Tensor second)
    {
        using var scope = NewDisposeScope();
        var shared = Math.Min(first.shape[1], second.shape[1]);
        return F.l1_loss(first.narrow(1, 0, shared).to(float32), second.narrow(1, 0, shared).to(float32)).MoveToOuterDisposeScope();
    }
}
