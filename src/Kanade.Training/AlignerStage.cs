using System.Text.Json;
using Kanade.Audio;
using Kanade.Corpus;
using Kanade.Models;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>
/// Trains the text aligner on recordings and their texts: CTC (Graves et al. 2006) on the recogniser, cross-entropy on the decoder
/// whose attention becomes the alignment. Judged by the phones that the recogniser gets wrong on sentences it was not trained on.
/// </summary>
public static class AlignerStage
{
    /// <summary>The stage's name in checkpoints, and that of its network.</summary>
    public const string Name = "aligner", Network = "text_aligner";

    /// <summary>Runs to the last step or an interruption, from the run's last checkpoint where there is one.</summary>
    public static void Train(AlignerStageConfig config, TrainingData data, TrainingRun run)
    {
        using var spectrogram = new MelSpectrogram(data.Mel);
        using var networks = new NetworkSet();
        manual_seed(run.WeightSeed);
        var aligner = networks.Add(Network, config.Aligner.Build(data.Mel.Bands, TrainingData.Symbols), config.Aligner);
        using var state = new StageState(networks, run, config.Run, [StageOptimiser.OfAll(networks, config.Run, Network)]);
        if (state.Resume() is null)
            Validate(0);

        foreach (var step in run.Steps(data.TrainingBatches))
        {
            state.Begin(step);
            foreach (var batch in step.Batches)
            {
                using var scope = NewDisposeScope();
                var (losses, _) = Losses(batch, step.Draws);
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

        (LossTerms Losses, Tensor Recognized) Losses(SpeechBatch batch, StepDraws? draws)
        {
            var mel = BatchMel.Of(batch, spectrogram);
            var told = batch.Ids;
            if (draws is not null)
            {
                using var generator = new Generator((ulong)draws.Seed(Draw.Mask), CPU);
                // Drawn for the whole batch: a row's are the same in any number of processes.
                var masks = run.Group.Rows(rand(run.Group.World * batch.Count, batch.Ids.shape[1], generator: generator));
                told = TextAligner.MaskTokens(batch.Ids, masks, config.MaskProbability);
            }
            Alignment alignment;
            using (Autocast.Set(DeviceType.CPU, config.Run.Precision == Precision.Bf16))
                alignment = aligner.forward(mel.Mel, told, mel.FrameMask);
            var losses = new LossTerms
            {
                {
                    "ctc", config.CtcWeight,
                    AlignmentLoss.Ctc(alignment.CtcLogits, mel.Frames, batch.Ids, batch.IdLengths, TrainingData.Blank)
                },
                { "tokens", config.TokenWeight, AlignmentLoss.Tokens(alignment.TokenLogits, batch.Ids, batch.IdLengths) },
                {
                    "diagonal", config.DiagonalWeight,
                    AlignmentLoss.Diagonal(alignment.Attention.narrow(1, 1, batch.Ids.shape[1]), batch.IdLengths, mel.Frames)
                },
            };
            return (losses, alignment.CtcLogits);
        }

        void Validate(long step)
        {
            using var speaking = state.Speaking();
            var mean = new MeanLosses();
            var (errors, phones) = (0, 0);
            using (no_grad())
            {
                foreach (var batch in data.ValidationBatches())
                {
                    using (batch)
                    using (NewDisposeScope())
                    {
                        var (losses, recognized) = Losses(batch, draws: null);
                        mean.Add(losses, batch.Count);
                        foreach (var (i, utterance) in batch.Utterances.Index())
                        {
                            var heard = PhoneRecognition.Greedy(recognized[i].narrow(0, 0, utterance.Frames / 2));
                            var (wrong, spoken) = PhoneRecognition.Errors(utterance.Symbols, heard);
                            (errors, phones) = (errors + wrong, phones + spoken);
                        }
                    }
                }
            }
            var counts = run.Group.Sum(new Dictionary<string, double> { ["errors"] = errors, ["phones"] = phones });
            var phoneError = counts["errors"] / Math.Max(1, counts["phones"]);
            var values = new Dictionary<string, float>(mean.Over(run.Group).Values) { ["phone_error"] = (float)phoneError };
            run.Report(step, phoneError, values);
        }
    }
}
