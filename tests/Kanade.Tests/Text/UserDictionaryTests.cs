using Kanade.Text;

namespace Kanade.Tests.Text;

public sealed class UserDictionaryTests : IDisposable
{
    readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    JapaneseFrontend Open() => JapaneseFrontend.Open(new FrontendOptions(Accent: AccentSource.Rules, UserDictionaries: [_path]));

    static string Kana(Phonemization result) => string.Concat(result.Phrases.SelectMany(phrase => phrase.Moras).Select(mora => mora.Kana));

    [Fact]
    public void A_users_word_has_his_reading_and_accent()
    {
        File.WriteAllText(_path, "# 人名\n月詠奏,ツクヨミカナデ,5,人名\n");
        using var frontend = Open();
        var result = frontend.Phonemize("月詠奏です。");
        Assert.StartsWith("ツクヨミカナデデス", Kana(result), StringComparison.Ordinal);
        Assert.Equal(5, result.Phrases[0].Nucleus);
    }

    [Fact]
    public void Several_files_are_read_together_and_readings_are_spoken()
    {
        File.WriteAllText(_path, "推し活,オシカツ,0\n");
        var second = Path.GetTempFileName();
        try
        {
            File.WriteAllText(second, "\ufeff奏汰,そうた,1,人名\r\n");
            using var frontend = JapaneseFrontend.Open(new FrontendOptions(Accent: AccentSource.Rules, UserDictionaries: [_path, second]));
            Assert.Equal("ソータノオシカツ", Kana(frontend.Phonemize("奏汰の推し活")));
        }
        finally
        {
            File.Delete(second);
        }
    }

    [Fact]
    public void A_changed_file_is_read_again()
    {
        File.WriteAllText(_path, "強敵,トモ,1\n");
        using var frontend = Open();
        Assert.Equal("トモ", Kana(frontend.Phonemize("強敵")));
        File.WriteAllText(_path, "強敵,ライバル,1\n");
        File.SetLastWriteTimeUtc(_path, DateTime.UtcNow.AddMinutes(1));
        Thread.Sleep(1100);
        Assert.Equal("ライバル", Kana(frontend.Phonemize("強敵")));
    }

    [Theory]
    [InlineData("奏,かなで", "needs surface,reading,accent")]
    [InlineData("奏,kanade,0", "the reading must be kana")]
    [InlineData("奏,カナデ,4", "0 to 3")]
    [InlineData("奏,カナデ,0,動物", "unknown part of speech")]
    public void A_line_that_is_not_a_word_is_named(string line, string problem)
    {
        File.WriteAllText(_path, "\n" + line + "\n");
        var error = Assert.Throws<InvalidDataException>(Open);
        Assert.Contains(_path + ":2", error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }
}
