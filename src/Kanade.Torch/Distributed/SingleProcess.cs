using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Torch;

/// <summary>A group of one: nothing to wait for, nothing to send.</summary>
public sealed class SingleProcess : IProcessGroup
{
    /// <summary>The only one.</summary>
    public static readonly SingleProcess Instance = new();

    SingleProcess() { }

    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int World => 1;

    /// <inheritdoc/>
    public void Sum(Tensor values) { }

    /// <inheritdoc/>
    public void Sum(Span<double> values) { }

    /// <inheritdoc/>
    public void Broadcast(Tensor values) { }

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> Gather(ReadOnlySpan<byte> own) => [own.ToArray()];

    /// <inheritdoc/>
    public void Barrier() { }

    /// <inheritdoc/>
    public void Abort(int exitCode) { }

    /// <inheritdoc/>
    public void Dispose() { }
}
