using Kanade.Models;

namespace Kanade.Training;

/// <summary>Weights of the second stage's losses; the defaults are the original's but for
/// <c>slm</c>, whose loss is another (<see cref="SlmLoss.Features"/>).</summary>
/// <param name="Mel">Multi-resolution mel loss.</param>
/// <param name="Adversarial">Adversarial loss with feature matching.</param>
/// <param name="Slm">Distance in the states of the speech language model; 0 computes none.</param>
/// <param name="F0">Pitch.</param>
/// <param name="Voicing">Voicing, where the pitch is predicted in octaves.</param>
/// <param name="Energy">Energy.</param>
/// <param name="Duration">Mean error of the durations.</param>
/// <param name="DurationBits">Cross-entropy of the durations' logits.</param>
/// <param name="Style">Distance of a sampled style from the recording's.</param>
/// <param name="Diffusion">The style diffusion's own loss.</param>
public sealed record SecondStageWeights(
    double Mel = 5, double Adversarial = 1, double Slm = 0.2, double F0 = 1, double Voicing = 1, double Energy = 1,
    double Duration = 1, double DurationBits = 20, double Style = 1, double Diffusion = 1);

/// <summary>
/// Adversarial training on the states of the speech language model (StyleTTS 2, section 3.2.4), under the original's keys: texts are spoken
/// with predicted durations and sampled styles, in a pass of its own after each step.
/// </summary>
/// <param name="MinLen">Shortest piece that is judged, in mel frames.</param>
/// <param name="MaxLen">Longest piece, in mel frames.</param>
/// <param name="BatchPercentage">How much of a batch is spoken, 0 to 1.</param>
/// <param name="Iter">The discriminator moves every so many steps.</param>
/// <param name="Thresh">Where the predictor's gradient is longer, all gradients of the pass are divided by its norm.</param>
/// <param name="Scale">What the gradients of the duration predictor and the diffusion are multiplied by.</param>
/// <param name="Sig">Width, in aligner frames, of the differentiable alignment's bells.</param>
public sealed record SlmAdversarialConfig(
    int MinLen = 400, int MaxLen = 500, double BatchPercentage = 0.5, int Iter = 10, double Thresh = 5, double Scale = 0.01,
        double Sig = 1.5)
{
    /// <summary>What contradicts itself, by key.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        if (MinLen < 20)
            yield return (nameof(MinLen), "must be at least 20");
        if (MaxLen < MinLen)
            yield return (nameof(MaxLen), "must not be below min_len");
        if (!(BatchPercentage is > 0 and <= 1))
            yield return (nameof(BatchPercentage), "must lie between 0 and 1");
        if (Iter < 1)
            yield return (nameof(Iter), "must be at least 1");
        foreach (var (key, value) in new[] { (nameof(Thresh), Thresh), (nameof(Scale), Scale), (nameof(Sig), Sig) })
        {
            if (!(value > 0))
                yield return (key, "must be above 0");
        }
    }
}

