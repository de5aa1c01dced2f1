using Kanade.Text;

namespace Kanade.Training;

/// <summary>How many aligner frames (two mel frames; 25 ms at 24 kHz) each symbol of a text lasts, by the recogniser's path.</summary>
/// <remarks>Two sounds meet where <see cref="SpeechAligner"/> lets them, rounded to whole frames. As it does, accents and gaps belong to the sound before: they last no frame. The first pad has what is before
/// the first sound; the last sound ends a frame after it is last heard, and the last pad has what is left. Either pad may have none.</remarks>
public static class SymbolDurations
{
    /// <summary>A CTC frame is centred on the first of the two mel frames of a duration, so that it begins and ends a quarter of itself earlier.</summary>
    const double Early = 0.25;

    /// <summary>Frames that the last sound goes on after it is last heard: half of what two sounds may share.</summary>
    const int AfterLast = SpeechAligner.MostBetween / 2;

    /// <param name="ids">(T) the symbols, with the pad at both ends.</param>
    /// <param name="spans">(T) the first and the last frame in which each is heard (<see cref="Kanade.Models.CtcAlignment"/>).</param>
    /// <param name="frames">A, aligner frames of the utterance.</param>
    /// <returns>(T) aligner frames of each symbol: A together, none of a mark, at least one of every other symbol between the pads; null where there are fewer
    /// frames than that, or no symbol that lasts.</returns>
    public static int[]? Of(IReadOnlyList<int> ids, (int First, int Last)[] spans, int frames)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ids.Count, 2);
        ArgumentOutOfRangeException.ThrowIfNotEqual(spans.Length, ids.Count);
        ArgumentOutOfRangeException.ThrowIfNotEqual(ids[0], SymbolTable.Pad);
        ArgumentOutOfRangeException.ThrowIfNotEqual(ids[^1], SymbolTable.Pad);
        int[] lasting = [.. SymbolGroups.Of(SymbolTable.SymbolsOf(ids)).Where(g => g.Kind != SymbolKind.Mark).SelectMany(g => Enumerable.Range(g.Start + 1, g.Length))];
        if (lasting.Length == 0 || lasting.Length > frames)
            return null;
        var starts = new int[lasting.Length + 1];                                                               // of each that lasts, and of the last pad
        var before = -1;
        foreach (var (i, symbol) in lasting.Index())
        {
            var between = Math.Clamp(spans[symbol].First - before - 1, 0, SpeechAligner.MostBetween);
            starts[i] = (int)Math.Round(spans[symbol].First - between / 2.0 - Early);
            before = spans[symbol].Last;
        }
        starts[^1] = Math.Min(before + 1 + AfterLast, frames);
        // A path leaves every symbol its frame; what it does not count (a pad inside the text) takes one from its neighbours.
        for (var i = 1; i < starts.Length; i++)
            starts[i] = Math.Max(starts[i], starts[i - 1] + 1);
        starts[^1] = Math.Min(starts[^1], frames);
        for (var i = starts.Length - 2; i >= 0; i--)
            starts[i] = Math.Min(starts[i], starts[i + 1] - 1);
        var durations = new int[ids.Count];
        durations[0] = starts[0];
        durations[^1] = frames - starts[^1];
        foreach (var (i, symbol) in lasting.Index())
            durations[symbol] = starts[i + 1] - starts[i];
        return durations;
    }
}
