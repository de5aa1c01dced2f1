namespace Kanade.Models;

/// <summary>Sizes of the waveform discriminators; the defaults are the original's.</summary>
/// <param name="Periods">Of the multi-period discriminator, in samples.</param>
/// <param name="PeriodChannels">Channels of its layers.</param>
/// <param name="SpectrumChannels">Channels of the multi-resolution discriminator.</param>
/// <param name="JudgedSeconds">How long a piece of each decoded wave they judge in a step; null all of it.</param>
public sealed record DiscriminatorConfig(
    IReadOnlyList<int>? Periods = null, IReadOnlyList<int>? PeriodChannels = null, int SpectrumChannels = 32, double? JudgedSeconds = null)
{
    /// <summary>What the multi-resolution discriminator and the spectral loss look through; in samples, the same at every sample rate.</summary>
    public static readonly IReadOnlyList<SpectrumResolution> Resolutions = [new(1024, 120, 600), new(2048, 240, 1200), new(512, 50, 240)];

    /// <summary>The multi-period discriminator of these sizes.</summary>
    public MultiPeriodDiscriminator BuildPeriods() => new(Periods ?? [2, 3, 5, 7, 11], PeriodChannels ?? [32, 128, 512, 1024, 1024]);

    /// <summary>The multi-resolution discriminator of these sizes.</summary>
    public MultiResolutionDiscriminator BuildSpectra() => new(Resolutions, SpectrumChannels);

    /// <summary>What contradicts itself, by key.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        if (Periods is { } periods && (periods.Count == 0 || periods.Any(p => p < 1)))
            yield return (nameof(Periods), "must be whole numbers of at least 1");
        if (PeriodChannels is { } channels && (channels.Count == 0 || channels.Any(c => c < 1)))
            yield return (nameof(PeriodChannels), "must be whole numbers of at least 1");
        if (JudgedSeconds is { } seconds && !(seconds >= 0.1))
            yield return (nameof(JudgedSeconds), "must be at least 0.1");
        if (SpectrumChannels < 1)
            yield return (nameof(SpectrumChannels), "must be at least 1");
    }
}