/// <summary>The prosody stage: durations, pitch and energy, style diffusion, and adversarial training with a speech language
/// model.</summary>
/// <param name="Run">How long, how fast.</param>
/// <param name="Prosody">Sizes of the prosody predictor.</param>
/// <param name="Diffusion">Sizes and noise of the style diffusion.</param>
/// <param name="Slm">The speech language model.</param>
/// <param name="Slmadv">Adversarial training with it.</param>
/// <param name="Weights">Of the losses.</param>
/// <param name="Optimiser">AdamW's constants.</param>
/// <param name="Dataset">Folder of the dataset.</param>
/// <param name="First">Run folder of the first stage.</param>
/// <param name="Bert">Run folder of the pretrained PL-BERT.</param>
/// <param name="Out">Run folder.</param>
/// <param name="InitFrom">A run of this stage, its checkpoint or a voice, whose networks and sizes this training begins with, in the place
/// of
/// <paramref name="Bert"/> and, where it is not given, <paramref name="First"/>.</param>
/// <param name="Aligner">Run folder of an aligner that reads what a validation speaks; null: its phone error is not measured.</param>
/// <param name="OodData">A text file with sentences, a line each, half of those that the SLM adversarial phase speaks; null: it speaks
/// those of the dataset.</param>
/// <param name="MinLength">The fewest symbols of such a sentence.</param>
/// <param name="Alignment">Where durations come from; learned: from the first stage's aligner, which learns no more.</param>
/// <param name="PitchSource">Where the pitch of the recordings comes from.</param>
/// <param name="DiffusionFrom">The step from which the style diffusion trains, and the waveform discriminators judge.</param>
/// <param name="JointFrom">The step from which decoder and acoustic style encoder are tuned.</param>
/// <param name="SlmFrom">The step from which texts are spoken from sampled styles and judged by the SLM discriminator.</param>
/// <param name="DecodesAlways">Whether speech is decoded, and its sound judged, also before the joint phase, as in the original; otherwise
/// durations, pitch and energy alone are learnt until then, in a fraction of the time.</param>
/// <param name="BertRate">Peak learning rate of PL-BERT.</param>
/// <param name="FineTuneRate">Peak learning rate of decoder and style encoder.</param>
/// <param name="CropFrames">Longest piece that is decoded, in mel frames.</param>
/// <param name="StyleFrames">Longest piece that a style is taken from, in mel frames; null takes the whole recording.</param>
/// <param name="SamplerSteps">Steps of the style sampler in training.</param>
/// <param name="Networks">What single networks have otherwise; text_encoder is frozen unless it stands here.</param>
/// <param name="Discriminators">Sizes of the waveform discriminators where the training begins with none, as from a voice; null: the
/// original's.</param>
public sealed record SecondStageConfig(
    RunConfig Run,
    ProsodyConfig Prosody,
    DiffusionConfig Diffusion,
    SlmConfig Slm,
    SlmAdversarialConfig Slmadv,
    SecondStageWeights Weights,
    OptimiserConfig Optimiser,
    string? Dataset = null,
    string? First = null,
    string? Bert = null,
    string? Out = null,
    string? InitFrom = null,
    string? Aligner = null,
    string? OodData = null,
    int MinLength = 50,
    AlignmentSource Alignment = AlignmentSource.Learned,
    PitchSource PitchSource = PitchSource.Dataset,
    long DiffusionFrom = 0,
    long JointFrom = 0,
    long SlmFrom = 0,
    bool DecodesAlways = true,
    double BertRate = 1e-5,
    double FineTuneRate = 1e-5,
    int CropFrames = 400,
    int? StyleFrames = null,
    int SamplerSteps = 4,
    IReadOnlyDictionary<string, NetworkTraining>? Networks = null,
    DiscriminatorConfig? Discriminators = null) : IStageConfig<SecondStageConfig>
{
    /// <summary>The networks that the stage can move.</summary>
    public static readonly IReadOnlyList<string> Trained =
    [
        "text_encoder", "style_encoder", "decoder", "bert", "bert_encoder", "predictor", "predictor_encoder", "diffusion",
            .. WaveformAdversary.Networks,
        SlmAdversary.Network,
    ];

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
        if (CropFrames < 20)
            yield return (nameof(CropFrames), "must be at least 20");
        if (StyleFrames is { } frames && frames < 80)
            yield return (nameof(StyleFrames), "must be at least 80, what a style encoder needs");
        if (SamplerSteps < 2)
            yield return (nameof(SamplerSteps), "must be at least 2");
        if (MinLength < 1)
            yield return (nameof(MinLength), "must be at least 1");
        if (!(BertRate > 0))
            yield return (nameof(BertRate), "must be above 0");
        if (!(FineTuneRate > 0))
            yield return (nameof(FineTuneRate), "must be above 0");
        foreach (var problem in NetworkTraining.Check(Networks, Trained))
            yield return problem;
    }

    /// <summary>Its phases.</summary>
    public PhaseSchedule Schedule => new(
        (Phase.Prosody, 0), (Phase.Diffusion, DiffusionFrom), (Phase.Joint, JointFrom), (Phase.SlmAdversarial, SlmFrom));

    /// <inheritdoc/>
    public static string Stage => SecondStage.Name;

    /// <inheritdoc/>
    public static IReadOnlyList<StagePath<SecondStageConfig>> Paths { get; } =
    [
        new("dataset", "The dataset", c => c.Dataset, (c, path) => c with { Dataset = path }),
        new("first", "Run folder of the first stage", c => c.First, (c, path) => c with { First = path }, IsRequired: false),
        new("bert", "Run folder of the pretrained PL-BERT", c => c.Bert, (c, path) => c with { Bert = path }, IsRequired: false),
        new("init-from", "A run of this stage or a voice to begin with, instead of these two", c => c.InitFrom,
            (c, path) => c with { InitFrom = path }, IsRequired: false),
        new("aligner", "Run folder of an aligner that reads what a validation speaks", c => c.Aligner,
            (c, path) => c with { Aligner = path }, IsRequired: false),
    ];

    /// <inheritdoc/>
    public SecondStageConfig WithRun(RunConfig run) => this with { Run = run };

    /// <inheritdoc/>
    public SecondStageConfig WithOut(string? folder) => this with { Out = folder };
}
