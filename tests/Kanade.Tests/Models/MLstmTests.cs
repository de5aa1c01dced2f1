using CsCheck;
using Kanade.Models;
using Kanade.Models.Layers;
using Kanade.Tests.Parity;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Models;

public class MLstmTests
{
    /// <summary>Queries, keys and values (H, S, D) and gates (H, S) of one set of heads.</summary>
    sealed record Inputs(Tensor Queries, Tensor Keys, Tensor Values, Tensor InputGates, Tensor ForgetGates)
    {
        public static Inputs Draw(long seed, long heads, long length, long size, double spread)
        {
            using var generator = new Generator((ulong)seed);
            Tensor Normal(params long[] shape) => randn(shape, generator: generator);
            return new Inputs(
                Normal(heads, length, size), Normal(heads, length, size), Normal(heads, length, size),
                Normal(heads, length) * spread, Normal(heads, length) * spread + 2);
        }

        public Tensor Run(MLstmForm form, int chunk = 64) => form switch
        {
            MLstmForm.Parallel => MLstmRecurrence.Parallel(Queries, Keys, Values, InputGates, ForgetGates),
            MLstmForm.Chunkwise => MLstmRecurrence.Chunkwise(Queries, Keys, Values, InputGates, ForgetGates, chunk),
            _ => MLstmRecurrence.Recurrent(Queries, Keys, Values, InputGates, ForgetGates),
        };

        public Inputs RequireGradients()
        {
            foreach (var input in new[] { Queries, Keys, Values, InputGates, ForgetGates })
                input.requires_grad_();
            return this;
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(511)]
    [InlineData(1025)]
    [InlineData(2047)]
    [InlineData(4096)]
    public void The_three_forms_agree_at_every_length(long length)
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var inputs = Inputs.Draw(length, 1, length, 16, 3);
        var recurrent = inputs.Run(MLstmForm.Recurrent);
        AssertAgrees(recurrent, inputs.Run(MLstmForm.Parallel));
        AssertAgrees(recurrent, inputs.Run(MLstmForm.Chunkwise));
    }

    [Fact]
    public void The_forms_agree_in_outputs_and_gradients_for_any_length_chunk_and_spread_of_the_gates() =>
        Gen.Select(Gen.Long[1, 90], Gen.Int[1, 40], Gen.Double[0, 30], Gen.Long[1, 1_000_000]).Sample(
            (length, chunk, spread, seed) =>
            {
                using var scope = NewDisposeScope();
                (Tensor Output, Tensor[] Gradients) Differentiate(MLstmForm form)
                {
                    // Positive scores: a divisor that cancels to nearly nothing would magnify rounding without bound.
                    var drawn = Inputs.Draw(seed, 2, length, 4, spread);
                    var inputs = (drawn with { Queries = drawn.Queries.abs(), Keys = drawn.Keys.abs() }).RequireGradients();
                    var output = inputs.Run(form, chunk);
                    output.square().mean().backward();
                    return (output, [inputs.Queries.grad!, inputs.Keys.grad!, inputs.Values.grad!, inputs.InputGates.grad!, inputs.ForgetGates.grad!]);
                }
                var expected = Differentiate(MLstmForm.Recurrent);
                foreach (var form in new[] { MLstmForm.Parallel, MLstmForm.Chunkwise })
                {
                    var actual = Differentiate(form);
                    AssertAgrees(expected.Output, actual.Output);
                    foreach (var (wanted, got) in expected.Gradients.Zip(actual.Gradients))
                        AssertAgrees(wanted, got, 1e-3);
                }
            },
            iter: 40, threads: 1);

    [Theory]
    [InlineData(MLstmForm.Parallel)]
    [InlineData(MLstmForm.Chunkwise)]
    [InlineData(MLstmForm.Recurrent)]
    public void Extreme_gates_overflow_nowhere_forward_or_backward(MLstmForm form)
    {
        using var scope = NewDisposeScope();
        var inputs = Inputs.Draw(5, 2, 200, 8, 1);
        // Everything forgotten at once, remembered for ever, written with e^±1000, and all of it in turns.
        var extremes = tensor(new[] { -1000f, 1000f, -90f, 90f, 0f });
        var gates = extremes[randint(0, 5, [2, 200], dtype: int64)];
        inputs = (inputs with { InputGates = gates, ForgetGates = gates.roll(7, 1) }).RequireGradients();

        var output = inputs.Run(form);
        output.square().mean().backward();

        Assert.True(output.isfinite().all().item<bool>());
        foreach (var input in new[] { inputs.Queries, inputs.Keys, inputs.Values, inputs.InputGates, inputs.ForgetGates })
            Assert.True(input.grad!.isfinite().all().item<bool>());
    }

