using System.Collections.Frozen;
using System.Text;

namespace Kanade.Text;

/// <summary>Latin words that are not romaji, in katakana: a table of common words, else letter groups from left to right. Rough by nature; a user dictionary overrides it.</summary>
internal static class EnglishReading
{
    const string Words =
        """
        abc エービーシー usb ユーエスビー cpu シーピーユー gpu ジーピーユー url ユーアールエル iot アイオーティー id アイディー ip アイピー faq エフエーキュー usa ユーエスエー uk ユーケー
        the ザ a ア an アン and アンド of オブ in イン on オン for フォー to トゥ from フロム with ウィズ by バイ at アット is イズ are アー was ワズ it イット this ディス that ザット what ワット who フー
        how ハウ why ホワイ when ホエン where ホエア you ユー your ユア my マイ me ミー we ウィー our アワー he ヒー she シー they ゼイ i アイ no ノー not ノット yes イエス ok オーケー okay オーケー go ゴー do ドゥー so ソー
        one ワン two ツー three スリー four フォー five ファイブ six シックス seven セブン eight エイト nine ナイン ten テン first ファースト second セカンド third サード new ニュー old オールド big ビッグ good グッド best ベスト
        wi-fi ワイファイ wifi ワイファイ student スチューデント alice アリス am アム hello ハロー world ワールド thank サンク thanks サンクス please プリーズ sorry ソーリー love ラブ like ライク music ミュージック game ゲーム games ゲームス play プレイ player プレイヤー time タイム day デイ night ナイト
        morning モーニング today トゥデイ name ネーム home ホーム house ハウス school スクール book ブック web ウェブ site サイト page ページ mail メール email イーメール internet インターネット online オンライン computer コンピューター
        software ソフトウェア hardware ハードウェア data データ file ファイル code コード python パイソン java ジャバ javascript ジャバスクリプト linux リナックス windows ウィンドウズ mac マック apple アップル google グーグル twitter ツイッター
        youtube ユーチューブ facebook フェイスブック amazon アマゾン microsoft マイクロソフト android アンドロイド iphone アイフォーン ipad アイパッド server サーバー client クライアント network ネットワーク system システム model モデル
        voice ボイス speech スピーチ text テキスト audio オーディオ video ビデオ movie ムービー photo フォト camera カメラ phone フォン app アプリ blog ブログ news ニュース team チーム project プロジェクト plan プラン test テスト
        start スタート stop ストップ end エンド open オープン close クローズ update アップデート version バージョン download ダウンロード login ログイン user ユーザー error エラー bug バグ note ノート make メイク take テイク
        same セイム some サム come カム here ヒア there ゼア are アー made メイド name ネーム rate レート date デート mode モード use ユーズ page ページ size サイズ side サイド live ライブ life ライフ line ライン style スタイル
        design デザイン table テーブル people ピープル party パーティー happy ハッピー birthday バースデー christmas クリスマス merry メリー japan ジャパン tokyo トーキョー english イングリッシュ japanese ジャパニーズ america アメリカ
        i'm アイム i'll アイル i've アイブ i'd アイド you're ユーアー you'll ユール we're ウィーアー we'll ウィール they're ゼイアー he's ヒーズ she's シーズ it's イッツ that's ザッツ what's ワッツ there's ゼアーズ let's レッツ
        don't ドント doesn't ダズント didn't ディドント can't キャント couldn't クドゥント won't ウォント wouldn't ウドゥント isn't イズント aren't アーント wasn't ワズント shouldn't シュドゥント
        very ベリー much マッチ many メニー more モア most モスト can キャン will ウィル would ウッド could クッド should シュッド have ハブ has ハズ had ハド does ダズ did ディド been ビーン be ビー or オア but バット if イフ then ゼン than ザン
        they ゼイ them ゼム him ヒム her ハー his ヒズ us アス all オール any エニー every エブリー into イントゥ about アバウト up アップ down ダウン out アウト over オーバー after アフター before ビフォー only オンリー just ジャスト
        man マン woman ウーマン boy ボーイ girl ガール friend フレンド mother マザー father ファーザー brother ブラザー sister シスター king キング queen クイーン baby ベイビー dream ドリーム heart ハート star スター sun サン moon ムーン
        learning ラーニング machine マシン issue イシュー github ギットハブ example エグザンプル latte ラテ fine ファイン nice ナイス wine ワイン wife ワイフ white ホワイト write ライト right ライト light ライト night ナイト high ハイ
        get ゲット give ギブ put プット run ラン see シー say セイ tell テル talk トーク speak スピーク look ルック find ファインド know ノウ think シンク want ウォント need ニード feel フィール try トライ wait ウェイト help ヘルプ
        year イヤー month マンス week ウィーク hour アワー minute ミニット summer サマー winter ウィンター spring スプリング autumn オータム monday マンデー friday フライデー saturday サタデー sunday サンデー
        again アゲイン always オールウェイズ never ネバー really リアリー too トゥー also オルソー because ビコーズ word ワード story ストーリー song ソング dance ダンス room ルーム door ドア car カー train トレイン station ステーション
        city シティー country カントリー street ストリート road ロード company カンパニー office オフィス business ビジネス service サービス technology テクノロジー science サイエンス engineer エンジニア manager マネージャー
        coffee コーヒー tea ティー cafe カフェ beer ビール water ウォーター red レッド blue ブルー green グリーン black ブラック white ホワイト free フリー sale セール shop ショップ store ストア card カード point ポイント
        """;

