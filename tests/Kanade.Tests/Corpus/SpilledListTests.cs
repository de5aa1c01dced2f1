using CsCheck;
using Kanade.Corpus;

namespace Kanade.Tests.Corpus;

public sealed class SpilledListTests : IDisposable
{
    static readonly RowFormat<(string Name, int Number)> Format = new(
        (writer, row) =>
        {
            writer.Write(row.Name);
            writer.Write(row.Number);
        },
        reader => (reader.ReadString(), reader.ReadInt32()));

    static readonly IComparer<(string Name, int Number)> ByName = Comparer<(string Name, int Number)>.Create((a, b) => string.CompareOrdinal(a.Name, b.Name));

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_list_that_spills_holds_what_was_added_in_its_order_however_often_it_is_read() =>
        Gen.Select(Gen.String.Array[0, 50], Gen.Int[1, 9]).Sample((names, held) =>
        {
            using var list = new SpilledList<(string, int)>(_folder.Path, Format, held: held);
            list.AddRange(names.Select((n, i) => (n, i)));
            Assert.Equal(names.Select((n, i) => (n, i)), list);
            Assert.Equal(names.Length, list.Count(_ => true));
        }, iter: 50, threads: 1);

    [Fact]
    public void An_ordered_list_that_spills_is_sorted_and_takes_more_after_it_was_read() =>
        Gen.Select(Gen.String[Gen.Char['a', 'c'], 0, 3].Array[0, 50], Gen.Int[1, 9]).Sample((names, held) =>
        {
            using var list = new SpilledList<(string Name, int Number)>(_folder.Path, Format, ByName, held);
            foreach (var (i, name) in names.Index())
            {
                list.Add((name, i));
                if (i % 7 == 0)
                    Assert.Equal(i + 1, list.Count(_ => true));
            }
            Assert.Equal(names.Order(StringComparer.Ordinal), list.Select(r => r.Name));
            Assert.Equal(Enumerable.Range(0, names.Length), list.Select(r => r.Number).Order());
        }, iter: 50, threads: 1);

    [Fact]
    public void Nothing_of_what_was_spilled_has_a_name_on_the_disk()
    {
        using var list = new SpilledList<(string, int)>(_folder.Path, Format, held: 2);
        list.AddRange(Enumerable.Range(0, 10).Select(i => ("a", i)));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }
}
