using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Torch;

/// <summary>
/// The processes that train one network together. Every member is a collective: all processes call the same ones in the same order, each
/// from one thread, and each comes back when all have called. What comes back is the same to the last bit everywhere.
/// </summary>
public interface IProcessGroup : IDisposable
{
    /// <summary>This process, from 0.</summary>
    int Rank { get; }

    /// <summary>How many.</summary>
    int World { get; }

    /// <summary>Replaces each value by the sum over the processes.</summary>
    /// <param name="values">float32 or float64, contiguous, of the same shape everywhere.</param>
    void Sum(Tensor values);

    /// <summary>Replaces each value by the sum over the processes.</summary>
    /// <param name="values">As many everywhere.</param>
    void Sum(Span<double> values);

    /// <summary>Gives every process the tensor of rank 0.</summary>
    /// <param name="values">Contiguous, of the same type and shape everywhere.</param>
    void Broadcast(Tensor values);

    /// <summary>Gives every process what each has to say, in the order of ranks.</summary>
    /// <param name="own">Of any length.</param>
    IReadOnlyList<byte[]> Gather(ReadOnlySpan<byte> own);

    /// <summary>Waits for all.</summary>
    void Barrier();

    /// <summary>Ends every process at once, for one that failed: the others would wait for it forever. No collective, and nothing where the group
    /// has ended already.</summary>
    /// <param name="exitCode">What the launcher tells its caller.</param>
    void Abort(int exitCode);
}

/// <summary>What is asked of a group again and again.</summary>
public static class ProcessGroupQuestions
{
    /// <summary>Whether it is so in any process.</summary>
    public static bool Any(this IProcessGroup group, bool own) => group.Mean(own ? 1 : 0) > 0;

    /// <summary>The mean over the processes.</summary>
    public static double Mean(this IProcessGroup group, double own)
    {
        Span<double> value = [own];
        group.Sum(value);
        return value[0] / group.World;
    }

    /// <summary>The number, in the whole batch, of a row of this process's part of it: every <see cref="IProcessGroup.World"/>th row from its own rank on.</summary>
    public static int RowOf(this IProcessGroup group, int row) => group.Rank + row * group.World;

    /// <summary>This process's rows of a tensor that is the whole batch's.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="whole">(B, …) of the whole batch.</param>
    /// <returns>(B / World, …)</returns>
    public static Tensor Rows(this IProcessGroup group, Tensor whole) =>
        group.World == 1 ? whole : whole.slice(0, group.Rank, whole.shape[0], group.World);
}
