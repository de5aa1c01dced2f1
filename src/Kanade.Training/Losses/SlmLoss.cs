using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Training;

/// <summary>Losses in the hidden states of a frozen speech language model (StyleTTS 2, sections 3.2.2 and 3.2.4). States come stacked as
/// channels, (B, layers * hidden, t), in the form <see cref="Models.SlmDiscriminator"/> reads.</summary>
public static class SlmLoss
{
    /// <summary>The mean over layers of mean |recorded - generated| / mean |recorded|: the layers of a model differ by orders in size, and
    /// models in the number of their layers (the original sums the 13 of WavLM).</summary>
    /// <param name="recorded">(B, layers * hidden, t); carries no gradient.</param>
    /// <param name="generated">(B, layers * hidden, t).</param>
    /// <param name="layers">How many hidden states are stacked.</param>
    public static Tensor Features(Tensor recorded, Tensor generated, int layers)
    {
        using var scope = NewDisposeScope();
        var shape = new[] { recorded.shape[0], layers, -1, recorded.shape[2] };
        var (real, spoken) = (recorded.to(float32).reshape(shape), generated.to(float32).reshape(shape));       // (B, layers, hidden, t)
        var size = real.abs().mean([2, 3]).clamp_min(1e-6);                                                      // (B, layers)
        return ((spoken - real).abs().mean([2, 3]) / size).mean().MoveToOuterDisposeScope();
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

    /// <summary>mean |a - b| over the positions both have: keeps the discriminator from telling a clip from the longer wave it was cut
    /// from, or a recording from its reconstruction.</summary>
    /// <param name="first">(B, t) scores.</param>
    /// <param name="second">(B, t') scores.</param>
    public static Tensor Consistency(Tensor first, Tensor second)
    {
        using var scope = NewDisposeScope();
        var shared = Math.Min(first.shape[1], second.shape[1]);
        return F.l1_loss(first.narrow(1, 0, shared).to(float32), second.narrow(1, 0, shared).to(float32)).MoveToOuterDisposeScope();
    }
}
