using Kanade.Text;

namespace Kanade.Tests.Text;

public class ContextReadingsTests
{
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
        Assert.Contains(spoken, string.Concat(Frontend.Read(text).Phrases.SelectMany(phrase => phrase.Moras).Select(mora => mora.Kana)), StringComparison.Ordinal);
}
