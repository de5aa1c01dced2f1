using Kanade.Text;

namespace Kanade.Tests.Text;

public class InputTests
{
    static string Spoken(string text) => string.Concat(Frontend.Read(text).Phrases.SelectMany(phrase => phrase.Moras).Select(mora => mora.Kana));

    [Theory]
    [InlineData("2024/12/31", "ニセンニジューヨネンジューニガツサンジューイチニチ")]
    [InlineData("10:30に", "ジュージサンジュップンニ")]
    [InlineData("9:00から", "クジカラ")]
    [InlineData("¥1,200", "センニヒャクエン")]
    [InlineData("$50", "ゴジュードル")]
    [InlineData("1/2", "ニブンノイチ")]
    [InlineData("10〜20人", "ジューカラニジューニン")]
    [InlineData("-5℃", "マイナスゴド")]
    [InlineData("5km", "ゴキロメートル")]
    [InlineData("5㎏", "ゴキログラム")]
    [InlineData("３．５％", "サンテンゴパーセント")]
    [InlineData("3×4", "サンカケルヨン")]
    [InlineData("03-1234-5678", "ゼロサンノイチニーサンヨンノゴーロクナナハチ")]
    [InlineData("八百屋で600円", "ヤオヤデロッピャクエン")]
    [InlineData("ｶﾞｷﾞ", "ガギ")]
    [InlineData("9:05 2024-01-02", "クジゴフンニセンニジューヨネンイチガツフツカ")]
    [InlineData("Ⅻ章", "ジューニショー")]
    [InlineData("𠮷野家へ", "ヨシノヤエ")]
    [InlineData("か\u3099っこう", "ガッコー")]
    [InlineData("12345678901234567890", "センニヒャクサンジューヨンケーゴセンロッピャクナナジューハッチョーキューセンジューニオクサンゼンヨンヒャクゴジューロクマンナナセンハッピャクキュージュー")]
    [InlineData("1,234,567円", "ヒャクニジューサンマンヨンセンゴヒャクロクジューナナエン")]
    [InlineData("令和6年4月20日", "レーワロクネンシガツハツカ")]
    [InlineData("1月1日と9月14日", "イチガツツイタチトクガツジューヨッカ")]
    [InlineData("12/25(水)", "ジューニガツニジューゴニチスイヨービ")]
    [InlineData("3/4と½カップと1½個", "ヨンブンノサントニブンノイチカップトイチトニブンノイッコ")]
    [InlineData("0:00と23:59:59", "レージトニジューサンジゴジューキューフンゴジューキュービョー")]
    [InlineData("0時、10時10分", "レージジュージジュップン")]
    [InlineData("$1.50と€20と£5", "イチドルゴジュッセントトニジューユーロトゴポンド")]
    [InlineData("〒100-0001", "ユービンバンゴーイチゼロゼロノゼロゼロゼロイチ")]
    [InlineData("3:2で勝つ", "サンタイニデカツ")]
    [InlineData("10cmと8cm", "ジュッセンチメートルトハッセンチメートル")]
    [InlineData("A~Z", "エイカラズィー")]
    [InlineData("No.1", "ナンバーイチ")]
    [InlineData("CO2とH2Oと5G", "シーオーツートエイチツーオートファイブジー")]
    [InlineData("15Gの力", "ジューゴジーノチカラ")]
    [InlineData("info@example.com", "インフォアットエグザンプルドットコム")]
    [InlineData("1本3本6本8本10本", "イッポンサンボンロッポンハッポンジュッポン")]
    [InlineData("1匹と3匹と100匹", "イッピキトサンビキトヒャッピキ")]
    [InlineData("300円600円800円3000円8000円", "サンビャクエンロッピャクエンハッピャクエンサンゼンエンハッセンエン")]
    [InlineData("10兆円の1%", "ジュッチョーエンノイチパーセント")]
    [InlineData("一人、二人、三人、四人、七人", "ヒトリフタリサンニンヨニンシチニン")]
    [InlineData("1つ2つ3つ", "ヒトツフタツミッツ")]
    [InlineData("第２次世界大戦のルイ14世", "ダイニジセカイタイセンノルイジューヨンセー")]
    [InlineData("四川省雅安県", "シセンショーガアンケン")]
    public void Figures_and_signs_are_read_as_words(string text, string spoken) => Assert.Equal(spoken, Spoken(text));

    [Theory]
    [InlineData("kyou wa ii tenki desu", "キョーワイーテンキデス")]
    [InlineData("Tōkyō ni sunde imasu", "トーキョーニスンデイマス")]
    [InlineData("これはiPhoneとNHKです", "コレワアイフォーントエヌエイチケーデス")]
    [InlineData("Hello world", "ハローワールド")]
    [InlineData("café と Wi-Fi", "カフェトワイファイ")]
    [InlineData("usbメモリ", "ユーエスビーメモリ")]
    [InlineData("watashi wa note o kau", "ワタシワノテオカウ")]
    [InlineData("Tanaka-san wa Shinjuku-eki e iku", "タナカサンワシンジュクエキエイク")]
    [InlineData("juu-ichi ji ni ra-men to ko-hi-", "ジューイチジニラーメントコーヒー")]
    [InlineData("kinyoubi ni kekkon suru", "キンヨービニケッコンスル")]
    [InlineData("konnyaku to konnichiwa", "コンニャクトコンニチワ")]
    [InlineData("Shinichi to shinai", "シンイチトシナイ")]
    [InlineData("huzisan, zyotyuu, matcha, maccha", "フジサンジョチューマッチャマッチャ")]
    [InlineData("お前 no uchi to 東京 e", "オマエノウチトトーキョーエ")]
    [InlineData("He is a student", "ヒーイズアスチューデント")]
    [InlineData("I'm fine, don't stop", "アイムファインドントストップ")]
    [InlineData("明日meetingがある", "アシタミーティングガアル")]
    [InlineData("AさんのTシャツとX線", "エイサンノティーシャツトエックスセン")]
    public void Latin_words_are_romaji_English_or_letters(string text, string spoken) =>
        Assert.Equal(spoken, Spoken(text).Replace("イイ", "イー", StringComparison.Ordinal).Replace("ケイ", "ケー", StringComparison.Ordinal).Replace('ヲ', 'オ'));

