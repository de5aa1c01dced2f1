using Kanade.Models;

namespace Kanade.Training;

/// <summary>Weights of the first stage's losses; the defaults are the original's but for
/// <c>slm</c>, whose loss is another (<see cref="SlmLoss.Features"/>).</summary>
/// <param name="Mel">Multi-resolution mel loss.</param>
/// <param name="Adversarial">Adversarial loss with feature matching.</param>
/// <param name="Slm">Distance in the states of the speech language model; 0 computes none.</param>
/// <param name="Monotonic">Distance of the attention from its monotonic path.</param>
/// <param name="Tokens">Cross-entropy of the aligner's decoder.</param>
/// <param name="PredictedMel">Mean distance of the mel spectrogram that a decoder with an amplitude prior predicts on its way.</param>
public sealed record FirstStageWeights(
    double Mel = 5, double Adversarial = 1, double Slm = 0.2, double Monotonic = 1, double Tokens = 1, double PredictedMel = 1);

/// <summary>The acoustic stage: text, style, pitch and energy to a waveform, with the aligner.</summary>
/// <param name="Run">How long, how fast.</param>
/// <param name="Acoustic">Sizes of the networks that begin here.</param>
/// <param name="Discriminators">Sizes of the waveform discriminators.</param>
/// <param name="Slm">The speech language model.</param>
/// <param name="Weights">Of the losses.</param>
/// <param name="Dataset">Folder of the dataset.</param>
/// <param name="Aligner">Run folder of the pretrained aligner; needed for <c>alignment: learned</c>.</param>
/// <param name="Pitch">Run folder of the pretrained pitch extractor; needed for <c>pitch_source: extractor</c>.</param>
/// <param name="Out">Run folder.</param>
/// <param name="InitFrom">A run, checkpoint or voice whose text encoder, style encoder and decoder this training begins with.</param>
/// <param name="Alignment">Where durations come from.</param>
/// <param name="PitchSource">Where the pitch of the recordings comes from.</param>
/// <param name="AdversarialFrom">The step from which the discriminators and a learned alignment train too ("TMA" in StyleTTS); only the mel
/// loss counts before.</param>
/// <param name="CropFrames">Longest piece that is decoded, in mel frames.</param>
/// <param name="StyleFrames">Longest piece that a style is taken from, in mel frames, drawn apart from the decoded one; null takes the
/// whole.</param>
/// <param name="Smoothing">Whether pitch and energy are blurred at random, so that the decoder does not lean on detail that predicted ones
/// lack.</param>
/// <param name="MaskProbability">How many tokens are hidden from the aligner's decoder.</param>
/// <param name="Optimiser">AdamW's constants.</param>
/// <param name="Networks">What single networks have otherwise: text_encoder, style_encoder, decoder, text_aligner, mpd, msd.</param>
public sealed record FirstStageConfig(
    RunConfig Run,
    AcousticConfig Acoustic,
    DiscriminatorConfig Discriminators,
    SlmConfig Slm,
    FirstStageWeights Weights,
    OptimiserConfig Optimiser,
    string? Dataset = null,
    string? Aligner = null,
    string? Pitch = null,
    string? Out = null,
    string? InitFrom = null,
    AlignmentSource Alignment = AlignmentSource.Learned,
    PitchSource PitchSource = PitchSource.Dataset,
    long AdversarialFrom = 0,
    int CropFrames = 400,
    int? StyleFrames = null,
    bool Smoothing = true,
    double MaskProbability = 0.1,
    IReadOnlyDictionary<string, NetworkTraining>? Networks = null) : IStageConfig<FirstStageConfig>
{
    /// <summary>The networks that the stage can move.</summary>
    public static readonly IReadOnlyList<string> Trained = ["text_encoder", "style_encoder", "decoder", AlignerStage.Network,
        .. WaveformAdversary.Networks];

    /// <summary>What contradicts itself, by key.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        if (!(Weights.Mel > 0))
            yield return ("Weights.Mel", "must be above 0");
        if (AdversarialFrom < 0)
            yield return (nameof(AdversarialFrom), "must not be below 0");
        if (CropFrames < 20)
            yield return (nameof(CropFrames), "must be at least 20");
        if (StyleFrames is { } frames && frames < 80)
            yield return (nameof(StyleFrames), "must be at least 80, what a style encoder needs");
        if (!(MaskProbability is >= 0 and < 1))
            yield return (nameof(MaskProbability), "must lie in [0, 1)");
        foreach (var problem in NetworkTraining.Check(Networks, Trained))
            yield return problem;
    }

    /// <summary>Its phases.</summary>
    public PhaseSchedule Schedule => new((Phase.Reconstruction, 0), (Phase.Adversarial, AdversarialFrom));

    /// <inheritdoc/>
    public static string Stage => FirstStage.Name;

    /// <inheritdoc/>
    public static IReadOnlyList<StagePath<FirstStageConfig>> Paths { get; } =
    [
        new("dataset", "The dataset", c => c.Dataset, (c, path) => c with { Dataset = path }),
        new("aligner", "Run folder of the pretrained aligner, for alignment: learned", c => c.Aligner,
            (c, path) => c with { Aligner = path }, IsRequired: false),
        new(
            "pitch", "Run folder of the pretrained pitch extractor, for pitch_source: extractor", c => c.Pitch,
            (c, path) => c with { Pitch = path }, IsRequired: false),
        new("init-from", "A run, checkpoint or voice to begin with", c => c.InitFrom, (c, path) => c with { InitFrom = path },
            IsRequired: false),
    ];

    /// <inheritdoc/>
    public FirstStageConfig WithRun(RunConfig run) => this with { Run = run };

    /// <inheritdoc/>
    public FirstStageConfig WithOut(string? folder) => this with { Out = folder };
}
