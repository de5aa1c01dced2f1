using System.Collections;

namespace Kanade.Corpus;

/// <summary>The entries of a corpus by id, on the disk: memory holds where each begins. Reading is safe from several threads.</summary>
sealed class EntryList : IReadOnlyList<CorpusEntry>, IDisposable
{
    static readonly IComparer<CorpusEntry> ById = Comparer<CorpusEntry>.Create((a, b) => string.CompareOrdinal(a.Id, b.Id));

    static readonly RowFormat<CorpusEntry> Format = new(
        (writer, e) =>
        {
            foreach (var text in new[] { e.Id, e.Source, e.Root, e.Text, e.Symbols, e.Speaker, e.Style, e.Elsewhere ?? "", e.F0Path ?? "" })
                writer.Write(text);
            writer.Write(e.StartSeconds);
            writer.Write(e.EndSeconds ?? double.NaN);
        },
        r => new(r.ReadString(), r.ReadString(), r.ReadString(), r.ReadString(), r.ReadString(), r.ReadString(), r.ReadString(),
            Elsewhere: r.ReadString() is { Length: > 0 } path ? path : null, F0Path: r.ReadString() is { Length: > 0 } f0 ? f0 : null,
            StartSeconds: r.ReadDouble(), EndSeconds: r.ReadDouble() is var end && double.IsNaN(end) ? null : end));

    readonly SpillFile _file;
    readonly List<long> _ends = [];

    EntryList(string folder) => _file = new(folder);

    /// <summary>Entries in any order, as they are found; <see cref="Of"/> takes them.</summary>
    /// <param name="folder">On whose disk.</param>
    internal static SpilledList<CorpusEntry> Unordered(string folder) => new(folder, Format, ById);

    /// <param name="folder">On whose disk.</param>
    /// <param name="entries">Ordered by id when they are enumerated.</param>
    internal static EntryList Of(string folder, SpilledList<CorpusEntry> entries)
    {
        var list = new EntryList(folder);
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        foreach (var entry in entries)
        {
            Format.Write(writer, entry);
            list._ends.Add(list._file.Length + bytes.Length);
            if (bytes.Length >= 1 << 18)
                Append();
        }
        Append();
        return list;

        void Append()
        {
            list._file.Append(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
            bytes.SetLength(0);
        }
    }

    public int Count => _ends.Count;

    public CorpusEntry this[int index]
    {
        get
        {
            using var reader = _file.Open(index == 0 ? 0 : _ends[index - 1], _ends[index]);
            return Format.Read(reader);
        }
    }

    public IEnumerator<CorpusEntry> GetEnumerator()
    {
        using var reader = _file.Open(0, _file.Length);
        for (var left = Count; left > 0; left--)
            yield return Format.Read(reader);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose() => _file.Dispose();
}
