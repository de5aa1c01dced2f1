namespace Kanade.Training;

/// <summary>In what the networks compute; weights, losses and the optimiser are float32 in both.</summary>
public enum Precision
{
    /// <summary>float32.</summary>
    Fp32,

    /// <summary>bfloat16 by autocast: products and convolutions.</summary>
    Bf16,
}

/// <summary>What every stage is told about its run.</summary>
/// <param name="Steps">How many optimiser steps the stage has.</param>
/// <param name="BatchSize">Utterances a step, over all processes.</param>
/// <param name="LearningRate">The highest.</param>
/// <param name="WarmupSteps">Steps over which the rate rises from 0.</param>
/// <param name="FinalRate">The rate at the last step as a part of <paramref name="LearningRate"/>; a half cosine leads there.</param>
/// <param name="ClipNorm">Largest norm of a step's gradient, for each network of the two stages, for all together in pretraining; larger
/// ones are scaled down. Null: any.</param>
/// <param name="Precision">float32 or bfloat16.</param>
/// <param name="Seed">Of everything drawn in the run.</param>
/// <param name="LogEvery">Steps between two lines of the log.</param>
/// <param name="ValidateEvery">Steps between two validations.</param>
/// <param name="SaveEvery">Steps between two checkpoints.</param>
/// <param name="Keep">Checkpoints kept besides the best.</param>
/// <param name="Patience">Validations in a row without a better score after which the run ends early; null never.</param>
/// <param name="LongestSeconds">Longer utterances are left out: one of ten minutes would take the memory of a whole run.</param>
/// <param name="LeastConfidence">Utterances whose sound fits their text worse (0 to 1, as <c>kanade align --score</c> found; those it did
/// not score stay) are left out; null none.</param>
/// <param name="MaximumSkips">Steps in a row that may be skipped for a loss or gradient that is not finite before the run gives up.</param>
/// <param name="ClipQuantile">Also scaled down is a gradient whose norm exceeds this quantile (0 to 1) of those of the last 500 steps;
/// null: none is.</param>
/// <param name="Accumulate">Batches whose gradients are added up in a step.</param>
/// <param name="AverageDecay">How much of the weights' moving average (EMA) stays at every step, for example 0.999; the average is what is
/// validated and exported. Null: the weights themselves are.</param>
/// <param name="Balance">How much is done against rare pairs of speaker and style being heard seldom: 0 takes each utterance once an epoch,
/// 1 each pair equally often.</param>
public sealed record RunConfig(
    long Steps,
    int BatchSize = 8,
    double LearningRate = 1e-4,
    long WarmupSteps = 0,
    double FinalRate = 1,
    double? ClipNorm = 5,
    Precision Precision = Precision.Fp32,
    long Seed = 1,
    int LogEvery = 10,
    int ValidateEvery = 500,
    int SaveEvery = 500,
    int Keep = 2,
    int? Patience = null,
    double LongestSeconds = 30,
    double? LeastConfidence = null,
    int MaximumSkips = 20,
    double? ClipQuantile = null,
    int Accumulate = 1,
    double? AverageDecay = null,
    double Balance = 0)
{
    /// <summary>What contradicts itself, by key.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        if (Steps < 1)
            yield return (nameof(Steps), "must be at least 1");
        if (BatchSize < 1)
            yield return (nameof(BatchSize), "must be at least 1");
        if (!(LearningRate > 0))
            yield return (nameof(LearningRate), "must be above 0");
        if (WarmupSteps < 0 || WarmupSteps > Steps)
            yield return (nameof(WarmupSteps), "must lie between 0 and steps");
        if (!(FinalRate is >= 0 and <= 1))
            yield return (nameof(FinalRate), "must lie between 0 and 1");
        if (ClipNorm is { } norm && !(norm is > 0 and <= 1e6))
            yield return (nameof(ClipNorm), "must lie between 0 and 1e6, or be null");
        if (ClipQuantile is { } quantile && !(quantile is > 0 and <= 1))
            yield return (nameof(ClipQuantile), "must lie between 0 and 1, or be null");
        if (AverageDecay is { } decay && !(decay is > 0 and < 1))
            yield return (nameof(AverageDecay), "must lie between 0 and 1, or be null");
        if (!(LongestSeconds > 0))
            yield return (nameof(LongestSeconds), "must be above 0");
        if (LeastConfidence is not (null or (>= 0 and <= 1)))
            yield return (nameof(LeastConfidence), "must lie between 0 and 1");
        if (!(Balance is >= 0 and <= 1))
            yield return (nameof(Balance), "must lie between 0 and 1");
        foreach (var (key, value) in new[]
        {
            (nameof(LogEvery), LogEvery), (nameof(ValidateEvery), ValidateEvery), (nameof(SaveEvery), SaveEvery), (nameof(Keep), Keep),
            (nameof(Patience), Patience ?? 1),
            (nameof(MaximumSkips), MaximumSkips), (nameof(Accumulate), Accumulate),
        })
        {
            if (value < 1)
                yield return (key, "must be at least 1");
        }
    }

    /// <summary>The learning rate as a pure function of the step: a resumed run needs no scheduler's state.</summary>
    /// <param name="step">From 0.</param>
    /// <param name="peak">The highest rate; <see cref="LearningRate"/> where a network has no rate of its own.</param>
    /// <param name="from">The step in which its phase begins: the rate rises from there, since its moments are empty.</param>
    public double RateAt(long step, double peak, long from = 0)
    {
        if (from > 0 && step - from < WarmupSteps)
            peak *= (step - from + 1.0) / WarmupSteps;
        if (step < WarmupSteps)
            return peak * (step + 1) / WarmupSteps;
        var progress = Steps - WarmupSteps <= 1 ? 0 : (double)(step - WarmupSteps) / (Steps - WarmupSteps - 1);
        return peak * (FinalRate + (1 - FinalRate) * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(progress, 1))));
    }
}
