using System.Globalization;
using Kanade.Tests.Parity;
using Kanade.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Kanade.Tests.Torch;

public sealed class FusedAdamWParityTests
{
    [Fact]
    public void Four_steps_equal_the_original_optimiser()
    {
        using var golden = Golden.Load("adamw");
        using var parameter = new Parameter(golden["in.p0"]);
        // The original asks for 0.0 and trains with 0.85: its scheduler overwrites beta1 (reference.md, section 4, no. 2).
        var config = new AdamWConfig(Beta1: golden["out.beta1"].item<float>(), Beta2: 0.99,
            Epsilon: double.Parse(golden.Metadata["eps"], CultureInfo.InvariantCulture),
            WeightDecay: double.Parse(golden.Metadata["weight_decay"], CultureInfo.InvariantCulture));
        using var optimiser = new FusedAdamW([("p", parameter)], config);
        using var scope = NewDisposeScope();
        var (gradients, expected) = (golden["in.grads"], golden["out.p"]);
        for (var step = 0; step < 4; step++)
        {
            parameter.grad = gradients[step].clone();
            optimiser.Step(double.Parse(golden.Metadata["lr"], CultureInfo.InvariantCulture));
            Golden.AssertClose(expected[step], parameter, 1e-7, $"step {step}");
        }
    }
}
