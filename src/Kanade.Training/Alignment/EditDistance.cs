namespace Kanade.Training;

/// <summary>The cheapest way from one sequence to another by insertions, deletions and replacements, each at a cost of 1 (Levenshtein 1966).</summary>
public static class EditDistance
{
    /// <summary>How many steps it takes.</summary>
    public static int Of<T>(IReadOnlyList<T> from, IReadOnlyList<T> to) => Table(from, to)[from.Count, to.Count];

    /// <summary>Places that stand for each other and are equal, in order, along one cheapest way.</summary>
    public static IReadOnlyList<(int From, int To)> Matches<T>(IReadOnlyList<T> from, IReadOnlyList<T> to)
    {
        var table = Table(from, to);
        var matches = new List<(int, int)>();
        for (var (i, j) = (from.Count, to.Count); i > 0 && j > 0;)
        {
            var equal = Equal(from[i - 1], to[j - 1]);
            if (table[i, j] == table[i - 1, j - 1] + (equal ? 0 : 1))
            {
                (i, j) = (i - 1, j - 1);
                if (equal)
                    matches.Add((i, j));
            }
            else if (table[i, j] == table[i - 1, j] + 1)
            {
                i--;
            }
            else
            {
                j--;
            }
        }
        matches.Reverse();
        return matches;
    }

    static int[,] Table<T>(IReadOnlyList<T> from, IReadOnlyList<T> to)
    {
        var table = new int[from.Count + 1, to.Count + 1];
        for (var i = 0; i <= from.Count; i++)
        {
            for (var j = 0; j <= to.Count; j++)
            {
                table[i, j] = (i, j) switch
                {
                    (0, _) => j,
                    (_, 0) => i,
                    _ => Math.Min(
                        table[i - 1, j - 1] + (Equal(from[i - 1], to[j - 1]) ? 0 : 1), Math.Min(table[i - 1, j], table[i, j - 1]) + 1),
                };
            }
        }
        return table;
    }

    static bool Equal<T>(T a, T b) => EqualityComparer<T>.Default.Equals(a, b);
}
