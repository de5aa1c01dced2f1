namespace Kanade.Cli;

/// <summary>What somebody may have meant: the name with the fewest letters to change, if few enough.</summary>
static class NearestName
{
    public static string? In(IEnumerable<string> names, string written) => names
        .Select(name => (Name: name, Changes: Distance(name, written)))
        .Where(candidate => candidate.Changes <= Math.Max(2, candidate.Name.Length / 3))
        .OrderBy(candidate => candidate.Changes)
        .Select(candidate => candidate.Name)
        .FirstOrDefault();

    /// <summary>Insertions, deletions, replacements and swaps of neighbours that turn one into the other (optimal string alignment).</summary>
    internal static int Distance(string a, string b)
    {
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    table[i, j] = i + j;
                    continue;
                }
                var best = Math.Min(table[i - 1, j], table[i, j - 1]) + 1;
                best = Math.Min(best, table[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    best = Math.Min(best, table[i - 2, j - 2] + 1);
                table[i, j] = best;
            }
        }
        return table[a.Length, b.Length];
    }
}
