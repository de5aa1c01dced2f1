using Kanade.Corpus;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>A sequence of symbols with pads at both ends.</summary>
/// <param name="Name">Of its first text, for the log.</param>
/// <param name="Symbols">Ids, with the bits of <see cref="PhonemeShard"/> that say where words are.</param>
/// <param name="Graphemes">For each symbol the place of its word in the vocabulary, -1 where there is none.</param>
public sealed record TextRow(string Name, ushort[] Symbols, int[] Graphemes);

/// <summary>Some sequences as padded tensors, which it owns: a process's part of a batch.</summary>
/// <param name="Rows">Without padding; none where a batch has fewer rows than there are processes.</param>
/// <param name="Ids">(B, T) int64.</param>
/// <param name="Keep">(B, T) int64, 1 where there is a symbol.</param>
/// <param name="Count">Symbols in the whole batch, pads at the ends included.</param>
public sealed record TextBatch(IReadOnlyList<TextRow> Rows, Tensor Ids, Tensor Keep, int Count) : IDisposable
{
    /// <summary>T, the longest row of the whole batch.</summary>
    public int Width => (int)Ids.shape[1];

    /// <summary>A whole batch.</summary>
    internal static TextBatch Of(IReadOnlyList<TextRow> rows) => Of(rows, rows.Max(r => r.Symbols.Length), rows.Sum(r => r.Symbols.Length));

    /// <summary>A part of a batch.</summary>
    /// <param name="rows">The part.</param>
    /// <param name="width">Of the longest row of the whole.</param>
    /// <param name="count">Symbols of the whole.</param>
    internal static TextBatch Of(IReadOnlyList<TextRow> rows, int width, int count)
    {
        using var scope = NewDisposeScope();
        var (ids, keep) = (new long[rows.Count * width], new long[rows.Count * width]);
        for (var row = 0; row < rows.Count; row++)
        {
            for (var i = 0; i < rows[row].Symbols.Length; i++)
                (ids[row * width + i], keep[row * width + i]) = (rows[row].Symbols[i] & PhonemeShard.IdBits, 1);
        }
        return new TextBatch(rows, tensor(ids, [rows.Count, width]).DetachFromDisposeScope(), tensor(keep, [rows.Count, width]).DetachFromDisposeScope(), count);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Ids.Dispose();
        Keep.Dispose();
    }
}
