using Kanade.Models;
using Kanade.Tests.Torch;
using Kanade.Torch;
using Kanade.Training;
using Serilog.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Kanade.Tests.Training;

/// <summary>Gradients are bounded network by network, all norms are known before anything moves, and one decision holds for all.</summary>
public sealed class GradientClipTests
{
    static readonly PhaseSchedule Schedule = new((Phase.Reconstruction, 0), (Phase.Adversarial, 100));

    [Fact]
    public void A_gradient_is_scaled_down_to_the_quantile_of_the_last_norms()
    {
        using var parameter = new Parameter(zeros(4));
        using var clip = new GradientClip([parameter], largest: null, quantile: 0.5);
        for (var norm = 1; norm <= 20; norm++)
            Assert.Equal((norm, norm), Apply(clip, parameter, norm));
        // Of 1 to 20 the tenth of 19 steps.
        Assert.Equal((100, 11), Apply(clip, parameter, 100));
        Assert.Equal((5, 5), Apply(clip, parameter, 5));
    }

    [Fact]
    public void Before_there_are_twenty_norms_the_fixed_one_holds_and_the_smaller_of_both_after()
    {
        using var parameter = new Parameter(zeros(4));
        using var clip = new GradientClip([parameter], largest: 3, quantile: 0.5);
        for (var i = 0; i < 20; i++)
            Assert.Equal((10, 3), Apply(clip, parameter, 10));
        Assert.Equal((10, 3), Apply(clip, parameter, 10));
        for (var i = 0; i < 30; i++)
            Apply(clip, parameter, 1);
        Assert.Equal((10, 1), Apply(clip, parameter, 10));
    }

    [Fact]
    public void A_norm_that_is_not_finite_is_not_remembered()
    {
        using var parameter = new Parameter(zeros(4));
        using var clip = new GradientClip([parameter], largest: 5, quantile: 0.5);
        Apply(clip, parameter, 1);
        parameter.grad = full(4, float.NaN);
        Assert.False(double.IsFinite(clip.Apply()));
        parameter.grad = full(4, float.PositiveInfinity);
        Assert.False(double.IsFinite(clip.Apply()));
        Assert.Equal(1, clip.State.Single(s => s.Name == "count").Value.item<long>());
    }

    [Fact]
    public void What_is_remembered_is_what_a_checkpoint_keeps()
    {
        using var parameter = new Parameter(zeros(4));
        using var clip = new GradientClip([parameter], largest: null, quantile: 0.9);
        using var resumed = new GradientClip([parameter], largest: null, quantile: 0.9);
        for (var norm = 1; norm <= 30; norm++)
            Apply(clip, parameter, norm);
        foreach (var (kept, target) in clip.State.Zip(resumed.State))
            target.Value.copy_(kept.Value);
        Assert.Equal(Apply(clip, parameter, 1000), Apply(resumed, parameter, 1000));
    }

    [Fact]
    public void A_network_with_a_large_gradient_scales_no_other_down() =>
        In(SingleProcess.Instance, new RunConfig(10, ClipNorm: 1), (networks, state, run) =>
        {
            SetGradients(networks, ("decoder", 100), ("mpd", 0.5));
            var step = StageTesting.Step([], Schedule, 100);
            var norms = state.Reduce(step);
            Assert.Equal(100, norms.ByOptimiser["optimiser.decoder"], 1e-3);
            Assert.Equal(0.5, norms.ByOptimiser["optimiser.mpd"], 1e-4);
            Assert.Equal(1, Norm(networks, "decoder"), 1e-3);
            Assert.Equal(0.5, Norm(networks, "mpd"), 1e-4);
            Assert.True(run.Accept(step, norms));
        });

    [Theory]
    [InlineData("mpd")]
    [InlineData("decoder")]
    public void With_one_gradient_that_is_not_finite_nothing_moves_at_all(string bad)
    {
        var decisions = ThreadGroup.Run(2, group =>
        {
            var accepted = true;
            In(group, new RunConfig(10), (networks, state, run) =>
            {
                var before = StageTesting.Copy(networks);
                SetGradients(networks, ("decoder", 1), ("mpd", 1));
                if (group.Rank == 1)
                    SetGradients(networks, (bad, double.NaN));
                var step = StageTesting.Step([], Schedule, 100, group: group);
                accepted = run.Accept(step, state.Reduce(step));
                Assert.Empty(StageTesting.Changed(before, networks));
                state.Forget();
                Assert.All(networks.Parameters("decoder", "mpd"), p => Assert.Null(p.Parameter.grad));
            });
            return accepted;
        });
        Assert.Equal([false, false], decisions);
    }