    [Fact]
    public void Notation_gives_reading_and_accent()
    {
        var phrases = Frontend.Read("{コンニチワ'/セ'カイ}、と言った。").Phrases;
        Assert.Equal((5, 1), (phrases[0].Nucleus, phrases[1].Nucleus));
        Assert.Equal("コンニチワ'/セ'カイ", string.Join('/', Frontend.Read("コンニチワ'/セ'カイ").Phrases.Select(phrase =>
            string.Concat(phrase.Moras.Select((mora, m) => mora.Kana + (m + 1 == phrase.Nucleus ? "'" : ""))))));
    }

    [Fact]
    public void An_underscore_devoices() => Assert.Equal(["k", "U"], Frontend.Read("{_クサ'}").Phrases[0].Moras[0].Phones);

    [Fact]
    public void Braces_that_hold_no_notation_are_brackets() => Assert.Contains("トーキョー", Spoken("{東京}"), StringComparison.Ordinal);

    [Theory]
    [InlineData("強敵《とも》と会う。", "トモト")]
    [InlineData("｜本気と書いて《マジ》だ。", "マジダ")]
    [InlineData("先生《せんせい》です。", "センセーデス")]
    public void Ruby_gives_the_reading(string text, string spoken) => Assert.StartsWith(spoken, Spoken(text).Replace("セイ", "セー", StringComparison.Ordinal), StringComparison.Ordinal);

    [Theory]
    [InlineData("すごいね（笑）", "ʘ")]
    [InlineData("すごいｗｗｗ", "ʘ")]
    [InlineData("〈息〉はい。", "ǀ")]
    [InlineData("(ため息)もう。", "ǂ")]
    [InlineData("[cough] はい。", "ǃ")]
    [InlineData("*laughs* いいね", "ʘ")]
    [InlineData("ありがとう笑", "ʘ")]
    [InlineData("（吐息）ねえ", "ǁ")]
    public void Sounds_that_are_not_words_have_symbols_of_their_own(string text, string symbol) => Assert.Contains(symbol, Frontend.Read(text).Symbols, StringComparison.Ordinal);

    [Theory]
    [InlineData("あはははは", "アハハハハ")]
    [InlineData("ははは、まさか。", "ハハハマサカ")]
    [InlineData("ふふふ", "フフフ")]
    [InlineData("えへへへっ", "エヘヘヘッ")]
    public void Laughter_in_kana_stays_kana(string text, string spoken) => Assert.Equal(spoken, Spoken(text));

    [Theory]
    [InlineData("母は笑う。", "ハハワワラウ")]
    [InlineData("笑顔と苦笑", "エガオトクショー")]
    [InlineData("コンニチハ", "コンニチワ")]
    [InlineData("奏者と演奏", "ソーシャトエンソー")]
    [InlineData("えーとですね", "エートデスネ")]
    [InlineData("ええ、そうです", "エーソーデス")]
    [InlineData("せえの", "セエノ")]
    [InlineData("せんせいとせんせー", "センセートセンセー")]
    [InlineData("ボロヴニツァの", "ボロヴニツァノ")]
    [InlineData("リヒェンツァは", "リヒェンツァワ")]
    public void Words_that_look_like_sounds_or_names_are_words(string text, string spoken) => Assert.Equal(spoken, Spoken(text));

    [Fact]
    public void Every_place_of_the_normalised_text_leads_back_to_its_source()
    {
        const string Text = "㎏とｶﾞと2024/1/2と｜本気《マジ》と kyou。";
        using var lexicon = new Lexicon(DictionaryFolder.Find());
        var normalized = SourceReader.Read(Text, lexicon);
        Assert.Equal(normalized.Text.Length + 1, normalized.Source.Length);
        Assert.Equal(normalized.Source.Order(), normalized.Source);
        Assert.Equal(Text.IndexOf("本気", StringComparison.Ordinal), normalized.Source[normalized.Text.IndexOf("本気", StringComparison.Ordinal)]);
        Assert.Equal(Text.IndexOf("2024", StringComparison.Ordinal), normalized.Source[normalized.Text.IndexOf('年', StringComparison.Ordinal)]);
    }

    [Fact]
    public void Kana_and_romaji_get_the_accents_of_the_words_they_spell()
    {
        var kanji = Frontend.Read("今日はいい天気ですね。").Phrases.Select(phrase => (phrase.Moras.Count, phrase.Nucleus));
        Assert.Equal(kanji, Frontend.Read("きょうはいいてんきですね。").Phrases.Select(phrase => (phrase.Moras.Count, phrase.Nucleus)));
        Assert.Equal(kanji, Frontend.Read("kyou wa ii tenki desu ne.").Phrases.Select(phrase => (phrase.Moras.Count, phrase.Nucleus)));
    }

    [Fact]
    public void Tsukasa_notation_has_words_apart_and_no_accents()
    {
        using var frontend = JapaneseFrontend.Open(new FrontendOptions(Phonemes: PhonemeNotation.Tsukasa));
        Assert.Equal("mizɯ o maɽeːɕia kaɽa kawanakɯte wa naɽanai no desɯ.", frontend.Phonemize("水をマレーシアから買わなくてはならないのです。").Symbols);
    }
}
