using System.Diagnostics;
using Kanade.Models;
using Kanade.Torch;
using Serilog;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>Trains PL-BERT (Li et al. 2023) to predict hidden words and phonemes from their context, and of each word how it is written.</summary>
public static class PhonemeBertStage
{
    /// <summary>The stage's name in checkpoints.</summary>
    public const string Name = "plbert";

    /// <summary>Its networks: the encoder that later stages read, the head that predicts phonemes, and that which predicts words.</summary>
    public const string Network = "bert", Head = "phoneme_head", GraphemeHead = "grapheme_head";

    /// <summary>Runs to the last step or an interruption, from the run's last checkpoint where there is one.</summary>
    public static void Train(PhonemeBertStageConfig config, PhonemeText data, TrainingRun run, ILogger log)
    {
        using var networks = new NetworkSet();
        manual_seed(run.WeightSeed);
        var bert = networks.Add(Network, new PhonemeBert(config.Bert), config.Bert);
        var head = networks.Add(Head, nn.Linear(config.Bert.Hidden, config.Bert.Symbols), config.Bert);
        var graphemeHead = data.Vocabulary.Count == 0 ? null
            : networks.Add(GraphemeHead, nn.Linear(config.Bert.Hidden, data.Vocabulary.Count), new GraphemeHeadConfig(config.Bert.Hidden, data.Vocabulary));
        string[] trained = graphemeHead is null ? [Network, Head] : [Network, Head, GraphemeHead];
        using var state = new StageState(networks, run, config.Run, [StageOptimiser.OfAll(networks, config.Run, trained)]);
        var score = new PhonemeBertScore(data, config, run.Group, log);
        if (state.Resume() is { } checkpoint)
        {
            score.TakeBaseline(checkpoint.State.Measures);
        }
        else
        {
            log.Information("{Training} symbols to train on, {HeldOut} texts held out, {Words} words in the vocabulary", data.TrainingSymbols, data.HeldOut.Count, data.Vocabulary.Count);
            score.MakeBaseline(data);
            Validate(0);
        }

        var (clock, symbols) = (Stopwatch.StartNew(), 0L);
        foreach (var step in run.Steps(first => data.TrainingBatches(first, config.Run.BatchSize, config.Run.Seed, run.Group)))
        {
            state.Begin(step);
            foreach (var batch in step.Batches)
            {
                using var scope = NewDisposeScope();
                var total = step.Minimise(Losses(batch, step.Draws), [.. batch.Rows.Select(r => r.Name)]);
                if (batch.Rows.Count > 0)
                    total.backward();
                symbols += batch.Count;
            }
            if (run.Accept(step, state.Reduce(step)))
                state.Move(step);
            else
                state.Forget();
            run.Log(step);
            if (run.ValidationDue)
            {
                log.Information("{PerSecond:F0} symbols/s", symbols / clock.Elapsed.TotalSeconds);
                Validate(run.Step + 1);
                (symbols, clock) = (0, Stopwatch.StartNew());
            }
            if (run.SaveDue)
                state.Save(mel: null, score.Baseline);
        }
        run.Finish();

        LossTerms Losses(TextBatch batch, StepDraws draws)
        {
            var (shown, hidden, spoken) = (new long[batch.Ids.numel()], new bool[batch.Rows.Count][], new IReadOnlyList<int>[batch.Rows.Count]);
            for (var row = 0; row < batch.Rows.Count; row++)
            {
                // A generator a row: what is hidden in it does not depend on the rows beside it.
                var random = new Random((int)(CounterSeed.Of(draws.Seed(Draw.Mask), run.Group.RowOf(row)) & int.MaxValue));
                var symbols = batch.Rows[row].Symbols;
                hidden[row] = PhonemeMask.Draw(symbols, config.MaskProbability, config.WordShare, random);
                PhonemeMask.Show(symbols, hidden[row], config.ReplacedShare, config.KeptShare, random, shown.AsSpan(row * batch.Width, symbols.Length));
                spoken[row] = PhonemeMask.OneAWord(batch.Rows[row], random);
            }
            var phonemes = PredictedPlaces.OfHidden(batch, hidden, run.Group);
            var words = PredictedPlaces.Of(batch, spoken, (row, at) => row.Graphemes[at], run.Group);
            using var precision = Autocast.Set(DeviceType.CPU, config.Run.Precision == Precision.Bf16);
            // A batch of fewer rows than processes leaves some with nothing to say.
            var encoded = batch.Rows.Count == 0 ? null : bert.forward(tensor(shown).reshape(batch.Ids.shape), batch.Keep);     // (B, T, H)
            var losses = new LossTerms { { "phoneme", 1, LossOf(phonemes, head) } };
            if (graphemeHead is not null)
                losses.Add("grapheme", config.GraphemeWeight, LossOf(words, graphemeHead));
            return losses;

            Tensor LossOf(PredictedPlaces places, Linear predictor) => encoded is null ? zeros([]) : places.Loss(places.Logits(encoded, predictor));
        }

        void Validate(long step)
        {
            using var speaking = state.Speaking();
            var (loss, values) = score.Measure(bert, head, graphemeHead);
            run.Report(step, loss, values);
        }
    }
}
