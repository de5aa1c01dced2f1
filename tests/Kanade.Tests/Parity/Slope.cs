using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Parity;

/// <summary>Holds gradients against differences of the golden's loss, where the golden's own gradients cannot be used.</summary>
static class Slope
{
    /// <summary>Checks the gradient of the sum of mean squares of all states by its input and by one parameter, along random directions.</summary>
    /// <param name="golden">Whose loss the network must give.</param>
    /// <param name="network">In float64.</param>
    /// <param name="parameter">A parameter's name.</param>
    /// <param name="input">What the network reads.</param>
    public static void AssertEqual(Golden golden, nn.Module<Tensor, IReadOnlyList<Tensor>> network, string parameter, Tensor input)
    {
        var x = input.to(float64).requires_grad_(true);
        var weight = network.get_parameter(parameter)!;
        Tensor Loss(Tensor at) => network.forward(at).Select(s => s.square().mean()).Aggregate((a, b) => a + b);
        var loss = Loss(x);
        golden.AssertClose("loss", loss, 1e-5);
        loss.backward();
        using var noGradient = no_grad();
        const double step = 1e-5;
        for (var i = 0; i < 5; i++)
        {
            var direction = randn_like(x);
            AssertClose((Loss(x + step * direction) - Loss(x - step * direction)).item<double>(), (x.grad! * direction).sum().item<double>());

            var turn = randn_like(weight);
            weight.add_(step * turn);
            var above = Loss(x).item<double>();
            weight.sub_(2 * step * turn);
            var below = Loss(x).item<double>();
            weight.add_(step * turn);
            AssertClose(above - below, (weight.grad! * turn).sum().item<double>());
        }

        void AssertClose(double difference, double slope) =>
            Assert.True(Math.Abs(difference / (2 * step) - slope) <= 1e-3 * Math.Abs(slope) + 1e-8, $"{difference / (2 * step)} measured, {slope} computed");
    }
}
