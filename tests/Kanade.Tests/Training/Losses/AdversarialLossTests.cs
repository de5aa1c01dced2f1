using Kanade.Tests.Parity;
using Kanade.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Training.Losses;

public sealed class AdversarialLossTests
{
    [Fact]
    public void Values_equal_the_original()
    {
        using var golden = Golden.Load("gan_losses");
        using var scope = NewDisposeScope();
        var (recorded, generated, near) = (Scores(golden, "dr"), Scores(golden, "dg"), Scores(golden, "near"));
        golden.AssertClose("out.discriminator", AdversarialLoss.LeastSquaresDiscriminator(recorded, generated), 1e-6);
        golden.AssertClose("out.generator", AdversarialLoss.LeastSquaresGenerator(generated), 1e-6);
        golden.AssertClose("out.feature", AdversarialLoss.FeatureMatching(Features(golden, "fr"), Features(golden, "fg")), 1e-6);
        golden.AssertClose("out.disc_tprls", AdversarialLoss.RelativeDiscriminator(recorded, generated, LossScope.Batch), 1e-7);
        golden.AssertClose("out.gen_tprls", AdversarialLoss.RelativeGenerator(recorded, generated, LossScope.Batch), 1e-7);
        golden.AssertClose("out.disc_tprls_near", AdversarialLoss.RelativeDiscriminator(recorded, near, LossScope.Batch), 1e-8);
        golden.AssertClose("out.gen_tprls_near", AdversarialLoss.RelativeGenerator(recorded, near, LossScope.Batch), 1e-8);
    }

    [Theory]
    [InlineData("discriminator")]
    [InlineData("generator")]
    [InlineData("disc_tprls")]
    [InlineData("gen_tprls")]
    public void Gradients_equal_the_original(string loss)
    {
        using var golden = Golden.Load("gan_losses");
        using var scope = NewDisposeScope();
        var (recorded, generated) = (Scores(golden, "dr"), Scores(golden, "dg"));
        foreach (var score in generated)
            score.requires_grad_(true);
        var value = loss switch
        {
            "discriminator" => AdversarialLoss.LeastSquaresDiscriminator(recorded, generated),
            "generator" => AdversarialLoss.LeastSquaresGenerator(generated),
            "disc_tprls" => AdversarialLoss.RelativeDiscriminator(recorded, generated, LossScope.Batch),
            _ => AdversarialLoss.RelativeGenerator(recorded, generated, LossScope.Batch),
        };
        value.backward();
        for (var part = 0; part < generated.Count; part++)
            golden.AssertGradient($"grad.{loss}.dg{part}", generated[part].grad!);
    }

    [Fact]
    public void The_relativistic_term_pulls_only_what_lies_under_the_median_and_has_the_gradient_of_a_finite_difference()
    {
        using var scope = NewDisposeScope();
        var recorded = tensor(new[] { 0.10, 0.05, 0.00, 0.20, -0.05 }).to(float32).unsqueeze(0);
        var generated = zeros(1, 5).requires_grad_(true);
        // d = recorded - 0 has the lower median 0.05; under it lie 0 and -0.05, at squared distances 0.0025 and 0.01
        var loss = AdversarialLoss.RelativeDiscriminator([recorded], [generated]);
        Assert.Equal(0.00625, loss.item<float>(), 1e-6);
        loss.backward();
        // mean over two of (d - m)²: ∂/∂fake₂ = -(d₂ - m) = 0.05, ∂/∂fake₄ = 0.1, ∂/∂fake₁ (the median's own place) = (d₂ - m) + (d₄ - m)
        Assert.Equal([0f, -0.15f, 0.05f, 0f, 0.1f], generated.grad!.data<float>().ToArray().Select(g => MathF.Round(g, 5)));
    }

    [Fact]
    public void Equal_waves_give_zero_and_not_a_nan()
    {
        using var golden = Golden.Load("gan_losses");
        using var scope = NewDisposeScope();
        Assert.True(golden["out.disc_tprls_equal_is_nan"].isnan().item<bool>());
        var recorded = Scores(golden, "dr");
        var generated = recorded.Select(score => score.clone().requires_grad_(true)).ToList();
        var loss = AdversarialLoss.RelativeDiscriminator(recorded, generated);
        Assert.Equal(0, loss.item<float>());
        loss.backward();
        Assert.All(generated, score => Assert.Equal(0, score.grad!.abs().max().item<float>()));
    }

    [Fact]
    public void The_loss_of_a_batch_is_the_mean_over_its_halves()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        Tensor[] recorded = [randn(4, 31) * 0.1, randn(4, 12) * 0.1], generated = [randn(4, 31) * 0.1, randn(4, 12) * 0.1];
        var whole = AdversarialLoss.RelativeGenerator(recorded, generated);
        var halves = new[] { 0, 2 }.Select(from => AdversarialLoss.RelativeGenerator(
            [.. recorded.Select(score => score.narrow(0, from, 2))], [.. generated.Select(score => score.narrow(0, from, 2))]));
        Assert.Equal(whole.item<float>(), halves.Average(half => half.item<float>()), 1e-7);
    }

    static List<Tensor> Scores(Golden golden, string name) => [.. Enumerable.Range(0, 3).Select(part => golden[$"in.{name}{part}"])];

    static IReadOnlyList<IReadOnlyList<Tensor>> Features(Golden golden, string name) =>
        [[golden[$"in.{name}0.0"], golden[$"in.{name}0.1"]], [golden[$"in.{name}1.0"]]];
}
