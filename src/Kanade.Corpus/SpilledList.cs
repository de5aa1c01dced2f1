using System.Collections;

namespace Kanade.Corpus;

/// <summary>How a row is written to a file and read from it.</summary>
readonly record struct RowFormat<T>(Action<BinaryWriter, T> Write, Func<BinaryReader, T> Read);

/// <summary>A list that may grow without end: memory holds its last rows, a file without a name the others. It is read from its beginning, as often as one likes.</summary>
/// <param name="folder">On whose disk.</param>
/// <param name="format">Of a row.</param>
/// <param name="order">Null for the order in which rows were added; else each reading merges runs that were sorted one by one.</param>
/// <param name="held">Rows in memory.</param>
sealed class SpilledList<T>(string folder, RowFormat<T> format, IComparer<T>? order = null, int held = 1 << 14) : IReadOnlyCollection<T>, IDisposable
{
    readonly List<T> _last = [];
    readonly List<(long Start, long End)> _runs = [];
    SpillFile? _file;
    bool _isSorted = true;

    /// <summary>Rows in all.</summary>
    public int Count { get; private set; }

    internal void Add(T row)
    {
        if (_last.Count == held)
            Spill();
        _last.Add(row);
        Count++;
        _isSorted = false;
    }

    internal void AddRange(IEnumerable<T> rows)
    {
        foreach (var row in rows)
            Add(row);
    }

    void Spill()
    {
        Sort();
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        foreach (var row in _last)
            format.Write(writer, row);
        _file ??= new(folder);
        _runs.Add((_file.Length, _file.Length + bytes.Length));
        _file.Append(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
        _last.Clear();
    }

    void Sort()
    {
        if (order is not null && !_isSorted)
            _last.Sort(order);
        _isSorted = true;
    }

    public IEnumerator<T> GetEnumerator()
    {
        Sort();
        var runs = _runs.Select(r => Run(r.Start, r.End)).Append(_last);
        return (order is null ? runs.SelectMany(r => r) : Merged([.. runs])).GetEnumerator();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    IEnumerable<T> Run(long start, long end)
    {
        using var reader = _file!.Open(start, end);
        for (var left = held; left > 0; left--)
            yield return format.Read(reader);
    }

    /// <summary>Of equal rows, those of the earlier run first.</summary>
    IEnumerable<T> Merged(IReadOnlyList<IEnumerable<T>> runs)
    {
        var heads = runs.Select(r => r.GetEnumerator()).ToList();
        try
        {
            var next = new PriorityQueue<int, (T Row, int Run)>(Comparer<(T Row, int Run)>.Create((a, b) =>
                order!.Compare(a.Row, b.Row) is not 0 and var byRow ? byRow : a.Run.CompareTo(b.Run)));
            for (var run = 0; run < heads.Count; run++)
                if (heads[run].MoveNext())
                    next.Enqueue(run, (heads[run].Current, run));
            while (next.TryPeek(out var run, out var head))
            {
                yield return head.Row;
                if (heads[run].MoveNext())
                    next.DequeueEnqueue(run, (heads[run].Current, run));
                else
                    next.Dequeue();
            }
        }
        finally
        {
            heads.ForEach(h => h.Dispose());
        }
    }

    public void Dispose() => _file?.Dispose();
}
