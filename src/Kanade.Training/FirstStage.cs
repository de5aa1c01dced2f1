using Kanade.Models;
using Serilog;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>
/// The acoustic stage (StyleTTS 2, Li et al. 2023, section 3.1 and appendix; StyleTTS, Li et al. 2022, section 3.2): learns to rebuild
/// recordings from their text, aligned, an acoustic style, and their own pitch and energy.
/// </summary>
public static class FirstStage
{
    /// <summary>The stage's name in checkpoints.</summary>
    public const string Name = "first";

    /// <summary>Runs to the last step or an interruption, from the run's last checkpoint where there is one.</summary>
    public static void Train(FirstStageConfig config, TrainingData data, FirstStageSources sources, TrainingRun run, ILogger log)
    {
        manual_seed(run.WeightSeed);
        using var networks = new AcousticStageNetworks(config, data.Mel, sources, log);
        using var pass = new AcousticPass(config, networks, data.Mel, run.Group);
        using var state = new StageState(networks.Set, run, config.Run, networks.Optimisers(), "text_encoder", "style_encoder", "decoder");
        run.Follow(config.Schedule);
        if (state.Resume(networks.Begin) is null)
            Validate(0);

        foreach (var step in run.Steps(data.TrainingBatches))
        {
            state.Begin(step);
            foreach (var batch in step.Batches)
            {
                using var scope = NewDisposeScope();
                var rebuilt = pass.Rebuild(batch, step);
                var losses = pass.Losses(rebuilt, batch, step);
                if (step.In(Phase.Adversarial))
                {
                    var (recorded, generated) = networks.Adversary.Pieces(rebuilt.Recorded, rebuilt.Generated, step.Draws);
                    losses.AddApart("discriminator", networks.Adversary.DiscriminatorLoss(recorded, generated));
                    losses.Add("adversarial", config.Weights.Adversarial, networks.Adversary.GeneratorLoss(recorded, generated));
                }
                step.Minimise(losses, batch.UtteranceIds).backward();
            }
            if (run.Accept(step, state.Reduce(step)))
                state.Move(step);
            else
                state.Forget();
            run.Log(step);
            if (run.ValidationDue)
                Validate(run.Step + 1);
            if (run.SaveDue)
                state.Save(data.Mel);
        }
        run.Finish();

        void Validate(long step)
        {
            using var speaking = state.Speaking();
            using var noGradient = no_grad();
            var mean = new MeanLosses();
            foreach (var (number, batch) in data.ValidationBatches().Index())
            {
                using (batch)
                using (NewDisposeScope())
                {
                    var rebuilt = pass.RebuildLoudest(batch);
                    mean.Add(new LossTerms { { "mel", 1, pass.MelLoss(rebuilt) } }, batch.Count);
                    if (number > 0)
                        continue;
                    run.Hear("validation/recorded", rebuilt.Recorded[0, 0], data.Mel.SampleRate, step);
                    run.Hear("validation/generated", rebuilt.Generated[0, 0], data.Mel.SampleRate, step);
                }
            }
            var all = mean.Over(run.Group);
            run.Report(step, all.Total, all.Values);
        }
    }
}
