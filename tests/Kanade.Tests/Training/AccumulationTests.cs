using Kanade.Corpus;
using Kanade.Models;
using Kanade.Torch;
using Kanade.Training;
using Serilog.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Training;

[Collection(nameof(Alone))]
public sealed class AccumulationTests(TinyStages stages) : IClassFixture<TinyStages>
{
    /// <summary>The losses of durations, pitch and energy are means over utterances, without dropout, crop or noise: the gradients are
    /// equal but for rounding.</summary>
    [Fact]
    public void Two_batches_of_two_have_the_gradient_and_the_logged_losses_of_one_of_four()
    {
        var (whole, wholeLosses) = Gradients(batchSize: 4, accumulate: 1);
        var (halves, halvesLosses) = Gradients(batchSize: 2, accumulate: 2);
        Assert.Equal(whole.Keys.Order(), halves.Keys.Order());
        Assert.Contains(whole.Keys, k => k.StartsWith("bert.", StringComparison.Ordinal));
        foreach (var (name, gradient) in whole)
            StageTesting.AssertClose(gradient, halves[name], 1e-5 + 1e-4 * gradient.abs().max().item<float>(), name);
        Assert.All(wholeLosses, l => Assert.Equal(l.Value, halvesLosses[l.Key], 1e-4 * Math.Abs(l.Value) + 1e-5));
    }

    [Fact]
    public void Every_batch_of_a_step_has_draws_of_its_own()
    {
        using var data = stages.Open(new RunConfig(1, BatchSize: 2));
        var step = StageTesting.Step(data.TrainingBatches(0), PhaseSchedule.OfOnePhase, accumulated: 3);
        var seeds = new HashSet<long>();
        var dropped = new HashSet<float>();
        var utterances = new HashSet<string>();
        foreach (var batch in step.Batches)
        {
            seeds.Add(step.Draws.Seed(Draw.Crop));
            using var drawn = rand(1);
            dropped.Add(drawn.item<float>());
            utterances.UnionWith(batch.UtteranceIds);
        }
        step.End();
        Assert.Equal((3, 3, 6), (seeds.Count, dropped.Count, utterances.Count));
    }

    (Dictionary<string, Tensor> Gradients, IReadOnlyDictionary<string, float> Losses) Gradients(int batchSize, int accumulate)
    {
        var config = TinyStages.SecondConfig(new RunConfig(1, BatchSize: batchSize));
        using var data = stages.Open(config.Run);
        manual_seed(1);
        using var networks = new ProsodyStageNetworks(config, data.Mel, stages.SecondSources, Logger.None);
        networks.Begin();
        networks.Set.Evaluate();
        using var pass = new ProsodyPass(config, networks, data.Mel, SingleProcess.Instance);
        var step = StageTesting.Step(data.ValidationBatches(), config.Schedule, accumulated: accumulate);
        foreach (var batch in step.Batches)
        {
            using var scope = NewDisposeScope();
            step.Minimise(pass.Losses(pass.Predict(batch), batch), batch.UtteranceIds).backward();
        }
        var losses = step.Losses();
        Assert.Equal(4, step.Utterances.Count);
        step.End();
        return (networks.Set.Parameters("bert", "bert_encoder", "predictor", "predictor_encoder")
            .Where(p => p.Parameter.grad is not null).ToDictionary(p => p.Name, p => p.Parameter.grad!.clone()), losses);
    }
}
