using Kanade.Corpus;
using Serilog;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>The SLM adversarial phase's own pass after each step, as in the original: a second backward pass whose gradient is scaled by
/// rules of its own and moves PL-BERT, its encoder, the predictor and the diffusion alone, and now and then the discriminator.</summary>
sealed class SlmStep(
    ProsodyStageNetworks networks, SlmAdversary adversary, ProsodyPass pass, DiffusionPass diffusion, StageState state,
    OutOfSetTexts? texts, SlmAdversarialConfig config, ILogger log)
{
    const long WarnEvery = 100;

    long _unjudged, _skipped;

    /// <summary>Takes the pass on the step's last batch. A gradient that is not finite moves nothing.</summary>
    public void Take(TrainingStep<SpeechBatch> step)
    {
        using var scope = NewDisposeScope();
        var batch = step.Last;
        using var frozen = new FrozenWeights(
            networks.Speech.Decoder, networks.Speech.StyleEncoder, networks.Speech.ProsodicStyleEncoder, networks.Speech.TextEncoder);
        Spoken spoken;
        DecodedPiece piece;
        Tensor? references;
        using (no_grad())
        {
            spoken = pass.Predict(batch, step);
            piece = pass.Decode(spoken, batch, step, rebuilds: true);
            references = networks.Diffusion.WithReference ? pass.References(batch, step.Draws) : null;
        }
        if (diffusion.Speak(spoken, piece, references, batch, texts, step.Draws) is not { } judged)
        {
            if (_unjudged++ % WarnEvery == 0)
            {
                log.Warning(
                    "step {Step}: the SLM phase judged nothing ({Count} times so far): fewer than two utterances exceed slmadv.min_len ({Frames})",
                    step.Number, _unjudged, config.MinLen);
            }
            return;
        }
        var loss = adversary.GeneratorLoss(judged);
        loss.backward();
        step.Note("slm_adversarial", loss);
        var norms = state.ReduceOf(SlmAdversary.Speakers);
        if (norms.AreFinite)
        {
            adversary.Scale(networks.Set, norms.ByOptimiser.GetValueOrDefault("optimiser.predictor"));
            state.MoveOf(step, SlmAdversary.Speakers);
        }
        else
        {
            Warn(step, "speakers'");
        }
        state.Forget();
        if (!adversary.IsDiscriminatorDue(step))
            return;
        var judgement = adversary.DiscriminatorLoss(judged, step.Draws.Random(Draw.Judged));
        judgement.backward();
        step.Note("slm_discriminator", judgement);
        if (state.ReduceOf([SlmAdversary.Network]).AreFinite)
            state.MoveOf(step, [SlmAdversary.Network]);
        else
            Warn(step, "discriminator's");
        state.Forget();
    }

    void Warn(TrainingStep step, string whose) => log.Warning(
        "step {Step}: the SLM pass moved nothing, its {Whose:l} gradient is not finite ({Count} so far)", step.Number, whose, ++_skipped);
}