    [Fact]
    public void A_long_closed_past_does_not_blur_the_present()
    {
        // 4,000 closed gates bring the running sum to -120,000, where float32 has steps of 0.008.
        using var scope = NewDisposeScope();
        var inputs = Inputs.Draw(11, 1, 4096, 8, 1);
        inputs.ForgetGates.narrow(1, 0, 4000).fill_(-30);
        var recent = new Inputs(
            inputs.Queries.narrow(1, 4000, 96), inputs.Keys.narrow(1, 4000, 96), inputs.Values.narrow(1, 4000, 96),
            inputs.InputGates.narrow(1, 4000, 96), inputs.ForgetGates.narrow(1, 4000, 96).clone());
        recent.ForgetGates.narrow(1, 0, 1).fill_(-1000);
        inputs.ForgetGates.narrow(1, 4000, 1).fill_(-1000);
        var expected = recent.Run(MLstmForm.Recurrent);
        foreach (var form in new[] { MLstmForm.Parallel, MLstmForm.Chunkwise })
            AssertAgrees(expected, inputs.Run(form).narrow(1, 4000, 96), 1e-5);
    }

    [Theory]
    [InlineData(MLstmForm.Parallel)]
    [InlineData(MLstmForm.Chunkwise)]
    [InlineData(MLstmForm.Recurrent)]
    public void An_item_of_a_padded_batch_equals_the_item_alone(MLstmForm form)
    {
        using var stack = Stack(form);
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var (shorter, longer) = (randn(1, 70, 20), randn(1, 131, 20));
        var batch = cat([nn.functional.pad(shorter, (0, 0, 0, 61), value: 7), longer]);
        var together = stack.call(batch);
        AssertAgrees(stack.call(shorter), together.narrow(0, 0, 1).narrow(1, 0, 70), 1e-5);
        AssertAgrees(stack.call(longer), together.narrow(0, 1, 1), 1e-5);
    }

    [Fact]
    public void Autocast_leaves_the_cell_in_float32()
    {
        using var cell = new MLstmCell(32, 4);
        using var scope = NewDisposeScope();
        using (no_grad())
            foreach (var parameter in cell.parameters())
                parameter.copy_(randn_like(parameter) * 3);
        var (queries, keys, values) = (randn(2, 40, 32), randn(2, 40, 32), randn(2, 40, 32));
        var expected = cell.call(queries, keys, values);
        using var mixed = Autocast.Enable(DeviceType.CPU);
        var actual = cell.call(queries, keys, values);
        Assert.Equal(ScalarType.Float32, actual.dtype);
        Assert.Equal(0, (actual - expected).abs().max().item<float>());
    }

    [Theory]
    [InlineData(MLstmForm.Parallel)]
    [InlineData(MLstmForm.Chunkwise)]
    public void A_stack_with_extreme_gates_trains_under_autocast(MLstmForm form)
    {
        using var stack = Stack(form);
        using var scope = NewDisposeScope();
        using (no_grad())
            foreach (var (name, parameter) in stack.named_parameters())
                if (name.Contains("gate", StringComparison.Ordinal))
                    parameter.mul_(300);
        using var mixed = Autocast.Enable(DeviceType.CPU);
        var output = stack.call(randn(2, 150, 20));
        output.square().mean().backward();
        Assert.True(output.isfinite().all().item<bool>());
        Assert.All(stack.parameters(), parameter => Assert.True(parameter.grad!.isfinite().all().item<bool>()));
    }

    [Fact]
    public void The_automatic_form_has_no_longest_length()
    {
        using var stack = new MLstmStack(8, 1);
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var x = randn(1, 10_000, 8);
        AssertAgrees(stack.call(x.narrow(1, 0, 300)), stack.call(x).narrow(1, 0, 300));
    }

    static MLstmStack Stack(MLstmForm form)
    {
        var stack = new MLstmStack(20, 2) { Form = form };
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        foreach (var (name, parameter) in stack.named_parameters())
            if (name.Contains("gate.weight", StringComparison.Ordinal))
                parameter.copy_(randn_like(parameter) * 0.3);
        return stack;
    }

    /// <summary>Within a tolerance of the largest.</summary>
    internal static void AssertAgrees(Tensor expected, Tensor actual, double tolerance = 1e-4)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected.shape, actual.shape);
        var scale = Math.Max(expected.abs().max().to(float64).item<double>(), 1e-3);
        var error = (actual - expected).abs().max().to(float64).item<double>() / scale;
        Assert.True(error <= tolerance, $"off by {error:E2} of the largest, {tolerance:E1} allowed");
    }
}
