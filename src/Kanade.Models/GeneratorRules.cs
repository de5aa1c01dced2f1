namespace Kanade.Models;

/// <summary>What the sizes of both waveform generators must keep to.</summary>
static class GeneratorRules
{
    public static IEnumerable<(string Key, string Problem)> Check(
        int[] upsampleRates, int[] upsampleKernels, int[] residualKernels, int[][] residualDilations, int initialChannels)
    {
        if (upsampleRates.Length == 0 || upsampleRates.Any(rate => rate < 1))
            yield return ("UpsampleRates", "must be whole numbers from 1 up, at least one");
        if (upsampleKernels.Length != upsampleRates.Length)
            yield return ("UpsampleKernels", $"has {upsampleKernels.Length} values, upsample_rates has {upsampleRates.Length}");
        if (residualKernels.Length == 0 || residualKernels.Any(kernel => kernel % 2 == 0))
            yield return ("ResidualKernels", "must be odd numbers, at least one");
        if (residualDilations.Length != residualKernels.Length)
            yield return ("ResidualDilations", $"has {residualDilations.Length} lists, residual_kernels has {residualKernels.Length}");
        if (initialChannels % (1 << upsampleRates.Length) != 0 || initialChannels == 0)
            yield return ("InitialChannels", $"{initialChannels} cannot be halved {upsampleRates.Length} times");
    }

    /// <exception cref="ArgumentException">Anything is wrong.</exception>
    public static void Require(IEnumerable<(string Key, string Problem)> problems)
    {
        if (string.Join("; ", problems.Select(p => $"{p.Key}: {p.Problem}")) is { Length: > 0 } text)
            throw new ArgumentException(text);
    }
}