    [Fact]
    public void The_rate_of_a_network_rises_from_where_its_phase_begins()
    {
        var config = new RunConfig(1000, WarmupSteps: 10, FinalRate: 1);
        Assert.Equal([0.1, 0.5, 1, 1], new[] { 100L, 104, 109, 110 }.Select(step => Math.Round(config.RateAt(step, 1, from: 100), 6)));
        Assert.Equal(1, config.RateAt(100, 1), 1e-9);
        // The first step of AdamW is as long as its rate, whatever the gradient.
        In(SingleProcess.Instance, config with { LearningRate = 0.1 }, (networks, state, _) =>
        {
            var before = StageTesting.Copy(networks);
            SetGradients(networks, ("decoder", 1), ("mpd", 1));
            state.Move(StageTesting.Step([], Schedule, 100));
            Assert.Equal(0.1, Moved("decoder"), 1e-4);
            Assert.Equal(0.01, Moved("mpd"), 1e-5);

            double Moved(string network) => (networks.Flat[network + ".weight"] - before[network + ".weight"]).abs().max().item<float>();
        });
    }

    [Fact]
    public void A_networks_own_settings_stand_over_the_stages()
    {
        Assert.Equal(0.85, new OptimiserConfig().Beta1);
        var own = new NetworkTraining(Beta1: 0.5, WeightDecay: 0).Over(new OptimiserConfig(Beta2: 0.98));
        Assert.Equal((0.5, 0.98, 0.0), (own.Beta1, own.Beta2, own.WeightDecay));
        In(SingleProcess.Instance, new RunConfig(10, ClipNorm: 7, LearningRate: 1), (networks, _, _) =>
        {
            var settings = new Dictionary<string, NetworkTraining>
            {
                ["decoder"] = new(LearningRate: 0.25, ClipNorm: 0.5),
                ["mpd"] = new(Frozen: true),
            };
            using var optimiser = NetworkOptimisers.Of(
                networks, "decoder", Phase.Reconstruction, 1, new OptimiserConfig(), new RunConfig(10, ClipNorm: 7), settings).Single();
            Assert.Equal(0.25, optimiser.Rate);
            SetGradients(networks, ("decoder", 100));
            optimiser.Clip.Apply();
            Assert.Equal(0.5, Norm(networks, "decoder"), 1e-3);
            Assert.Empty(NetworkOptimisers.Of(networks, "mpd", Phase.Adversarial, 1, new OptimiserConfig(), new RunConfig(10), settings));
            Assert.All(networks.Parameters("mpd"), p => Assert.False(p.Parameter.requires_grad));
        });
    }

    /// <returns>The norm before and after, rounded.</returns>
    static (double Before, double After) Apply(GradientClip clip, Parameter parameter, double norm)
    {
        parameter.grad = full(4, norm / 2);
        var before = clip.Apply();
        return (Math.Round(before, 3), Math.Round(parameter.grad!.norm().item<float>(), 3));
    }

    /// <summary>Two networks of one layer each, with weights without decay.</summary>
    static void In(IProcessGroup group, RunConfig config, Action<NetworkSet, StageState, TrainingRun> test)
    {
        using var folder = new TemporaryFolder();
        using var networks = new NetworkSet();
        foreach (var name in new[] { "decoder", "mpd" })
            networks.Add(name, nn.Linear(2, 2, hasBias: false), new AlignerConfig());
        using var run = new TrainingRun(folder.Path, new RunIdentity("first", "c", "d", "t"), config, null, Logger.None, default, group);
        run.Follow(Schedule);
        var constants = new OptimiserConfig(WeightDecay: 0);
        using var state = new StageState(networks, run, config,
        [
            .. NetworkOptimisers.Of(networks, "decoder", Phase.Reconstruction, config.LearningRate, constants, config, null),
            .. NetworkOptimisers.Of(networks, "mpd", Phase.Adversarial, config.LearningRate, constants, config, null),
        ]);
        using var scope = NewDisposeScope();
        test(networks, state, run);
    }

    static void SetGradients(NetworkSet networks, params (string Network, double Norm)[] norms)
    {
        foreach (var (network, norm) in norms)
        {
            foreach (var (_, parameter) in networks.Parameters(network))
                parameter.grad = full_like(parameter, norm / Math.Sqrt(parameter.numel())).DetachFromDisposeScope();
        }
    }

    static double Norm(NetworkSet networks, string network) => networks.Parameters(network).Single().Parameter.grad!.norm().item<float>();
}
