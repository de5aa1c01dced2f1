using Kanade.Models;

namespace Kanade.Training;

/// <summary>Weights of the first stage's losses; the defaults are the original's.</summary>
/// <param name="Mel">Multi-resolution mel loss.</param>
/// <param name="Adversarial">Adversarial loss with feature matching.</param>
/// <param name="Slm">Distance in the states of the speech language model.</param>
/// <param name="Monotonic">Distance of the attention from its monotonic path.</param>
/// <param name="Tokens">Cross-entropy of the aligner's decoder.</param>
public sealed record FirstStageWeights(double Mel = 5, double Adversarial = 1, double Slm = 1, double Monotonic = 1, double Tokens = 1);

/// <summary>The acoustic stage: text, style, pitch and energy to a waveform, with the aligner.</summary>
/// <param name="Run">How long, how fast.</param>
/// <param name="Acoustic">Sizes of the networks that begin here.</param>
/// <param name="Discriminators">Sizes of the waveform discriminators.</param>
/// <param name="Slm">The speech language model.</param>
/// <param name="Weights">Of the losses.</param>
/// <param name="Dataset">Folder of the dataset.</param>
/// <param name="Aligner">Run folder of the pretrained aligner.</param>
/// <param name="Pitch">Run folder of the pretrained pitch extractor.</param>
/// <param name="Out">Run folder.</param>
/// <param name="AdversarialFrom">The step from which the discriminators and the aligner train too ("TMA" in StyleTTS); only the mel loss counts before.</param>
/// <param name="CropFrames">Longest piece that is decoded, in mel frames.</param>
/// <param name="MaskProbability">How many tokens are hidden from the aligner's decoder.</param>
public sealed record FirstStageConfig(
    RunConfig Run,
    AcousticConfig Acoustic,
    DiscriminatorConfig Discriminators,
    SlmConfig Slm,
    FirstStageWeights Weights,
    string? Dataset = null,
    string? Aligner = null,
    string? Pitch = null,
    string? Out = null,
    long AdversarialFrom = 0,
    int CropFrames = 200,
    double MaskProbability = 0.1) : IStageConfig<FirstStageConfig>
{
    /// <summary>What contradicts itself, by key.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        if (AdversarialFrom < 0)
            yield return (nameof(AdversarialFrom), "must not be below 0");
        if (CropFrames < StyleEncoder.FewestFrames)
            yield return (nameof(CropFrames), $"must be at least {StyleEncoder.FewestFrames}, what a style encoder needs");
        if (!(MaskProbability is >= 0 and < 1))
            yield return (nameof(MaskProbability), "must lie in [0, 1)");
    }

    /// <summary>Its phases, in the order they begin.</summary>
    public PhaseSchedule Schedule => new([new Phase("reconstruction", 0), new Phase("adversarial, with the aligner", AdversarialFrom)]);

    /// <inheritdoc/>
    public static string Stage => FirstStage.Name;

    /// <inheritdoc/>
    public static IReadOnlyList<StagePath<FirstStageConfig>> Paths { get; } =
    [
        new("dataset", "The dataset", c => c.Dataset, (c, path) => c with { Dataset = path }),
        new("aligner", "Run folder of the pretrained aligner", c => c.Aligner, (c, path) => c with { Aligner = path }),
        new("pitch", "Run folder of the pretrained pitch extractor", c => c.Pitch, (c, path) => c with { Pitch = path }),
    ];

    /// <inheritdoc/>
    public FirstStageConfig WithRun(RunConfig run) => this with { Run = run };

    /// <inheritdoc/>
    public FirstStageConfig WithOut(string? folder) => this with { Out = folder };
}
