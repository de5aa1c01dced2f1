using static TorchSharp.torch;

namespace Kanade.Corpus;

/// <summary>For each row of a batch another recording of its speaker, never the row itself: what tells the style diffusion whose voice it is. Padded with 0.
/// A recording longer than <see cref="LongestSeconds"/> is cut to its first so many, so that memory stays bounded.</summary>
/// <remarks>Which one is a draw by seed, epoch, number of the batch, row and utterance: the same however many processes share the batch, another one in another epoch.</remarks>
/// <param name="Samples">(B, N') float32, full scale ±1; N' is that of the longest of the whole batch.</param>
/// <param name="FrameLengths">(B) int64, mel frames; even, so that they are whole aligner frames, and never 0. The samples are exactly so many hops.</param>
/// <param name="Present">(B) bool. False where the speaker has no other recording: the row is then silence as long as the utterance, which is to be masked.</param>
public sealed record ReferenceSound(Tensor Samples, Tensor FrameLengths, Tensor Present) : IDisposable
{
    /// <summary>What is heard of a recording.</summary>
    public const double LongestSeconds = 6;

    /// <inheritdoc/>
    public void Dispose()
    {
        Samples.Dispose();
        FrameLengths.Dispose();
        Present.Dispose();
    }
}

/// <summary>The references of a process's part of a batch before they are tensors.</summary>
sealed class ReferenceArrays
{
    /// <param name="batch">The whole batch.</param>
    /// <param name="own">What this process takes of it, and in which rows it stands.</param>
    /// <param name="references">Where they come from.</param>
    /// <param name="place">Epoch and number of the batch, hashed.</param>
    internal ReferenceArrays(IReadOnlyList<Utterance> batch, IReadOnlyList<(int Row, Utterance Utterance)> own, SpeakerReferences references, ulong place)
    {
        var drawn = own.Select(o => references.Read(o.Utterance, place, o.Row)).ToArray();
        (FrameLengths, Present) = (new long[own.Count], new bool[own.Count]);
        for (var i = 0; i < own.Count; i++)
        {
            Present[i] = drawn[i] is not null;
            FrameLengths[i] = drawn[i] is { } samples ? samples.Length / references.HopLength : references.Heard(own[i].Utterance);
        }
        // The others' are not read; one that was drawn again as it is not finite may be longer than what was drawn first.
        var longest = Math.Max(FrameLengths.Max(), batch.Select((u, row) => (long)references.Heard(references.Draw(u, place, row) ?? u)).Max());
        Samples = new float[own.Count * longest * references.HopLength];
        for (var i = 0; i < own.Count; i++)
            drawn[i]?.CopyTo(Samples, i * longest * references.HopLength);
    }

    internal float[] Samples { get; }

    internal long[] FrameLengths { get; }

    internal bool[] Present { get; }

    internal ReferenceSound ToTensors()
    {
        var count = Present.Length;
        using var scope = NewDisposeScope();
        return new(
            tensor(Samples, [count, Samples.Length / count]).DetachFromDisposeScope(), tensor(FrameLengths).DetachFromDisposeScope(),
            tensor(Present).DetachFromDisposeScope());
    }
}
