using System.Text.Json;
using Kanade.Text;

namespace Kanade.Tests.Text;

public class SymbolTableTests
{
    static readonly JsonElement Original = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Goldens", "symbols.json"))).RootElement;

    [Fact]
    public void Ids_are_those_of_the_original_table()
    {
        Assert.Equal(Original.GetProperty("n_symbols").GetInt32(), SymbolTable.Count);
        foreach (var entry in Original.GetProperty("index").EnumerateObject())
            Assert.Equal(entry.Value.GetInt32(), SymbolTable.IdOf(entry.Name[0]));
    }

    [Fact]
    public void The_examples_of_the_original_have_its_ids()
    {
        foreach (var example in Original.GetProperty("examples").EnumerateArray())
        {
            var ids = example.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32());
            Assert.Equal([0, .. ids, 0], SymbolTable.IdsOf(example.GetProperty("text").GetString()!));
        }
    }

    [Fact]
    public void Symbols_come_back_from_their_ids() =>
        Assert.Equal("ko↑ɴɲitɕiwa, dʑa", SymbolTable.SymbolsOf(SymbolTable.IdsOf("ko↑ɴɲitɕiwa, dʑa")));

    [Fact]
    public void A_symbol_outside_the_table_has_no_id() => Assert.Equal(-1, SymbolTable.IdOf('あ'));

    [Fact]
    public void The_fingerprint_is_fixed() => Assert.Equal("7aaf01ee91cc0f380ed4cc4c2d9ece7654044c9a9f08475e2a8bc57d61dcb004", SymbolTable.Fingerprint);
}
