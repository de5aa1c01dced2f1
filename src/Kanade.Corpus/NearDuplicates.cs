namespace Kanade.Corpus;

/// <summary>Groups texts that are nearly the same: those that begin or end alike and differ by at most an eighth of their letters.</summary>
static class NearDuplicates
{
    /// <summary>Shorter texts have neighbours by chance, as words do: only the same text is the same.</summary>
    const int ShortestText = 12;

    /// <summary>Texts of a corpus that share a beginning are compared with so many that follow them in order.</summary>
    const int Neighbours = 16;

    /// <summary>For each text the place of the first text of its group.</summary>
    /// <param name="texts">All different, in ordinal order.</param>
    internal static int[] Groups(IReadOnlyList<string> texts)
    {
        var parent = Enumerable.Range(0, texts.Count).ToArray();
        foreach (var reversed in new[] { false, true })
        {
            // Texts with the same beginning (or, read backwards, end) stand next to each other.
            var order = Enumerable.Range(0, texts.Count).Where(i => texts[i].Length >= ShortestText).ToArray();
            var keys = Array.ConvertAll(order, i => reversed ? Reversed(texts[i]) : texts[i]);
            Array.Sort(keys, order, StringComparer.Ordinal);
            for (var i = 0; i < order.Length; i++)
                for (var j = i + 1; j < Math.Min(order.Length, i + 1 + Neighbours) && SharedStart(keys[i], keys[j]) >= Math.Min(keys[i].Length, keys[j].Length) / 2; j++)
                    if (AreNear(keys[i], keys[j]))
                        Join(order[i], order[j]);
        }
        return [.. Enumerable.Range(0, parent.Length).Select(Root)];

        int Root(int i)
        {
            while (parent[i] != i)
                i = parent[i] = parent[parent[i]];
            return i;
        }

        void Join(int a, int b)
        {
            (a, b) = (Root(a), Root(b));
            parent[Math.Max(a, b)] = Math.Min(a, b);
        }
    }

    static int SharedStart(string a, string b) => a.AsSpan().CommonPrefixLength(b);

    /// <summary>Whether so few letters have to be changed, added or left out to make one of the other.</summary>
    static bool AreNear(string a, string b)
    {
        var most = Math.Max(a.Length, b.Length) / 8;
        if (Math.Abs(a.Length - b.Length) > most)
            return false;
        var shared = SharedStart(a, b);
        ReadOnlySpan<char> left = a.AsSpan(shared), right = b.AsSpan(shared);
        // Levenshtein's table, a row at a time.
        Span<int> row = right.Length < 256 ? stackalloc int[right.Length + 1] : new int[right.Length + 1];
        for (var j = 0; j < row.Length; j++)
            row[j] = j;
        for (var i = 1; i <= left.Length; i++)
        {
            var (diagonal, least) = (row[0], row[0] = i);
            for (var j = 1; j < row.Length; j++)
            {
                var cost = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (left[i - 1] == right[j - 1] ? 0 : 1));
                (diagonal, row[j]) = (row[j], cost);
                least = Math.Min(least, cost);
            }
            if (least > most)
                return false;
        }
        return row[^1] <= most;
    }

    static string Reversed(string text)
    {
        var letters = text.ToCharArray();
        Array.Reverse(letters);
        return new(letters);
    }
}
