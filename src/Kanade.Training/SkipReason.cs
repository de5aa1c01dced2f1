using Kanade.Torch;

namespace Kanade.Training;

/// <summary>Why a step is skipped, in words: what was not finite, and the utterances of the processes in which it was not.</summary>
static class SkipReason
{
    /// <summary>The same in every process.</summary>
    /// <param name="group">The processes, all of which skip.</param>
    /// <param name="losses">This process's.</param>
    /// <param name="utterances">This process's.</param>
    /// <param name="ownWasFinite">Whether this process's gradient was finite; asked where there are several.</param>
    public static string Of(IProcessGroup group, IReadOnlyDictionary<string, float> losses, IReadOnlyList<string> utterances,
        Func<bool> ownWasFinite)
    {
        var bad = losses.Where(v => !float.IsFinite(v.Value)).Select(v => v.Key).ToArray();
        var what = bad.Length > 0 ? string.Join(", ", bad) : "the gradient is";
        if (group.World == 1)
            return $"{what} not finite; utterances {string.Join(", ", utterances)}";
        var named = string.Join(", ", utterances);
        var own = bad.Length == 0 && ownWasFinite() ? "" : $"in rank {group.Rank} {what} not finite; utterances {named}";
        var said = group.Gather(own).Where(reason => reason.Length > 0).ToArray();
        return said.Length > 0 ? string.Join("; ", said) : "the sum of the processes' gradients is not finite";
    }
}
