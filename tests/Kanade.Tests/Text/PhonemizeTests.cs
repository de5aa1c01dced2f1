using Kanade.Text;

namespace Kanade.Tests.Text;

public class PhonemizeTests
{
    [Theory]
    [InlineData("箸で橋の端を渡る。", "ha↓ɕide ha↑ɕi↓no ha↑ɕio wa↑taɽɯ.")]
    [InlineData("kyou wa ii desu ne!", "kʲo↓ːwa i↓ːdesʊne!")]
    [InlineData("ええ、東京ですよ？", "e↓ː, to↑ːkʲoːde↓sʊjo?")]
    public void Symbols_hold_phones_accents_and_marks(string text, string symbols) => Assert.Equal(symbols, Frontend.ReadByRules(text).Symbols);

    [Fact]
    public void Kanji_kana_and_romaji_share_one_inventory()
    {
        var kanji = Frontend.Read("東京").Phrases.SelectMany(phrase => phrase.Moras).SelectMany(mora => mora.Phones);
        foreach (var text in new[] { "とーきょー", "tōkyō", "トーキョー" })
            Assert.Equal(kanji, Frontend.Read(text).Phrases.SelectMany(phrase => phrase.Moras).SelectMany(mora => mora.Phones));
    }

    [Theory]
    [InlineData("shinbun", "しんぶん")]
    [InlineData("simbun", "しんぶん")]
    [InlineData("matcha", "まっちゃ")]
    [InlineData("kekkonn", "けっこん")]
    [InlineData("jun'ichi", "じゅんいち")]
    [InlineData("syuppatu", "しゅっぱつ")]
    [InlineData("Ōsaka", "おーさか")]
    [InlineData("konnichiwa", "こんにちわ")]
    [InlineData("second", null)]
    [InlineData("string", null)]
    public void Romaji_in_any_spelling_is_kana_and_English_is_not(string word, string? kana) => Assert.Equal(kana, Romaji.ToHiragana(word));

    [Fact]
    public void Ids_begin_and_end_with_pad_and_are_the_symbols()
    {
        var result = Frontend.Read("奏です。");
        Assert.Equal(SymbolTable.Pad, result.Ids[0]);
        Assert.Equal(SymbolTable.Pad, result.Ids[^1]);
        Assert.Equal(result.Symbols, SymbolTable.SymbolsOf(result.Ids));
    }

    [Fact]
    public void A_pause_is_at_the_comma_and_none_at_the_end()
    {
        var phrases = Frontend.Read("はい、行きます。").Phrases;
        Assert.True(phrases[0].PauseAfter);
        Assert.Equal("、", phrases[0].Punctuation);
        Assert.False(phrases[^1].PauseAfter);
        Assert.Equal("。", phrases[^1].Punctuation);
    }

    [Theory]
    [InlineData("箸で橋の端を渡る。", "箸=ha↓ɕi で=de 橋=ha↑ɕi↓ の=no 端=ha↑ɕi を=o 渡る=wa↑taɽɯ")]
    [InlineData("はい、ラーメンが2杯。", "はい=ha↓i ラーメン=ɽa↓ːmeɴ が=ɡa 二=ɲi↓ 杯=hai")]
    public void Words_are_in_their_places_among_the_symbols(string text, string words)
    {
        var read = Frontend.ReadByRules(text);
        Assert.Equal(words, string.Join(' ', read.Words.Select(word => $"{word.Surface}={read.Symbols.Substring(word.Start, word.Length)}")));
    }

    [Fact]
    public void What_has_no_reading_is_listed() => Assert.Equal(["𓀀"], Frontend.Read("これは𓀀です。").Unread);

    [Fact]
    public void What_is_unread_is_a_pause_but_no_punctuation()
    {
        var phrase = Frontend.Read("これ、Привет。").Phrases[^1];
        Assert.Equal("、。", phrase.Punctuation);
    }

    [Fact]
    public void A_missing_dictionary_says_what_to_install()
    {
        var error = Assert.Throws<InvalidDataException>(() => JapaneseFrontend.Open(new FrontendOptions(Path.GetTempPath())));
        Assert.Contains("open-jtalk-mecab-naist-jdic", error.Message, StringComparison.Ordinal);
    }
}
