using Kanade.Text;

namespace Kanade.Tests.Text;

public sealed class SymbolGroupsTests
{
    [Theory]
    [InlineData("k↑oɴɲitɕiwa", "k o N n i ch i w a")]
    [InlineData("kʲoː↓,ha↑ɕi", "ky o o pau h a sh i")]
    [InlineData("ɕɪ↓taçʲo", "sh I t a hy ʲ o")]
    [InlineData("ʘ.ǁ", "laugh pau breath_out")]
    public void Symbols_are_sounds_pauses_and_marks(string symbols, string phones) =>
        Assert.Equal(phones, string.Join(' ', SymbolGroups.Of(symbols).Where(g => g.Kind != SymbolKind.Mark).Select(g => g.Phone)));

    [Theory]
    [InlineData("今日は、いい天気ですね。")]
    [InlineData("百貨店で客が笑った？ ぎゃあ！")]
    [InlineData("ラーメンをおおきい器で、ゆっくり食べる。ひゃく、にゃあ、ふふ（笑）")]
    [InlineData("ヴァイオリンとテューバ、ピャッと、りゅう、みょうじ、ちゃ、じゃ、びゅう。")]
    public void The_phones_of_the_symbols_are_those_of_the_phrases(string text)
    {
        var read = Frontend.Read(text);
        // Where a vowel repeats it is held, and a held vowel has no devoicing of its own.
        Assert.Equal(
            read.Phrases.SelectMany(p => p.Moras).SelectMany(m => m.Phones).Select(p => p),
            SymbolGroups.Phones(read.Symbols));
    }

    [Fact]
    public void Every_symbol_belongs_to_one_group()
    {
        var symbols = new string([.. Enumerable.Range(0, SymbolTable.Count).Select(id => SymbolTable.SymbolsOf([SymbolTable.Pad, id, SymbolTable.Pad])).Where(s => s.Length == 1).Select(s => s[0])]);
        var next = 0;
        foreach (var group in SymbolGroups.Of(symbols))
        {
            Assert.Equal(next, group.Start);
            next += group.Length;
        }
        Assert.Equal(symbols.Length, next);
    }
}
