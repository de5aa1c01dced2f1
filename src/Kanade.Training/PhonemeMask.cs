namespace Kanade.Training;

/// <summary>Which phonemes PL-BERT has to guess: spans of geometric length, as SpanBERT (Joshi et al. 2020) draws them.</summary>
static class PhonemeMask
{
    /// <summary>The symbol that stands for a hidden phoneme: 'M' of the table, which no Japanese phoneme is written with.</summary>
    public const long Symbol = 29;

    /// <param name="rows">The texts, without padding.</param>
    /// <param name="probability">How many symbols are hidden; at least one a text.</param>
    /// <param name="meanLength">Mean length of a span.</param>
    /// <param name="random">Draws places and lengths.</param>
    /// <returns>Row by row over the longest text's length: true where hidden. The padding symbols at both ends never are.</returns>
    public static bool[] Spans(IReadOnlyList<int[]> rows, double probability, double meanLength, Random random)
    {
        var width = rows.Max(r => r.Length);
        var hidden = new bool[rows.Count * width];
        for (var row = 0; row < rows.Count; row++)
        {
            var inside = rows[row].Length - 2;
            if (inside < 1)
                throw new ArgumentException($"row {row} has no symbol between its ends", nameof(rows));
            var wanted = Math.Max(1, (int)Math.Round(probability * inside));
            for (var count = 0; count < wanted;)
            {
                var start = random.Next(inside);
                for (var at = start; at < inside && count < wanted; at++)
                {
                    ref var cell = ref hidden[row * width + 1 + at];
                    count += cell ? 0 : 1;
                    cell = true;
                    if (random.NextDouble() < 1 / meanLength)
                        break;
                }
            }
        }
        return hidden;
    }
}
