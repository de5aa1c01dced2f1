namespace Kanade.Training;

/// <summary>A stretch of a text.</summary>
/// <param name="Row">Which text.</param>
/// <param name="Start">From which symbol.</param>
/// <param name="Length">How many.</param>
readonly record struct TextPiece(int Row, int Start, int Length);

/// <summary>Packs texts into sequences: pad, texts with a gap between them, pad, as one utterance of several sentences is written.</summary>
static class TextPacking
{
    /// <summary>Pads at both ends.</summary>
    public const int Ends = 2;

    /// <param name="lengths">Symbols of each text, without pads.</param>
    /// <param name="capacity">Symbols that a sequence is filled up to, pads included. A longer text has a sequence of its own.</param>
    /// <param name="longest">Symbols that no sequence exceeds: texts are cut there.</param>
    /// <returns>Sequences of pieces; every symbol of every text is in just one, in the order of the texts.</returns>
    public static List<TextPiece[]> Pack(IReadOnlyList<int> lengths, int capacity, int longest)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(longest, Ends);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, longest);
        var (sequences, open, filled) = (new List<TextPiece[]>(), new List<TextPiece>(), Ends);
        for (var row = 0; row < lengths.Count; row++)
        {
            for (var start = 0; start < lengths[row];)
            {
                var length = Math.Min(lengths[row] - start, longest - Ends);
                var gap = open.Count > 0 ? 1 : 0;
                if (open.Count > 0 && filled + gap + length > capacity)
                {
                    Close();
                    gap = 0;
                }
                open.Add(new TextPiece(row, start, length));
                filled += gap + length;
                start += length;
            }
        }
        if (open.Count > 0)
            Close();
        return sequences;

        void Close()
        {
            sequences.Add([.. open]);
            open.Clear();
            filled = Ends;
        }
    }

    /// <summary>
    /// Puts sequences of like length together, as many as fit into so many cells with the padding to the longest of them; one at least. Mixed with longer ones, short
    /// sequences would be half padding.
    /// </summary>
    /// <param name="sequences">In a drawn order, which those of one length keep.</param>
    /// <param name="lengthOf">Cells that a sequence fills.</param>
    /// <param name="cells">Of a group: sequences times the longest.</param>
    public static IEnumerable<T[]> Alike<T>(IEnumerable<T> sequences, Func<T, int> lengthOf, int cells)
    {
        var group = new List<T>();
        foreach (var sequence in sequences.OrderBy(lengthOf))
        {
            if (group.Count > 0 && (group.Count + 1) * lengthOf(sequence) > cells)
            {
                yield return [.. group];
                group.Clear();
            }
            group.Add(sequence);
        }
        if (group.Count > 0)
            yield return [.. group];
    }
}