    /// <summary>Words that could be romaji and are more often English.</summary>
    const string Either = "a i an to no me so do go he be we name same made make take some home here are one note use date rate site mode time game page ten nine pose rose nose hole more are date rare wine mine nine like tie die pie toe zone tone bone code have save wave gave sure pure cure tune june age ape ate sea tea see bee fine pine vine shine hire fire wire tire hope rope home vote nude rude rule mute cute huge tube fume issue bite kite hike bike wide hide side ride tide pipe ripe wipe wise rise size fate gate hate mate fade jade wade shade tape cape shape shake wake bake fake shave wave gaze haze woke joke poke yoke dose hose node robe pole sole role";

    static readonly FrozenDictionary<string, string> Table = Words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Chunk(2)
        .DistinctBy(pair => pair[0]).ToFrozenDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);

    static readonly FrozenSet<string> Ambiguous = Either.Split(' ').ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Consonant groups, longest first, before the vowel row they take.</summary>
    static readonly (string Letters, string Rows, string Alone)[] Consonants =
    [
        ("tch", "チャ チ チュ チェ チョ", "ッチ"), ("sch", "スカ スキ スク スケ スコ", "シュ"), ("ch", "チャ チ チュ チェ チョ", "チ"), ("sh", "シャ シ シュ シェ ショ", "シュ"), ("th", "サ シ ス セ ソ", "ス"), ("ph", "ファ フィ フ フェ フォ", "フ"),
        ("ck", "ッカ ッキ ック ッケ ッコ", "ック"), ("qu", "クア クイ ク クエ クオ", "ク"), ("wh", "ワ ウィ ウ ウェ ウォ", "ウ"), ("kn", "ナ ニ ヌ ネ ノ", "ヌ"), ("wr", "ラ リ ル レ ロ", "ル"), ("gh", "ガ ギ グ ゲ ゴ", ""), ("ng", "ンガ ンギ ング ンゲ ンゴ", "ング"),
        ("b", "バ ビ ブ ベ ボ", "ブ"), ("c", "カ シ ク セ コ", "ク"), ("d", "ダ ディ ドゥ デ ド", "ド"), ("f", "ファ フィ フ フェ フォ", "フ"), ("g", "ガ ギ グ ゲ ゴ", "グ"), ("h", "ハ ヒ フ ヘ ホ", ""), ("j", "ジャ ジ ジュ ジェ ジョ", "ジ"),
        ("k", "カ キ ク ケ コ", "ク"), ("l", "ラ リ ル レ ロ", "ル"), ("m", "マ ミ ム メ モ", "ム"), ("n", "ナ ニ ヌ ネ ノ", "ン"), ("p", "パ ピ プ ペ ポ", "プ"), ("q", "カ キ ク ケ コ", "ク"), ("r", "ラ リ ル レ ロ", "ル"), ("s", "サ シ ス セ ソ", "ス"),
        ("t", "タ ティ トゥ テ ト", "ト"), ("v", "バ ビ ブ ベ ボ", "ブ"), ("w", "ワ ウィ ウ ウェ ウォ", "ウ"), ("x", "クサ クシ クス クセ クソ", "ックス"), ("y", "ヤ イ ユ イェ ヨ", "イ"), ("z", "ザ ジ ズ ゼ ゾ", "ズ"),
    ];

    /// <summary>Vowel groups: the row (0 a … 4 o) and what follows.</summary>
    static readonly (string Letters, int Row, string After)[] Vowels =
    [
        ("ee", 1, "ー"), ("ea", 1, "ー"), ("oo", 2, "ー"), ("ou", 0, "ウ"), ("ow", 0, "ウ"), ("ai", 3, "イ"), ("ay", 3, "イ"), ("ei", 3, "イ"), ("ey", 1, "ー"), ("oa", 4, "ー"), ("oi", 4, "イ"), ("oy", 4, "イ"), ("au", 4, "ー"), ("aw", 4, "ー"), ("ew", 2, "ー"),
        ("ar", 0, "ー"), ("er", 0, "ー"), ("ir", 0, "ー"), ("ur", 0, "ー"), ("or", 4, "ー"), ("a", 0, ""), ("i", 1, ""), ("u", 0, ""), ("e", 3, ""), ("o", 4, ""), ("y", 1, ""),
    ];

    const string VowelKana = "アイウエオ";

    public static bool IsAmbiguous(ReadOnlySpan<char> word) => Ambiguous.GetAlternateLookup<ReadOnlySpan<char>>().Contains(word);

    public static string? InTable(ReadOnlySpan<char> word) => Table.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(word, out var kana) ? kana : null;

    /// <summary>The katakana of a word of ASCII letters; letters with marks and apostrophes are passed over.</summary>
    public static string ToKatakana(ReadOnlySpan<char> word)
    {
        if (InTable(word) is { } known)
            return known;
        var letters = string.Concat(word.ToString().Normalize(NormalizationForm.FormKD).Where(char.IsAsciiLetter)).ToLowerInvariant();
        if (InTable(letters) is { } plain)
            return plain;
        if (letters.Length > 3 && letters[^2..] is "ce" or "ge")
            letters = letters[..^2] + (letters.EndsWith("ce", StringComparison.Ordinal) ? "s" : "j");
        if (letters.Length > 3 && letters.EndsWith('e') && !"aeiouy".Contains(letters[^2], StringComparison.Ordinal))
            letters = letters[..^1];        // silent e
        var kana = new StringBuilder();
        for (var i = 0; i < letters.Length;)
        {
            if (letters[i] is not (>= 'a' and <= 'z'))
            {
                i++;
                continue;
            }
            var consonant = Array.Find(Consonants, row => letters.AsSpan(i).StartsWith(row.Letters, StringComparison.Ordinal) && !(row.Letters == "y" && (i + 1 == letters.Length || !"aeiou".Contains(letters[i + 1], StringComparison.Ordinal))));
            var next = i + (consonant.Letters?.Length ?? 0);
            if (consonant.Letters is { Length: 1 } && next < letters.Length && letters[next] == consonant.Letters[0])
                next++;                     // doubled
            var vowel = Array.Find(Vowels, row => letters.AsSpan(next).StartsWith(row.Letters, StringComparison.Ordinal) && !(row.Letters.EndsWith('r') && next + row.Letters.Length < letters.Length && "aeiou".Contains(letters[next + row.Letters.Length], StringComparison.Ordinal)));
            if (vowel.Letters is null)
            {
                kana.Append(consonant.Letters is "m" && next < letters.Length && letters[next] is 'b' or 'p' ? "ン" : consonant.Alone);
                i = Math.Max(next, i + 1);
                continue;
            }
            kana.Append(consonant.Letters is null ? VowelKana[vowel.Row].ToString() : consonant.Rows.Split(' ')[vowel.Row]).Append(vowel.After);
            i = next + vowel.Letters.Length;
        }
        return kana.ToString();
    }
}
