using Kanade.Models;
using Serilog;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>
/// The prosody stage (StyleTTS 2, Li et al. 2023, section 3.2): learns durations, pitch and energy from text and prosodic style, the
/// diffusion of styles given a text, and, with sampled styles and predicted durations, to satisfy the SLM discriminator.
/// </summary>
public static class SecondStage
{
    /// <summary>The stage's name in checkpoints.</summary>
    public const string Name = "second";

    static readonly string[] Averaged =
        ["bert", "bert_encoder", "predictor", "predictor_encoder", "diffusion", "style_encoder", "decoder", "text_encoder"];

    /// <summary>Runs to the last step or an interruption, from the run's last checkpoint where there is one.</summary>
    public static void Train(SecondStageConfig config, TrainingData data, SecondStageSources sources, TrainingRun run, ILogger log)
    {
        manual_seed(run.WeightSeed);
        using var networks = new ProsodyStageNetworks(config, data.Mel, sources, log);
        using var pass = new ProsodyPass(config, networks, data.Mel, run.Group);
        using var state = new StageState(networks.Set, run, config.Run, networks.Optimisers(), Averaged);
        using var score = new ProsodyScore(pass, data, sources.Aligner);
        var diffusion = new DiffusionPass(config, networks, data.Mel, run.Group);
        var texts = networks.SlmAdversary is not null && config.OodData is { } path
            ? OutOfSetTexts.Read(path, config.MinLength, log)
            : null;
        var slm = networks.SlmAdversary is { } adversary
            ? new SlmStep(networks, adversary, pass, diffusion, state, texts, config.Slmadv, log) : null;
        run.Follow(slm is null ? config.Schedule.Without(Phase.SlmAdversarial) : config.Schedule);
        if (state.Resume(networks.Begin) is { } checkpoint)
        {
            diffusion.Restore(checkpoint.State.Measures);
        }
        else
        {
            diffusion.Begin(sources.InitFrom);
            Validate(0);
        }

        foreach (var step in run.Steps(data.TrainingBatches))
        {
            state.Begin(step);
            foreach (var batch in step.Batches)
            {
                using var scope = NewDisposeScope();
                var spoken = pass.Predict(batch, step);
                var losses = pass.Losses(spoken, batch);
                var piece = config.DecodesAlways || step.In(Phase.Joint) ? pass.Decode(spoken, batch, step) : null;
                if (piece is not null)
                    pass.AddLosses(losses, piece);
                if (piece is not null && step.In(networks.DiscriminatorsFrom))
                {
                    var (target, generated) = networks.Adversary.Pieces(piece.Target, piece.Generated, step.Draws);
                    losses.AddApart("discriminator", networks.Adversary.DiscriminatorLoss(target, generated));
                    losses.Add("adversarial", config.Weights.Adversarial, networks.Adversary.GeneratorLoss(target, generated));
                }
                var references = step.In(Phase.Diffusion) && networks.Diffusion.WithReference ? pass.References(batch, step.Draws) : null;
                if (step.In(Phase.Diffusion))
                    diffusion.AddLosses(losses, spoken, references, step.Draws);
                step.Minimise(losses, batch.UtteranceIds).backward();
            }
            if (run.Accept(step, state.Reduce(step)))
                state.Move(step);
            else
                state.Forget();
            if (step.In(Phase.SlmAdversarial))
                slm?.Take(step);
            run.Log(step);
            if (run.ValidationDue)
                Validate(run.Step + 1);
            if (run.SaveDue)
                Save();
        }
        run.Finish();

        void Validate(long step)
        {
            using var speaking = state.Speaking();
            var (total, values) = score.Measure(run, step);
            run.Report(step, total, values);
        }

        void Save()
        {
            var measures = diffusion.Measures();
            if (config.Alignment == AlignmentSource.Dataset)
                measures[CheckpointState.SilentMarks] = 1;
            state.Save(data.Mel, measures);
        }
    }
}
