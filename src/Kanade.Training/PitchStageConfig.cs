using Kanade.Models;

namespace Kanade.Training;

/// <summary>The pretraining of the pitch extractor.</summary>
/// <param name="Run">How long, how fast.</param>
/// <param name="Pitch">Which network, and its sizes.</param>
/// <param name="Augmentation">How the sound is changed in training; the F0 to find stays that of the clean recording.</param>
/// <param name="Dataset">Folder of the dataset.</param>
/// <param name="Out">Run folder.</param>
/// <param name="CropFrames">Mel frames of a training example; shorter recordings are continued with silence.</param>
/// <param name="ValidationNoiseDb">Level of the speech over white noise in the noisy half of the validation.</param>
public sealed record PitchStageConfig(
    RunConfig Run,
    PitchConfig Pitch,
    AugmentationConfig Augmentation,
    string? Dataset = null,
    string? Out = null,
    int CropFrames = 192,
    double ValidationNoiseDb = 10) : IStageConfig<PitchStageConfig>
{
    /// <summary>What contradicts itself, by key.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        if (CropFrames < 16)
            yield return (nameof(CropFrames), "must be at least 16");
    }

    /// <inheritdoc/>
    public static string Stage => PitchStage.Name;

    /// <inheritdoc/>
    public static IReadOnlyList<StagePath<PitchStageConfig>> Paths { get; } =
    [
        new("dataset", "The dataset", c => c.Dataset, (c, path) => c with { Dataset = path }),
    ];

    /// <inheritdoc/>
    public PitchStageConfig WithRun(RunConfig run) => this with { Run = run };

    /// <inheritdoc/>
    public PitchStageConfig WithOut(string? folder) => this with { Out = folder };
}
