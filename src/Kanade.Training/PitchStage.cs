using Kanade.Audio;
using Kanade.Corpus;
using Kanade.Models;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>The pretraining of the pitch extractor.</summary>
/// <param name="Run">How long, how fast.</param>
/// <param name="Pitch">Sizes.</param>
/// <param name="Dataset">Folder of the dataset.</param>
/// <param name="Out">Run folder.</param>
/// <param name="CropFrames">Mel frames of a training example; shorter recordings are padded with silence.</param>
/// <param name="Noise">Largest standard deviation of the noise added to the normalised log mel in training.</param>
/// <param name="Level">Largest shift of the normalised log mel in training: the same voice, louder or softer.</param>
public sealed record PitchStageConfig(
    RunConfig Run,
    PitchConfig Pitch,
    string? Dataset = null,
    string? Out = null,
    int CropFrames = 192,
    double Noise = 0.1,
    double Level = 0.25)
{
    /// <summary>What contradicts itself, by key.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        if (CropFrames < 16)
            yield return (nameof(CropFrames), "must be at least 16");
        if (Noise < 0)
            yield return (nameof(Noise), "must not be below 0");
        if (Level < 0)
            yield return (nameof(Level), "must not be below 0");
    }
}

/// <summary>Teaches the pitch extractor the dataset's F0, so that pitch can be had from a spectrogram alone, noise and all.</summary>
public static class PitchStage
{
    /// <summary>The stage's name in checkpoints, and that of its network.</summary>
    public const string Name = "pitch", Network = "pitch_extractor";

    const double OutputScaleHz = 100;

    /// <summary>F0 in Hz at or below this counts as unvoiced.</summary>
    public const double VoicedAbove = 30;

    /// <summary>A pitch is grossly wrong when it is off by more than this part of the true one (Rabiner et al. 1976).</summary>
    public const double GrossError = 0.2;

    /// <summary>Runs to the last step or an interruption, from the run's last checkpoint where there is one.</summary>
    public static void Train(PitchStageConfig config, TrainingData data, TrainingRun run)
    {
        using var spectrogram = new MelSpectrogram(data.Mel);
        using var networks = new NetworkSet();
        manual_seed(run.SeedOf(TrainingRun.Draw.Weights));
        var extractor = networks.Add(Network, config.Pitch.Build(data.Mel.Bands), config.Pitch);
        // The output counts in Hz: from weights of the usual size, steps of the learning rate would take an epoch to reach a voice at all.
        using (no_grad())
            extractor.state_dict()["classifier.weight"].mul_(OutputScaleHz);
        using var optimiser = new FusedAdamW(networks.Parameters(Network), new AdamWConfig());
        if (run.Resume() is { } checkpoint)
        {
            networks.Load(checkpoint);
            checkpoint.Load("optimiser", optimiser);
        }
        else
        {
            Validate(0);
        }

        networks.Train(Network);
        foreach (var batch in run.Steps(data.TrainingBatches))
        {
            using var scope = NewDisposeScope();
            var (mel, f0) = Example(batch);
            Tensor predicted;
            using (Autocast.Set(DeviceType.CPU, config.Run.Precision == Precision.Bf16))
                predicted = extractor.forward(mel.unsqueeze(1));                            // (B, F)
            var losses = new LossTerms { { "f0", 1, ProsodyLoss.Pitch(predicted, f0) } };
            losses.Total().backward();
            var norm = GradientClip.Apply(optimiser.Parameters, config.Run.ClipNorm);
            var rate = config.Run.RateAt(run.Step, config.Run.LearningRate);
            if (run.Accept(losses, norm, batch.UtteranceIds))
                optimiser.Step(rate);
            optimiser.ZeroGradients();
            run.Log(losses, rate);
            if (run.ValidationDue)
                Validate(run.Step + 1);
            if (run.SaveDue)
                run.Save(networks.Sizes, new Dictionary<string, IReadOnlyDictionary<string, Tensor>>(networks.Parts) { ["optimiser"] = optimiser.State() });
        }
        run.Finish();

        // (B, M, F) and (B, F): one crop an utterance, louder or softer, with noise.
        (Tensor Mel, Tensor F0) Example(SpeechBatch batch)
        {
            var random = run.RandomOf(TrainingRun.Draw.Crop);
            using var generator = run.GeneratorOf(TrainingRun.Draw.Mask);
            var whole = spectrogram.Compute(batch.Samples);
            var lengths = batch.FrameLengths.data<long>().ToArray();
            var frames = (int)Math.Min(config.CropFrames, lengths.Max());
            var starts = lengths.Select(n => random.Next((int)Math.Max(1, n - frames + 1))).ToArray();
            var mel = stack(starts.Select((s, i) => Window(whole[i], s, frames, MelSilence.Value)).ToArray());
            var f0 = stack(starts.Select((s, i) => Window(batch.F0[i], s, frames, 0)).ToArray());
            var level = rand([mel.shape[0], 1, 1], generator: generator).mul(2 * config.Level).sub(config.Level);
            var deviation = rand([mel.shape[0], 1, 1], generator: generator).mul(config.Noise);
            return (mel + level + randn(mel.shape, generator: generator) * deviation, f0);
        }

        void Validate(long step)
        {
            networks.Train();
            var figures = new PitchScore();
            using (no_grad())
            {
                foreach (var batch in data.ValidationBatches())
                {
                    using (batch)
                    using (NewDisposeScope())
                        figures.Add(extractor.forward(spectrogram.Compute(batch.Samples).unsqueeze(1)), batch.F0, batch.FrameLengths);
                }
            }
            run.Report(step, figures.MeanLoss, figures.Values);
            networks.Train(Network);
        }
    }

