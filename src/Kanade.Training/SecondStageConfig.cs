using Kanade.Models;

namespace Kanade.Training;

/// <summary>Weights of the second stage's losses; the defaults are the original's.</summary>
/// <param name="Mel">Multi-resolution mel loss.</param>
/// <param name="Adversarial">Adversarial loss with feature matching.</param>
/// <param name="Slm">Distance in the states of the speech language model.</param>
/// <param name="SlmAdversarial">Adversarial loss in those states, on texts spoken with predicted durations.</param>
/// <param name="F0">Pitch.</param>
/// <param name="Energy">Energy.</param>
/// <param name="Duration">Mean error of the durations.</param>
/// <param name="DurationBits">Cross-entropy of the durations' logits.</param>
/// <param name="Style">Distance of a sampled style from the recording's.</param>
/// <param name="Diffusion">The style diffusion's own loss.</param>
public sealed record SecondStageWeights(
    double Mel = 5, double Adversarial = 1, double Slm = 1, double SlmAdversarial = 0.2, double F0 = 1, double Energy = 1,
    double Duration = 1, double DurationBits = 20, double Style = 1, double Diffusion = 1);

/// <summary>The prosody stage: durations, pitch and energy, style diffusion, and adversarial training with a speech language model.</summary>
/// <param name="Run">How long, how fast.</param>
/// <param name="Prosody">Sizes of the prosody predictor.</param>
/// <param name="Diffusion">Sizes and noise of the style diffusion.</param>
/// <param name="Slm">The speech language model.</param>
/// <param name="Weights">Of the losses.</param>
/// <param name="Dataset">Folder of the dataset.</param>
/// <param name="First">Run folder of the first stage.</param>
/// <param name="Bert">Run folder of the pretrained PL-BERT.</param>
/// <param name="Out">Run folder.</param>
/// <param name="DiffusionFrom">The step from which the style diffusion trains.</param>
/// <param name="JointFrom">The step from which decoder and acoustic style encoder are fine-tuned, with the waveform discriminators.</param>
/// <param name="SlmFrom">The step from which texts are spoken from sampled styles and judged by the SLM discriminator.</param>
/// <param name="BertRate">Peak learning rate of PL-BERT.</param>
/// <param name="FineTuneRate">Peak learning rate of decoder and style encoder.</param>
/// <param name="CropFrames">Longest piece that is decoded, in mel frames.</param>
/// <param name="SamplerSteps">Steps of the style sampler in training.</param>
/// <param name="SlmSigma">Width, in aligner frames, of the differentiable alignment's bells.</param>
public sealed record SecondStageConfig(
    RunConfig Run,
    ProsodyConfig Prosody,
    DiffusionConfig Diffusion,
    SlmConfig Slm,
    SecondStageWeights Weights,
    string? Dataset = null,
    string? First = null,
    string? Bert = null,
    string? Out = null,
    long DiffusionFrom = 0,
    long JointFrom = 0,
    long SlmFrom = 0,
    double BertRate = 1e-5,
    double FineTuneRate = 1e-5,
    int CropFrames = 200,
    int SamplerSteps = 4,
    double SlmSigma = 1.5) : IStageConfig<SecondStageConfig>
{
    /// <summary>What contradicts itself, by key.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        foreach (var (key, value) in new[] { (nameof(DiffusionFrom), DiffusionFrom), (nameof(JointFrom), JointFrom), (nameof(SlmFrom), SlmFrom) })
        {
            if (value < 0)
                yield return (key, "must not be below 0");
        }
        if (SlmFrom < DiffusionFrom)
            yield return (nameof(SlmFrom), "must not come before diffusion_from: styles are sampled there");
        if (CropFrames < StyleEncoder.FewestFrames)
            yield return (nameof(CropFrames), $"must be at least {StyleEncoder.FewestFrames}, what a style encoder needs");
        if (SamplerSteps < 2)
            yield return (nameof(SamplerSteps), "must be at least 2");
        if (!(BertRate > 0))
            yield return (nameof(BertRate), "must be above 0");
        if (!(FineTuneRate > 0))
            yield return (nameof(FineTuneRate), "must be above 0");
    }

    /// <summary>Its phases, in the order they begin.</summary>
    public PhaseSchedule Schedule => new(
        [
            new Phase("durations, pitch and energy", 0),
            .. new[]
            {
                new Phase("style diffusion", DiffusionFrom), new Phase("joint with the decoder", JointFrom), new Phase("SLM adversarial", SlmFrom),
            }.OrderBy(p => p.From),
        ]);

    /// <inheritdoc/>
    public static string Stage => SecondStage.Name;

    /// <inheritdoc/>
    public static IReadOnlyList<StagePath<SecondStageConfig>> Paths { get; } =
    [
        new("dataset", "The dataset", c => c.Dataset, (c, path) => c with { Dataset = path }),
        new("first", "Run folder of the first stage", c => c.First, (c, path) => c with { First = path }),
        new("bert", "Run folder of the pretrained PL-BERT", c => c.Bert, (c, path) => c with { Bert = path }),
    ];

    /// <inheritdoc/>
    public SecondStageConfig WithRun(RunConfig run) => this with { Run = run };

    /// <inheritdoc/>
    public SecondStageConfig WithOut(string? folder) => this with { Out = folder };
}
