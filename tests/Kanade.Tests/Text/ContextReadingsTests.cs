using Kanade.Text;

namespace Kanade.Tests.Text;

public class ContextReadingsTests
{
    static string Spoken(string text) => string.Concat(Frontend.Read(text).Phrases.SelectMany(phrase => phrase.Moras).Select(mora => mora.Kana));

    [Theory]
    [InlineData("理想を抱いた", "リソーヲイダイタ")]
    [InlineData("子供を抱いた", "コドモヲダイタ")]
    [InlineData("絵を描く", "エヲカク")]
    [InlineData("夢を描く", "ユメヲエガク")]
    [InlineData("部屋に入れない", "ヘヤニハイレナイ")]
    [InlineData("砂糖を鍋に入れない", "サトーヲナベニイレナイ")]
    [InlineData("酒好きな大旦那", "サケズキナオーダンナ")]
    [InlineData("円錐形の定義", "エンスイケーノテーギ")]
    [InlineData("トラックが登坂車線に移る", "トラックガトーハンシャセンニウツル")]
    public void Words_are_read_by_what_they_are_done_to_or_stand_beside(string text, string spoken) => Assert.Equal(spoken, Spoken(text));

    [Theory]
    [InlineData("きれいなお皿", "キレーナオサラ")]
    [InlineData("彼のせいだ", "カレノセーダ")]
    [InlineData("レイチェルのプレイ", "レーチェルノプレー")]
    [InlineData("レインコート", "レインコート")]
    [InlineData("デンヴァーへ", "デンヴァーエ")]
    [InlineData("一定量の荷物", "イッテーリョーノニモツ")]
    public void Vowels_that_speech_draws_out_are_long(string text, string spoken) => Assert.Equal(spoken, Spoken(text));

    [Theory]
    [InlineData("溶結凝灰岩", "ヨーユイギョーカイガン")]
    [InlineData("宵々々山", "ヨイヨイヨイヤマ")]
    public void Kanji_that_are_no_word_alone_sound_as_in_their_compounds(string text, string spoken) => Assert.Equal(spoken, Spoken(text));

    [Theory]
    [InlineData("そう言う。", "ユー")]
    [InlineData("何でも食べる。", "ナンデモ")]
    [InlineData("何を食べる？", "ナニヲ")]
    [InlineData("町へ行った。", "イッタ")]
    [InlineData("実験を行った。", "オコナッタ")]
    [InlineData("人生が辛い。", "ツライ")]
    [InlineData("カレーが辛い。", "カライ")]
    [InlineData("お金がない。金が要る。", "カネガ")]
    [InlineData("世界中の人。", "セカイジュー")]
    [InlineData("会議中の人。", "カイギチュー")]
    [InlineData("三分の一だ。", "サンブンノ")]
    [InlineData("三分待つ。", "サンプン")]
    [InlineData("他の人に聞く。", "ホカノ")]
    [InlineData("やった方がいい。", "ホーガ")]
    [InlineData("この方は先生です。", "コノカタワ")]
    [InlineData("この方がいい。", "コノホーガ")]
    [InlineData("東日本の人。", "ヒガシニホンノヒト")]
    [InlineData("何と言う人か。", "ナントユー")]
    [InlineData("お探しの品がない方は、こちらへ。", "カタワ")]
    public void The_neighbours_decide_the_reading(string text, string spoken) =>
        Assert.Contains(spoken, Spoken(text), StringComparison.Ordinal);
}