    /// <summary>A piece of the last axis, continued with <paramref name="fill"/> where it ends early.</summary>
    internal static Tensor Window(Tensor x, long start, long length, double fill)
    {
        var available = Math.Min(length, x.shape[^1] - start);
        var piece = x.narrow(-1, start, available);
        return available == length ? piece : nn.functional.pad(piece, [0, length - available], value: fill);
    }
}

/// <summary>How well a pitch contour agrees with another.</summary>
sealed class PitchScore
{
    double _loss;
    long _frames, _voiced, _gross, _wrongVoicing;

    /// <param name="predicted">(B, F) Hz.</param>
    /// <param name="truth">(B, F) Hz, 0 = unvoiced.</param>
    /// <param name="lengths">(B) frames.</param>
    public void Add(Tensor predicted, Tensor truth, Tensor lengths)
    {
        var counts = lengths.data<long>().ToArray();
        for (var i = 0; i < counts.Length; i++)
        {
            var length = Math.Min(counts[i], Math.Min(predicted.shape[1], truth.shape[1]));
            var guess = predicted[i].narrow(0, 0, length);
            var real = truth[i].narrow(0, 0, length);
            _loss += ProsodyLoss.Pitch(guess, real).item<float>() * (double)length;
            _frames += length;
            var (guesses, reals) = (guess.contiguous().data<float>().ToArray(), real.contiguous().data<float>().ToArray());
            for (var frame = 0; frame < length; frame++)
            {
                var (voicedGuess, voicedReal) = (guesses[frame] > PitchStage.VoicedAbove, reals[frame] > 0);
                if (voicedGuess != voicedReal)
                    _wrongVoicing++;
                else if (voicedReal)
                {
                    _voiced++;
                    if (Math.Abs(guesses[frame] - reals[frame]) > PitchStage.GrossError * reals[frame])
                        _gross++;
                }
            }
        }
    }

    public double MeanLoss => _loss / _frames;

    public IReadOnlyDictionary<string, float> Values => new Dictionary<string, float>
    {
        ["f0"] = (float)MeanLoss,
        ["gross_error"] = _voiced == 0 ? 1 : (float)_gross / _voiced,
        ["voicing_error"] = (float)_wrongVoicing / _frames,
    };
}
