using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Kanade.Tests.Torch;

[Collection(nameof(Alone))]
public sealed class PlatformTests
{
    [Fact]
    public void The_self_test_passes_here() => Assert.All(SelfTest.Run(), r => Assert.True(r.Passed, $"{r.Name}: {r.Detail}"));

    [Fact]
    public void Loading_twice_is_loading_once()
    {
        Libtorch.Load();
        Libtorch.Load();
        Assert.Equal(6, (ones(2, 3).sum()).item<float>());
    }

    [Fact]
    public void An_unknown_operator_is_a_managed_exception() =>
        Assert.Throws<InvalidOperationException>(() => Aten.Call("aten::no_such_operator", "", 1));

    [Fact]
    public void Autocast_nests_and_restores()
    {
        using var scope = NewDisposeScope();
        Assert.False(Autocast.IsOn(DeviceType.CPU));
        using (Autocast.Enable(DeviceType.CPU))
        {
            using (Autocast.Disable(DeviceType.CPU))
                Assert.False(Autocast.IsOn(DeviceType.CPU));
            Assert.True(Autocast.IsOn(DeviceType.CPU));
        }
        Assert.False(Autocast.IsOn(DeviceType.CPU));
    }

    [Fact]
    public void What_a_gradient_hook_throws_arrives_after_backward()
    {
        using var scope = NewDisposeScope();
        var x = tensor(3f, requires_grad: true);
        using var hook = GradientHook.Register(x, _ => throw new InvalidDataException("seen"));
        (x * x).backward();
        Assert.Equal("seen", Assert.Throws<InvalidDataException>(GradientHook.ThrowPending).Message);
        GradientHook.ThrowPending();
    }

    [Fact]
    public void A_removed_hook_is_silent()
    {
        using var scope = NewDisposeScope();
        var x = tensor(3f, requires_grad: true);
        var calls = 0;
        var hook = GradientHook.Register(x, _ => calls++);
        (x * x).backward();
        hook.Dispose();
        (x * x).backward();
        Assert.Equal(1, calls);
    }

    [Fact]
    public void Spectral_norm_makes_the_largest_singular_value_one()
    {
        using var layer = new SpectralNormConv2d(3, 8, (3, 3), (1, 1), (1, 1), bias: false);
        using var scope = NewDisposeScope();
        layer.train();
        for (var i = 0; i < 60; i++)
            layer.forward(zeros(1, 3, 5, 5)).Dispose();
        layer.eval();
        // The impulse response of every input channel is the normalised weight.
        var weight = stack(Enumerable.Range(0, 27).Select(i =>
        {
            var x = zeros(1, 3, 3, 3);
            x[0, i / 9, i % 9 / 3, i % 3] = 1;
            return layer.forward(x)[0, .., 1, 1];
        }).ToArray());
        Assert.Equal(1, linalg.svdvals(weight)[0].item<float>(), 1e-3f);
    }

    [Fact]
    public void A_fresh_spectral_norm_is_finite_in_evaluation()
    {
        using var layer = new SpectralNormConv2d(3, 8, (3, 3), (1, 1), (1, 1));
        using var scope = NewDisposeScope();
        layer.eval();
        var before = layer.state_dict()["weight_u"].clone();
        Assert.True(layer.forward(randn(1, 3, 5, 5)).isfinite().all().item<bool>());
        Assert.True(before.equal(layer.state_dict()["weight_u"]).all().item<bool>());
    }

    [Fact]
    public void Steps_with_autocast_weight_norm_hooks_and_adamw_leak_nothing()
    {
        using var layer = new WeightNormConv1d(4, 4, 3, padding: 1);
        using var optimiser = new FusedAdamW(layer.named_parameters().Select(p => (p.name, p.parameter)), new AdamWConfig());
        using var hook = GradientHook.Register(layer.parameters().First(), _ => { });
        using var x = randn(2, 4, 10);
        void Step()
        {
            using var scope = NewDisposeScope();
            Tensor y;
            using (Autocast.Enable(DeviceType.CPU))
                y = layer.forward(x);
            y.to(float32).pow(2).mean().backward();
            optimiser.Step(1e-3);
            optimiser.ZeroGradients();
        }

        Step();
        var before = Tensor.TotalCount;
        for (var i = 0; i < 50; i++)
            Step();
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void AdamW_follows_the_formula()
    {
        using var scope = NewDisposeScope();
        using var parameter = new Parameter(tensor(new[] { 1f, -2f }));
        using var optimiser = new FusedAdamW([("w", parameter)], new AdamWConfig(0.9, 0.99, 1e-8, 0.1));
        double[] w = [1, -2], m = [0, 0], v = [0, 0];
        for (var t = 1; t <= 5; t++)
        {
            (parameter.pow(2)).sum().backward();
            optimiser.Step(0.05);
            optimiser.ZeroGradients();
            for (var i = 0; i < 2; i++)
            {
                var g = 2 * w[i];
                m[i] = 0.9 * m[i] + 0.1 * g;
                v[i] = 0.99 * v[i] + 0.01 * g * g;
                w[i] -= 0.05 * 0.1 * w[i];
                w[i] -= 0.05 * (m[i] / (1 - Math.Pow(0.9, t))) / (Math.Sqrt(v[i] / (1 - Math.Pow(0.99, t))) + 1e-8);
            }
        }
        Assert.Equal(w[0], parameter[0].item<float>(), 1e-5);
        Assert.Equal(w[1], parameter[1].item<float>(), 1e-5);
        Assert.Equal(["w.mean", "w.square", "w.step"], optimiser.State().Keys.Order());
    }
}
