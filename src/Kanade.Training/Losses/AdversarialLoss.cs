using Kanade.Models;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Training;

/// <summary>Least-squares adversarial losses (Mao et al. 2017) with feature matching (Larsen et al. 2016), as HiFi-GAN sums them over its
/// discriminators, and the truncated pointwise relativistic term TPRLS (Li et al. 2022, "Improving GAN-based vocoders").</summary>
public static class AdversarialLoss
{
    /// <summary>Where TPRLS stops pushing: a margin (in squared score) that is wide enough.</summary>
    const double Margin = 0.04;

    /// <summary>What a waveform discriminator minimises: <see cref="LeastSquaresDiscriminator"/> + <see cref="RelativeDiscriminator"/>.</summary>
    /// <param name="recorded">Scores of recordings.</param>
    /// <param name="generated">Scores of the generated waves, which carry no gradient to the generator.</param>
    /// <param name="over">What the median of the relativistic term is taken over.</param>
    public static Tensor Discriminator(DiscriminatorOutput recorded, DiscriminatorOutput generated, LossScope over = LossScope.Utterance)
    {
        using var scope = NewDisposeScope();
        return (LeastSquaresDiscriminator(recorded.Scores, generated.Scores)
            + RelativeDiscriminator(recorded.Scores, generated.Scores, over)).MoveToOuterDisposeScope();
    }

    /// <summary>What the decoder minimises: <see cref="LeastSquaresGenerator"/> + <see cref="FeatureMatching"/> + <see cref="RelativeGenerator"/>.</summary>
    /// <param name="recorded">The discriminator's view of recordings.</param>
    /// <param name="generated">Its view of the generated waves.</param>
    /// <param name="over">What the median of the relativistic term is taken over.</param>
    public static Tensor Generator(DiscriminatorOutput recorded, DiscriminatorOutput generated, LossScope over = LossScope.Utterance)
    {
        using var scope = NewDisposeScope();
        return (LeastSquaresGenerator(generated.Scores) + FeatureMatching(recorded.Features, generated.Features)
            + RelativeGenerator(recorded.Scores, generated.Scores, over)).MoveToOuterDisposeScope();
    }

    /// <summary>Σ mean (1 - recorded)² + mean generated².</summary>
    public static Tensor LeastSquaresDiscriminator(IReadOnlyList<Tensor> recorded, IReadOnlyList<Tensor> generated)
    {
        using var scope = NewDisposeScope();
        return Sum(recorded, generated, (real, fake) => (1 - real).square().mean() + fake.square().mean()).MoveToOuterDisposeScope();
    }

    /// <summary>Σ mean (1 - generated)².</summary>
    public static Tensor LeastSquaresGenerator(IReadOnlyList<Tensor> generated)
    {
        using var scope = NewDisposeScope();
        return Sum(generated, generated, (fake, _) => (1 - fake).square().mean()).MoveToOuterDisposeScope();
    }

    /// <summary>2 Σ mean |recorded - generated| over every layer of every part.</summary>
    public static Tensor FeatureMatching(IReadOnlyList<IReadOnlyList<Tensor>> recorded, IReadOnlyList<IReadOnlyList<Tensor>> generated)
    {
        using var scope = NewDisposeScope();
        return (2 * Sum([.. recorded.SelectMany(part => part)], [.. generated.SelectMany(part => part)],
            (real, fake) => F.l1_loss(Exact(fake), Exact(real)))).MoveToOuterDisposeScope();
    }

    /// <summary>The discriminator's TPRLS: recordings should score above generated waves by more than the median does.</summary>
    public static Tensor RelativeDiscriminator(IReadOnlyList<Tensor> recorded, IReadOnlyList<Tensor> generated,
        LossScope over = LossScope.Utterance)
    {
        using var scope = NewDisposeScope();
        return Sum(recorded, generated, (real, fake) => Relative(real, fake, over)).MoveToOuterDisposeScope();
    }

    /// <summary>The generator's TPRLS: the same with the roles exchanged.</summary>
    public static Tensor RelativeGenerator(IReadOnlyList<Tensor> recorded, IReadOnlyList<Tensor> generated,
        LossScope over = LossScope.Utterance)
    {
        using var scope = NewDisposeScope();
        return Sum(recorded, generated, (real, fake) => Relative(fake, real, over)).MoveToOuterDisposeScope();
    }

    /// <summary>min(τ, E[(d - m)² | d &lt; m]) with d = <paramref name="above"/> - <paramref name="below"/> and m its lower median. Where
    /// nothing lies under the median (all differences equal) the expectation is empty and the term is 0.</summary>
    static Tensor Relative(Tensor above, Tensor below, LossScope over)
    {
        (above, below) = over == LossScope.Batch ? (above.reshape(1, -1), below.reshape(1, -1)) : (above.flatten(1), below.flatten(1));
        var difference = above - below;                                              // (B, positions)
        var median = difference.kthvalue((difference.shape[1] + 1) / 2, 1, keepdim: true).values;               // (B, 1)
        // The scores are compared, not the differences, as in the original: rounding can tell the two apart next to the median.
        var under = (above < below + median).to(difference.dtype);
        var mean = ((difference - median).square() * under).sum(1) / under.sum(1).clamp_min(1);
        return (Margin - F.relu(Margin - mean)).mean();
    }

    static Tensor Sum(IReadOnlyList<Tensor> first, IReadOnlyList<Tensor> second, Func<Tensor, Tensor, Tensor> term)
    {
        ArgumentOutOfRangeException.ThrowIfZero(first.Count);
        ArgumentOutOfRangeException.ThrowIfNotEqual(second.Count, first.Count);
        return first.Zip(second, (a, b) => term(Exact(a), Exact(b))).Aggregate((sum, next) => sum + next);
    }

    /// <summary>Losses are float32 also where the networks run in bf16.</summary>
    static Tensor Exact(Tensor score) => score.to(float32);
}
