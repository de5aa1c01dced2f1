using System.Text.Json;
using Kanade.Audio;
using Kanade.Corpus;
using Kanade.Models;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>Teaches the pitch extractor the dataset's F0, so that pitch can be had from a spectrogram alone, noise and all.</summary>
public static class PitchStage
{
    /// <summary>The stage's name in checkpoints, and that of its network.</summary>
    public const string Name = "pitch", Network = "pitch_extractor";

    const string TeacherKey = "f0";

    const double OutputScaleHz = 100;

    /// <summary>Runs to the last step or an interruption, from the run's last checkpoint where there is one.</summary>
    /// <exception cref="InvalidDataException">The dataset has no F0 to learn.</exception>
    public static void Train(PitchStageConfig config, TrainingData data, TrainingRun run)
    {
        PitchExamples.RequireVoice(data.Dataset);
        using var spectrogram = new MelSpectrogram(data.Mel);
        using var networks = new NetworkSet();
        manual_seed(run.WeightSeed);
        var extractor = networks.Add(Network, config.Pitch.Build(data.Mel.Bands), config.Pitch);
        if (extractor is JdcPitchExtractor)
        {
            // Its output counts in Hz: from weights of the usual size, steps of the learning rate would take an epoch to reach a voice at
            // all.
            using (no_grad())
                extractor.state_dict()["classifier.weight"].mul_(OutputScaleHz);
        }
        using var state = new StageState(networks, run, config.Run, [StageOptimiser.OfAll(networks, config.Run, Network)]);
        var examples = new PitchExamples(data.Mel, config.Augmentation, config.CropFrames, spectrogram);
        if (state.Resume() is null)
            Validate(0);

        var teacher = CheckpointState.Describe(data.Dataset.Config.F0);
        foreach (var step in run.Steps(data.TrainingBatches))
        {
            state.Begin(step);
            foreach (var batch in step.Batches)
            {
                using var scope = NewDisposeScope();
                var (mel, f0) = examples.Of(batch, step.Draws.Seed(Draw.Crop));            // (B, M, F), (B, F)
                var losses = new LossTerms();
                using (Autocast.Set(DeviceType.CPU, config.Run.Precision == Precision.Bf16))
                    AddLosses(losses, extractor.Read(mel.unsqueeze(1)), f0, extractor.Gated);
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
                state.Save(data.Mel, sizes: new Dictionary<string, JsonElement> { [TeacherKey] = teacher });
        }
        run.Finish();

        void Validate(long step)
        {
            using var speaking = state.Speaking();
            var (clean, noisy) = (new PitchScore(), new PitchScore());
            foreach (var (id, samples, f0) in data.ValidationBatches().SelectMany(examples.Whole))
            {
                clean.Add(PitchTracker.Track(extractor, spectrogram, samples), f0);
                noisy.Add(PitchTracker.Track(extractor, spectrogram, PitchExamples.WithNoise(samples, data.Mel.SampleRate, config.ValidationNoiseDb, 0, id)), f0);
            }
            (clean, noisy) = (clean.Over(run.Group), noisy.Over(run.Group));
            run.Report(step, (clean.Total + noisy.Total) / 2, new Dictionary<string, float>
            {
                ["gross_error"] = (float)clean.GrossError,
                ["voicing_error"] = (float)clean.VoicingError,
                ["noisy_gross_error"] = (float)noisy.GrossError,
                ["noisy_voicing_error"] = (float)noisy.VoicingError,
                ["cents"] = (float)clean.Cents,
            });
        }
    }

    /// <summary>The spectrogram that a pretrained extractor hears.</summary>
    /// <returns>Null for an imported one, which does not say.</returns>
    public static MelConfig? MelOf(Checkpoint checkpoint) => PretrainedMel.Of(checkpoint);

    /// <summary>The settings of the estimator that taught it.</summary>
    /// <returns>Null for an imported one and those of before checkpoints had them.</returns>
    public static F0Config? TeacherOf(Checkpoint checkpoint) =>
        checkpoint.State.Networks.ContainsKey(TeacherKey) ? checkpoint.Sizes<F0Config>(TeacherKey) : null;

    internal static void AddLosses(LossTerms losses, PitchReading reading, Tensor f0, bool gated)
    {
        losses.Add("voicing", 1, PitchLoss.Voicing(reading.Voicing, f0));
        losses.Add("pitch", 1, reading.Bins is { } bins ? PitchLoss.Classification(bins, f0) : PitchLoss.Regression(reading.Hz, f0, voicedOnly: gated));
    }

    /// <summary>A piece of the last axis, continued with <paramref name="fill"/> where it ends early.</summary>
    internal static Tensor Window(Tensor x, long start, long length, double fill)
    {
        var available = Math.Min(length, x.shape[^1] - start);
        var piece = x.narrow(-1, start, available);
        return available == length ? piece : nn.functional.pad(piece, [0, length - available], value: fill);
    }
}
