namespace Kanade.Corpus;

/// <summary>Groups texts that are nearly the same: those that begin or end alike and differ by at most an eighth of their letters.</summary>
static class NearDuplicates
{
    /// <summary>Shorter texts have neighbours by chance, as words do: only the same text is the same.</summary>
    const int ShortestText = 12;

    /// <summary>Texts of a corpus that share a beginning are compared with so many that follow them in order.</summary>
    const int Neighbours = 16;

    static readonly IComparer<(string Key, int Text)> ByKey = Comparer<(string Key, int Text)>.Create((a, b) => string.CompareOrdinal(a.Key, b.Key));

    static readonly RowFormat<(string Key, int Text)> Format = new(
        (writer, row) =>
        {
            writer.Write(row.Key);
            writer.Write(row.Text);
        },
        reader => (reader.ReadString(), reader.ReadInt32()));

    /// <summary>For each text the place of the first text of its group.</summary>
    /// <param name="texts">All different, in ordinal order.</param>
    /// <param name="folder">On whose disk texts are sorted that are too many for the memory.</param>
    internal static int[] Groups(IEnumerable<string> texts, string folder)
    {
        var parent = new List<int>();
        // Texts with the same beginning (or, read backwards, end) stand next to each other.
        using var backwards = new SpilledList<(string Key, int Text)>(folder, Format, ByKey);
        Join(Forwards(), parent);
        Join(backwards, parent);
        for (var i = 0; i < parent.Count; i++)
            parent[i] = Root(parent, i);
        return [.. parent];

        IEnumerable<(string Key, int Text)> Forwards()
        {
            foreach (var text in texts)
            {
                parent.Add(parent.Count);
                if (text.Length < ShortestText)
                    continue;
                backwards.Add((Reversed(text), parent.Count - 1));
                yield return (text, parent.Count - 1);
            }
        }
    }

    /// <summary>Compares each text with those that follow it for as long as they share a beginning.</summary>
    static void Join(IEnumerable<(string Key, int Text)> ordered, List<int> parent)
    {
        var before = new List<(string Key, int Text, int Compared)>();
        foreach (var (key, text) in ordered)
        {
            before.RemoveAll(b => b.Compared == Neighbours || SharedStart(b.Key, key) < Math.Min(b.Key.Length, key.Length) / 2);
            foreach (ref var other in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(before))
            {
                other.Compared++;
                if (!AreNear(other.Key, key))
                    continue;
                var (a, b) = (Root(parent, other.Text), Root(parent, text));
                parent[Math.Max(a, b)] = Math.Min(a, b);
            }
            before.Add((key, text, 0));
        }
    }

    static int Root(List<int> parent, int i)
    {
        while (parent[i] != i)
            i = parent[i] = parent[parent[i]];
        return i;
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
