using Kanade.Models;
using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>The pretraining of PL-BERT.</summary>
/// <param name="Run">How long, how fast.</param>
/// <param name="Bert">Sizes.</param>
/// <param name="Dataset">Folder of the dataset whose texts are read.</param>
/// <param name="Out">Run folder.</param>
/// <param name="MaskProbability">How many phonemes have to be predicted.</param>
/// <param name="SpanLength">Mean length of a masked span, in phonemes; whole words rather than single phonemes have to be guessed.</param>
public sealed record PhonemeBertStageConfig(
    RunConfig Run,
    PhonemeBertConfig Bert,
    string? Dataset = null,
    string? Out = null,
    double MaskProbability = 0.15,
    double SpanLength = 3)
{
    /// <summary>What contradicts itself, by key.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        if (!(MaskProbability is > 0 and < 1))
            yield return (nameof(MaskProbability), "must lie between 0 and 1");
        if (!(SpanLength >= 1))
            yield return (nameof(SpanLength), "must be at least 1");
    }
}

/// <summary>Trains PL-BERT (Li et al. 2023) to predict masked spans of phonemes from their context.</summary>
public static class PhonemeBertStage
{
    /// <summary>The stage's name in checkpoints.</summary>
    public const string Name = "plbert";

    /// <summary>Its networks: the encoder that later stages read, and the head that predicts phonemes.</summary>
    public const string Network = "bert", Head = "phoneme_head";

    /// <summary>Runs to the last step or an interruption, from the run's last checkpoint where there is one.</summary>
    public static void Train(PhonemeBertStageConfig config, TextData data, TrainingRun run)
    {
        using var networks = new NetworkSet();
        manual_seed(run.SeedOf(TrainingRun.Draw.Weights));
        var bert = networks.Add(Network, new PhonemeBert(config.Bert), config.Bert);
        var head = networks.Add(Head, nn.Linear(config.Bert.Hidden, config.Bert.Symbols), config.Bert);
        using var optimiser = new FusedAdamW(networks.Parameters(Network, Head), new AdamWConfig());
        if (run.Resume() is { } checkpoint)
        {
            networks.Load(checkpoint);
            checkpoint.Load("optimiser", optimiser);
        }
        else
        {
            Validate(0);
        }

        networks.Train(Network, Head);
        foreach (var batch in run.Steps(step => data.TrainingBatches(step, config.Run.BatchSize, config.Run.Seed)))
        {
            using var scope = NewDisposeScope();
            var (losses, _) = Losses(batch, run.RandomOf(TrainingRun.Draw.Mask));
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

        (LossTerms Losses, double Accuracy) Losses(TextBatch batch, Random random)
        {
            var masked = PhonemeMask.Spans(batch.Rows, config.MaskProbability, config.SpanLength, random);
            var hidden = tensor(masked.Select(m => m ? 1L : 0L).ToArray()).to(ScalarType.Bool).reshape(batch.Ids.shape);     // (B, T)
            Tensor encoded;
            using (Autocast.Set(DeviceType.CPU, config.Run.Precision == Precision.Bf16))
                encoded = bert.forward(batch.Ids.masked_fill(hidden, PhonemeMask.Symbol), batch.Keep);                       // (B, T, H)
            var truth = batch.Ids.masked_select(hidden);                                                                     // (masked)
            var logits = head.forward(encoded.to(ScalarType.Float32).index(TensorIndex.Tensor(hidden)));                     // (masked, V)
            var accuracy = logits.argmax(1).eq(truth).to(ScalarType.Float32).mean().item<float>();
            return (new LossTerms { { "phoneme", 1, nn.functional.cross_entropy(logits, truth) } }, accuracy);
        }

        void Validate(long step)
        {
            networks.Train();
            double loss = 0, accuracy = 0;
            var texts = 0;
            using (no_grad())
            {
                foreach (var batch in data.ValidationBatches(config.Run.BatchSize))
                {
                    using (batch)
                    using (NewDisposeScope())
                    {
                        // The same masks at every validation.
                        var (losses, right) = Losses(batch, new Random(1));
                        loss += losses.Total().item<float>() * batch.Rows.Count;
                        accuracy += right * batch.Rows.Count;
                        texts += batch.Rows.Count;
                    }
                }
            }
            run.Report(step, loss / texts, new Dictionary<string, float> { ["phoneme"] = (float)(loss / texts), ["accuracy"] = (float)(accuracy / texts) });
            networks.Train(Network, Head);
        }
    }
}
