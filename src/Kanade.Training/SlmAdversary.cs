using Kanade.Models;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>Speech as the SLM discriminator judges it: a piece of each recording with its reconstruction, pieces as long as the generated
/// ones, and those.</summary>
/// <param name="Recorded">(B, 1, N) pieces of recordings.</param>
/// <param name="Rebuilt">(B, 1, N) the same, rebuilt from their own pitch and energy.</param>
/// <param name="Clips">(B', 1, N') other pieces of recordings, as long as the generated ones.</param>
/// <param name="Generated">(B', 1, N') spoken from predicted durations and sampled styles.</param>
sealed record JudgedSpeech(Tensor Recorded, Tensor Rebuilt, Tensor Clips, Tensor Generated);

/// <summary>The speech language model with its discriminator, and the losses between it and what speaks (StyleTTS 2, section
/// 3.2.4).</summary>
sealed class SlmAdversary(SpeechStates model, SlmDiscriminator discriminator, SlmAdversarialConfig config)
{
    /// <summary>The discriminator's name in checkpoints.</summary>
    public const string Network = "wd";

    /// <summary>The networks that this adversary moves: decoder and style encoders stay as they are.</summary>
    public static readonly IReadOnlyList<string> Speakers = ["bert", "bert_encoder", "predictor", "diffusion"];

    static readonly string[] Held = ["predictor.duration_proj.", "predictor.lstm.", "diffusion."];

    /// <summary>Whether the discriminator moves in a step.</summary>
    public bool IsDiscriminatorDue(TrainingStep step) => (step.Number + 1) % config.Iter == 0;

    /// <summary>What the discriminator minimises. Real is half the time a reconstruction, so that it judges prosody and not the decoder;
    /// and its judgement is to be the same of a clip and the longer wave it was cut from, and of a recording and its
    /// reconstruction.</summary>
    /// <param name="speech">No gradient reaches it.</param>
    /// <param name="random">Draws the choices, the same in every process.</param>
    public Tensor DiscriminatorLoss(JudgedSpeech speech, Random random)
    {
        using var scope = NewDisposeScope();
        if (random.Next(2) == 0)
            return SlmLoss.Discriminator(Judge(speech.Clips.detach()), Judge(speech.Generated.detach())).MoveToOuterDisposeScope();
        var (whole, spoken) = (speech.Rebuilt.detach(), speech.Generated.detach());
        var shared = Math.Min(whole.shape[2], spoken.shape[2]);
        var (real, fake) = (Judge(whole), Judge(spoken));
        var clip = Judge((whole.shape[2] > shared ? whole : spoken).narrow(2, 0, shared));
        var lengths = SlmLoss.Consistency(clip, whole.shape[2] > shared ? real : fake);
        var clipped = random.Next(2) == 0;
        if (clipped)
            (real, fake) = whole.shape[2] > shared ? (clip, fake) : (real, clip);
        var sameSpeech = SlmLoss.Consistency(Judge(speech.Recorded.detach()), Judge(whole));
        return (SlmLoss.Discriminator(real, fake) + lengths + sameSpeech).MoveToOuterDisposeScope();
    }

    /// <summary>What those who speak minimise. No gradient reaches the discriminator's weights.</summary>
    public Tensor GeneratorLoss(JudgedSpeech speech)
    {
        using var scope = NewDisposeScope();
        using var frozen = new FrozenWeights(discriminator);
        return SlmLoss.Generator(Judge(speech.Generated)).MoveToOuterDisposeScope();
    }

    /// <summary>Divides all gradients by the norm of the predictor's where it is above the threshold, and holds back durations and
    /// diffusion.</summary>
    /// <param name="networks">The stage's.</param>
    /// <param name="predictorNorm">The norm of the gradient of the prosody predictor.</param>
    public void Scale(NetworkSet networks, double predictorNorm)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var all = predictorNorm > config.Thresh ? 1 / predictorNorm : 1;
        foreach (var (name, parameter) in networks.Parameters(Speakers))
        {
            if (parameter.grad is { } gradient)
                _ = gradient.mul_(Array.Exists(Held, h => name.StartsWith(h, StringComparison.Ordinal)) ? all * config.Scale : all);
        }
    }

    Tensor Judge(Tensor wave) => discriminator.forward(model.Of(wave));
}
