using Kanade.Corpus;
using Kanade.Models;
using Kanade.Text;
using Kanade.Torch;
using Kanade.Training.Scores;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>
/// What a validation of the prosody stage measures. Of every utterance: how far its predicted durations, pitch and energy are from its
/// recording's, and how a piece decoded from them sounds. And some sentences are spoken from their text alone, with predicted durations,
/// and read by an aligner where there is one.
/// </summary>
/// <param name="pass">Predicts and speaks.</param>
/// <param name="data">The validation split.</param>
/// <param name="aligner">Of <c>pretrain aligner</c>; null: what is spoken is not read.</param>
sealed class ProsodyScore(ProsodyPass pass, TrainingData data, Checkpoint? aligner) : IDisposable
{
    /// <summary>Sentences that are spoken from text.</summary>
    const int Sentences = 8;

    /// <summary>Aligner frames of duration error that count as much as a correlation of 0.</summary>
    const double LargeDurationError = 4;

    readonly SpeechAligner? _reader = aligner is null ? null : SpeechAligner.Open(aligner);

    /// <summary>Measures, with all networks as they speak.</summary>
    /// <returns>The sum that decides which checkpoint is best, and all figures by name.</returns>
    public (double Total, IReadOnlyDictionary<string, float> Values) Measure(TrainingRun run, long step)
    {
        using var noGradient = no_grad();
        var mean = new MeanLosses();
        var (spoken, errors, phones) = (0, 0, 0);
        foreach (var batch in data.ValidationBatches())
        {
            using (batch)
            using (NewDisposeScope())
            {
                var predicted = pass.Predict(batch);
                var (mel, recorded, generated) = pass.DecodeLoudest(predicted, batch);
                var (pitch, energy, voicing) = Contours(predicted);
                mean.Add(
                    new LossTerms
                    {
                        { "mel", 1, mel },
                        { "duration", 1 / LargeDurationError,
                            DurationLoss.L1(predicted.DurationLogits, predicted.Durations, batch.IdLengths) },
                        { "voicing_error", 1, voicing },
                        { "f0_correlation", -1, pitch },
                        { "energy_correlation", -1, energy },
                        { "duration_correlation", 0, Durations(predicted, batch) },
                    },
                    batch.Count);
                for (var row = 0; row < batch.Count && spoken < Sentences; row++, spoken++)
                {
                    using var wave = pass.SpeakText(predicted, batch, row);
                    if (spoken == 0)
                    {
                        run.Hear("validation/spoken", wave, data.Mel.SampleRate, step);
                        run.Hear("validation/recorded", recorded[0, 0], data.Mel.SampleRate, step);
                        run.Hear("validation/predicted", generated[0, 0], data.Mel.SampleRate, step);
                    }
                    if (_reader is not null)
                    {
                        var (wrong, all) = PhoneRecognition.Errors(batch.Utterances[row].Symbols,
                            _reader.Hear(wave.data<float>().ToArray()));
                        (errors, phones) = (errors + wrong, phones + all);
                    }
                }
            }
        }
        var shared = mean.Over(run.Group);
        var values = new Dictionary<string, float>(shared.Values);
        var total = shared.Total;
        var counts = run.Group.Sum(new Dictionary<string, double> { ["errors"] = errors, ["phones"] = phones });
        if (_reader is not null)
        {
            var phoneError = counts["errors"] / Math.Max(1, counts["phones"]);
            values["phone_error"] = (float)phoneError;
            total += phoneError;
        }
        values["total"] = (float)total;
        return (total, values);
    }

    /// <summary>Means over the batch's utterances of the correlations with the recording, pitch in voiced frames of both, and of wrong
    /// voicing.</summary>
    static (Tensor Pitch, Tensor Energy, Tensor Voicing) Contours(Spoken spoken)
    {
        var (f0, energy) = (Rows(spoken.Recorded.F0), Rows(spoken.Recorded.Energy));
        var (predictedF0, predictedEnergy) = (Rows(spoken.Predicted.F0), Rows(spoken.Predicted.Energy));
        var (pitches, energies, voicings) = (0.0, 0.0, 0.0);
        for (var row = 0; row < f0.Length; row++)
        {
            var (pitch, volume, wrong, frames) = (new Correlation(), new Correlation(), 0, 2 * (int)spoken.Recorded.Frames[row]);
            for (var i = 0; i < frames; i++)
            {
                volume.Add(predictedEnergy[row][i], energy[row][i]);
                if (f0[row][i] > 0 && predictedF0[row][i] > LeastHz)
                    pitch.Add(Math.Log(predictedF0[row][i]), Math.Log(f0[row][i]));
                else if (f0[row][i] > 0 || predictedF0[row][i] > LeastHz)
                    wrong++;
            }
            (pitches, energies, voicings) = (pitches + pitch.Value, energies + volume.Value, voicings + wrong / (double)frames);
        }
        return (tensor((float)(pitches / f0.Length)), tensor((float)(energies / f0.Length)), tensor((float)(voicings / f0.Length)));
    }

    /// <summary>The mean over the batch's utterances of the correlation of durations, over the symbols between the pads.</summary>
    static Tensor Durations(Spoken spoken, SpeechBatch batch)
    {
        var (predicted, recorded) = (Rows(spoken.DurationLogits.to(float32).sigmoid().sum(2)), Rows(spoken.Durations));
        return tensor((float)batch.Utterances.Index().Average(u =>
        {
            var correlation = new Correlation();
            for (var i = 1; i < u.Item.Ids.Length - 1; i++)
                correlation.Add(predicted[u.Index][i], recorded[u.Index][i]);
            return correlation.Value;
        }));
    }

    const double LeastHz = 20;

    static float[][] Rows(Tensor x) =>
        [.. Enumerable.Range(0, (int)x.shape[0]).Select(row => x[row].to(float32).cpu().contiguous().data<float>().ToArray())];

    public void Dispose() => _reader?.Dispose();
}
