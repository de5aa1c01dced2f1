using Kanade.Models;

namespace Kanade.Training;

/// <summary>The pretraining of the text aligner.</summary>
/// <param name="Run">How long, how fast.</param>
/// <param name="Aligner">Sizes.</param>
/// <param name="Dataset">Folder of the dataset.</param>
/// <param name="Out">Run folder.</param>
/// <param name="MaskProbability">How many tokens are hidden from the decoder, in training only, so that it has to listen.</param>
/// <param name="CtcWeight">Weight of the CTC loss.</param>
/// <param name="TokenWeight">Weight of the decoder's cross-entropy.</param>
/// <param name="DiagonalWeight">Weight of the guided attention.</param>
public sealed record AlignerStageConfig(
    RunConfig Run,
    AlignerConfig Aligner,
    string? Dataset = null,
    string? Out = null,
    double MaskProbability = 0.1,
    double CtcWeight = 1,
    double TokenWeight = 1,
    double DiagonalWeight = 1) : IStageConfig<AlignerStageConfig>
{
    /// <summary>What contradicts itself, by key.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        if (!(MaskProbability is >= 0 and < 1))
            yield return (nameof(MaskProbability), "must lie in [0, 1)");
    }

    /// <inheritdoc/>
    public static string Stage => AlignerStage.Name;

    /// <inheritdoc/>
    public static IReadOnlyList<StagePath<AlignerStageConfig>> Paths { get; } =
    [
        new("dataset", "The dataset", c => c.Dataset, (c, path) => c with { Dataset = path }),
    ];

    /// <inheritdoc/>
    public AlignerStageConfig WithRun(RunConfig run) => this with { Run = run };

    /// <inheritdoc/>
    public AlignerStageConfig WithOut(string? folder) => this with { Out = folder };
}
