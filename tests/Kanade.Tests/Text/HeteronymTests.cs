using Kanade.Text;

namespace Kanade.Tests.Text;

public sealed class HeteronymTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("heteronyms").FullName;

    string Write(string name, params string[] lines)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllLines(path, lines);
        return path;
    }

    static string Spoken(JapaneseFrontend frontend, string text) => string.Concat(frontend.Phonemize(text).Phrases.SelectMany(phrase => phrase.Moras).Select(mora => mora.Kana));

    [Fact]
    public void A_model_learns_from_sentences_which_neighbours_decide_a_reading()
    {
        string[] bought = ["魚 さかな", "花 はな", "肉 にく", "豆 まめ", "芋 いも", "酒 さけ"];
        string[] moved = ["株 かぶ", "金融 きんゆう", "世界 せかい", "国内 こくない", "海外 かいがい", "証券 しょうけん"];
        var corpus = Write("corpus.tsv", [
            .. bought.Select(pair => pair.Split(' ')).Select((pair, i) => $"a{i}\t市場で{pair[0]}を買う。\tいちばで{pair[1]}をかう。"),
            .. moved.Select(pair => pair.Split(' ')).Select((pair, i) => $"b{i}\t{pair[0]}の市場が動く。\t{pair[1]}のしじょうがうごく。")]);
        var output = Path.Combine(_folder, "readings.model");
        var result = HeteronymTrainer.Train(new HeteronymTraining([new ReadingCorpus(corpus)], HeldOut: 0), output, new FrontendOptions());
        Assert.True(result.Kinds > 0);
        using var frontend = JapaneseFrontend.Open(new FrontendOptions(Accent: AccentSource.Rules, Heteronyms: output));
        Assert.Equal("イチバデツボヲカウ", Spoken(frontend, "市場で壺を買う。"));
        Assert.Equal("コクサイノシジョーガウゴク", Spoken(frontend, "国際の市場が動く。"));
    }

    [Fact]
    public void Training_twice_gives_the_same_bytes()
    {
        var corpus = Write("corpus.tsv", [.. Enumerable.Range(0, 12).Select(i => $"a{i}\t市場で魚を買う。\tいちばでさかなをかう。")]);
        byte[] Train(string name)
        {
            var output = Path.Combine(_folder, name);
            HeteronymTrainer.Train(new HeteronymTraining([new ReadingCorpus(corpus)], HeldOut: 0), output, new FrontendOptions());
            return File.ReadAllBytes(output);
        }
        Assert.Equal(Train("first"), Train("second"));
    }

    [Fact]
    public void A_line_without_a_reading_is_named()
    {
        var corpus = Write("corpus.tsv", "a\t市場。\tいちば。", "b\t市場。");
        var error = Assert.Throws<InvalidDataException>(() => HeteronymTrainer.Train(new HeteronymTraining([new ReadingCorpus(corpus)]), Path.Combine(_folder, "x"), new FrontendOptions()));
        Assert.Contains("corpus.tsv:2: expected NAME, TAB, text, TAB, reading in kana", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("日本", "ニッポン", "日本の秋。", "ニッポンノアキ")]
    [InlineData("他", "タ", "他の人。", "タノヒト")]
    public void What_a_user_says_of_a_word_no_rule_and_no_model_changes(string surface, string reading, string text, string spoken)
    {
        using var frontend = JapaneseFrontend.Open(new FrontendOptions(UserDictionaries: [Write("user.csv", $"{surface},{reading},0")]));
        Assert.Equal(spoken, Spoken(frontend, text));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
