using Kanade.Torch;

namespace Kanade.Training;

/// <summary>Why a step is skipped, in words: what was not finite, and the utterances of the processes in which it was not.</summary>
static class SkipReason
{
    /// <summary>The same in every process.</summary>
    /// <param name="group">The processes, all of which skip.</param>
    /// <param name="losses">This process's.</param>
    /// <param name="utterances">This process's.</param>
    /// <param name="gradients">Tells whether this process's gradient was the bad one; null in one process, whose gradient it must have been.</param>
    public static string Of(IProcessGroup group, LossTerms losses, IReadOnlyList<string> utterances, GradientAverage? gradients)
    {
        var bad = losses.Values().Where(v => !float.IsFinite(v.Value)).Select(v => v.Key).ToArray();
        var what = bad.Length > 0 ? string.Join(", ", bad) : "the gradient is";
        if (group.World == 1)
            return $"{what} not finite; utterances {string.Join(", ", utterances)}";
        var own = bad.Length == 0 && gradients is { OwnWasFinite: true } ? "" : $"in rank {group.Rank} {what} not finite; utterances {string.Join(", ", utterances)}";
        var said = group.Gather(own).Where(reason => reason.Length > 0).ToArray();
        return said.Length > 0 ? string.Join("; ", said) : "the sum of the processes' gradients is not finite";
    }
}
