using CsCheck;
using Kanade.Text;

namespace Kanade.Tests.Text;

public class AnyTextTests
{
    const string Alphabet = "あいうえおかがきゃっんーアァンヴ漢字東京行言何一二三十百千万億年月日時分本匹個0123456789.,:/-+％¥$、。！？…「」（）《》〈〉'’aeioukstnhmyrwzjfbpvAZ \t\n　～〜々〇①㎏ｶﾞﾊﾟ\u0301\u3099\u0000\u200b½*-~はふ@\u2028\ud83d\ude00\ud800\udc00笑w";

    static readonly Gen<string> Texts = Gen.OneOf(
        Gen.Char[Alphabet].Array[0, 60].Select(chars => new string(chars)),
        Gen.Char.Array[0, 40].Select(chars => new string(chars)));

    [Fact]
    public void Every_text_is_read_without_an_exception_and_into_the_table() => Texts.Sample(text =>
    {
        var result = Frontend.Read(text);
        Assert.Equal(text, result.Text);
        Assert.Equal(result.Symbols, SymbolTable.SymbolsOf(result.Ids));
        Assert.All(result.Phrases, phrase =>
        {
            Assert.NotEmpty(phrase.Moras);
            Assert.InRange(phrase.Nucleus, 0, phrase.Moras.Count);
            Assert.All(phrase.Moras, mora => Assert.NotEmpty(mora.Phones));
        });
    }, iter: 600, threads: 1);

    [Fact]
    public void Every_symbol_but_marks_and_gaps_is_one_words() => Texts.Sample(text =>
    {
        var read = Frontend.Read(text);
        var (outside, end) = (new System.Text.StringBuilder(), 0);
        foreach (var word in read.Words)
        {
            if (word.Length < 1 || word.Start < end)
                return false;
            outside.Append(read.Symbols, end, word.Start - end);
            end = word.Start + word.Length;
        }
        outside.Append(read.Symbols, end, read.Symbols.Length - end);
        return outside.ToString().All(mark => " ,.?!…—“”«»:;".Contains(mark));
    }, iter: 600, threads: 1);

    [Fact]
    public void Threads_agree_with_one_another()
    {
        string[] texts = ["今日はいい天気ですね。", "１２３４５人が、３．５％増えた。", "kyou wa ii tenki desu", "ヴォデャノーヴァが、笑った！"];
        var alone = texts.Select(text => Frontend.Read(text).Symbols).ToArray();
        Parallel.For(0, 400, i => Assert.Equal(alone[i % texts.Length], Frontend.Read(texts[i % texts.Length]).Symbols));
    }

    [Fact]
    public void A_megabyte_without_a_break_is_read()
    {
        var result = Frontend.Read(new string('漢', 180_000) + new string('ア', 180_000));
        Assert.True(result.Phrases.Sum(phrase => phrase.Moras.Count) > 180_000);
    }
}
