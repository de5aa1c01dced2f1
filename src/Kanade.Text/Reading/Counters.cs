using System.Collections.Frozen;

namespace Kanade.Text;

/// <summary>The sound changes between a numeral and its counter: イッ ロッ ハッ ジュッ ヒャッ before k, s, t, h; ヨ, シチ, ク before some;
/// ホン after ニ, ボン after サン, ポン after イッ. Which counter changes how is the table of Open JTalk, grouped by what happens.</summary>
internal static class Counters
{
    /// <summary>What becomes of a digit: pronunciation, nucleus, moras.</summary>
    readonly record struct Change(string Pronunciation, int Nucleus, int Moras);

    enum Onset { Same, Voiced, Plosive }

    static readonly Change Yo = new("ヨ", 0, 1), Shichi = new("シチ", 1, 2), Ku = new("ク", 0, 1);
    static readonly Change I = new("イッ", 1, 2), Ro = new("ロッ", 1, 2), Ha = new("ハッ", 1, 2), Ju = new("ジュッ", 1, 2), Hya = new("ヒャッ", 1, 2);

    static readonly (Dictionary<string, Change> Changes, string Counters)[] DigitGroups =
    [
        (new() { ["四"] = Yo }, "年 円 年間 年生 年代 年度 年版 年余 年来 えん"),
        (new() { ["四"] = Yo, ["七"] = Shichi }, "人 人月 人前 人組"),
        (new() { ["四"] = Yo, ["七"] = Shichi, ["九"] = Ku }, "時 時間 時限 時半"),
        (new() { ["七"] = Shichi, ["九"] = Ku }, "日 日間"),
        (new() { ["四"] = new("シ", 0, 1), ["七"] = Shichi, ["九"] = Ku }, "月"),
        (new() { ["一"] = I, ["六"] = Ro, ["八"] = Ha, ["十"] = Ju, ["百"] = Hya },
            """
            個 階 分 発 本 鉢 口 切れ 箱 か月 か国 か所 か条 か村 か年 カ月 カ国 カ寺 カ所 カ条 カ村 カ店 カ年 ケ月 ケ国 ケ所 ケ条 ケ村 ケ年
            ヵ月 ヵ国 ヵ所 ヵ条 ヵ村 ヵ年 ヶ月 ヶ国 ヶ所 ヶ条 ヶ村 ヶ年 個月 個口 個国 個条 個年 箇月 箇国 箇所 箇条 箇年 かけ くだり けた
            価 課 画 回 回忌 回生 回戦 回線 回分 海里 カイリ 浬 角 株 冠 巻 缶 貫 貫目 間 基 期 期生 機 気圧 季 騎 客 脚 球 級 橋 局 曲 極 重ね 斤 金
            句 区 躯 計 桁 ケタ 校 港 項 組 件 軒 言 戸 湖 光年 石 ぴき ぺん 波 派 敗 杯 拍 泊 版 犯 班 匹 疋 筆 俵 票 品 分間 分目 片 篇 編 辺 遍
            歩 報 方 法 本立て 頭身
            """),
        (new() { ["一"] = I, ["八"] = Ha, ["十"] = Ju },
            """
            ． ・ 才 頭 着 足 尺 坪 通り センチ センチメートル シーシー ＣＣ ｃｃ ｃｍ サイクル サンチーム シーズン シート シリング シンガポールドル スイスフラン
            スウェーデンクローネ スクレ セット セント ソル ゾーン 糎 竿 差 差し 歳 歳児 作 冊 刷 皿 棹 艘 子 視 式 失 室 射 社 勺 種 首 周 周忌 周年
            州 週 週間 集 宿 所 勝 升 床 章 色 食 親等 進 進数 品 すじ そう そろい 筋 数 寸 世 隻 席 石 節 戦 線 選 銭 層 相 揃 たび つかみ つがい
            つぶ つまみ つ折 つ折り とおり とき ところ とせ 玉 月 手 束 続き 体 対 卓 樽 反 丁 丁目 鳥 通 掴み 艇 滴 店 転 点 斗 棟 盗 灯 等 等席 等地
            等分 答 得 噸 粒 種類 歳馬 世紀 車種
            """),
        (new() { ["六"] = Ro, ["十"] = Ju, ["百"] = Hya },
            """
            キロ カロリー ｃａｌ ｋｂ ｋｇ ｋｌ ｋｍ ｋｔ ｋｗ ｋグラム ｋバイト ｋヘルツ ｋメートル ｋリットル ｋワット カナダドル カラット ガロン
            キュリー キロカロリー キログラム キロトン キロバイト キロヘルツ キロメートル キロリットル キロワット キロワット時 クラス クローナ
            クローネ グァラニ ケース コース 粁
            """),
        (new() { ["一"] = I, ["十"] = Ju }, "トン ｔ タル テラ トライ"),
        (new() { ["十"] = Ju },
            """
            房 柱 ％ ポンド ｐａ ｐｐｍ パーセント パーミル パスカル パック パット ピーピーエム ピコ ページ 頁 ペア ペセタ ペソ ペニー ペニヒ
            ペンス ポイント 振り 針 袋 張り 平米 平方キロ 平方キロメートル 平方センチメートル 平方メートル 品目
            """),
    ];

    static readonly (Dictionary<string, Onset> Onsets, string Counters)[] OnsetGroups =
    [
        (Map(Onset.Plosive, "一 三 四 六 八 十 百 千 万 何"), "分 版 敗 発 拍 鉢 波 派 泊 犯 班 品 分間 分目 片 篇 編 辺 遍 歩 報 方"),
        (Map(Onset.Plosive, "一 六 八 十 百", "三 千 万 何"), "本 匹 疋 票 俵 箱 本立て 杯 針 柱"),
        (Map(Onset.Same, "", "三 千 万"), "軒 石 足 尺 かけ 重ね 件 勺"),
        (Map(Onset.Same, "", "三"), "階"),
    ];

    /// <summary>Counters of native Japanese, which take ヒト and フタ: written form and reading.</summary>
    const string Native =
        """
        棟 ムネ かけ カケ くだり クダリ けた ケタ すじ スジ そろい ソロイ たび タビ つかみ ツカミ つがい ツガイ つまみ ツマミ とおり トオリ ところ トコロ
        とせ トセ まわり マワリ シーズン シーズン セット セット 握り ニギリ 回り マワリ 株 カブ 竿 サオ 筋 スジ 桁 ケタ ケタ ケタ 月 ツキ 言 コト 口 クチ
        差し サシ 皿 サラ 山 ヤマ 勺 シャク 尺 シャク 重ね カサネ 振り フリ 針 ハリ 切れ キレ 束 タバ 続き ツヅキ 揃 ソロイ 袋 フクロ 柱 ハシラ 張り ハリ
        通り トオリ 掴み ツカミ 坪 ツボ 箱 ハコ 鉢 ハチ 晩 バン 品 シナ 瓶 ビン 分け ワケ 幕 マク 夜 ヤ 夜 ヨ 粒 ツブ 枠 ワク 棹 サオ つ折 ツオリ
        つ折り ツオリ つぶ ツブ とき トキ 重ね ガサネ
        """;

    static readonly FrozenDictionary<string, Dictionary<string, Change>> DigitChanges = Index(DigitGroups);
    static readonly FrozenDictionary<string, Dictionary<string, Onset>> Onsets = Index(OnsetGroups);
    static readonly FrozenSet<(string, string)> NativeCounters = Words(Native).Chunk(2).Select(pair => (pair[0], pair[1])).ToFrozenSet();

    static readonly Dictionary<string, Change> BeforeHundred = new() { ["六"] = new("ロッ", 0, 2), ["八"] = new("ハッ", 0, 2) };
    static readonly Dictionary<string, Change> BeforeThousand = new() { ["一"] = new("イッ", 0, 2), ["八"] = new("ハッ", 0, 2), ["十"] = Ju };
    static readonly Dictionary<string, Onset> OfHundreds = Map(Onset.Plosive, "六 八", "三 何");

    const string Unvoiced = "カキクケコサシスセソタチツテトハヒフヘホ", WithVoice = "ガギグゲゴザジズゼゾダヂヅデドバビブベボ", WithPlosive = "パピプペポ";

    static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    static Dictionary<string, Onset> Map(Onset onset, string digits, string voiced = "") =>
        Words(digits).Select(digit => (digit, onset)).Concat(Words(voiced).Select(digit => (digit, Onset.Voiced))).ToDictionary(pair => pair.Item1, pair => pair.Item2);

    /// <summary>The first group that names a counter has it.</summary>
    static FrozenDictionary<string, T> Index<T>((T Value, string Counters)[] groups) =>
        groups.SelectMany(group => Words(group.Counters).Select(counter => (counter, group.Value)))
            .DistinctBy(pair => pair.counter).ToFrozenDictionary(pair => pair.counter, pair => pair.Value);

    public static bool IsCounter(Word word) => word.Group2 == "助数詞" || word.Group1 == "副詞可能";

    public static void Apply(LinkedList<Word> words)
    {
        for (var node = words.First?.Next; node is not null; node = node.Next)
        {
            var (number, counter) = (node.Previous!.Value, node.Value);
            if (number.Group1 != "数" || !IsCounter(counter))
                continue;
            if (DigitChanges.TryGetValue(counter.Surface, out var changes))
                ChangeDigit(number, changes);
            if (Onsets.TryGetValue(counter.Surface, out var onsets))
                ChangeOnset(number, counter, onsets);
            number.Chained = false;
            counter.Chained = true;
        }
        for (var node = words.First?.Next; node is not null; node = node.Next)
        {
            var (before, word) = (node.Previous!.Value, node.Value);
            if (before.Group1 == "数")
                JoinNumerals(before, word);
        }
        for (var node = words.First; node?.Next is not null; node = node.Next)
        {
            if (IsLoneNumber(node) && IsCounter(node.Next.Value) && NativeCounters.Contains((node.Next.Value.Surface, node.Next.Value.Reading)))
                SayNatively(node.Value);
        }
    }

    /// <summary>A numeral with no other before it.</summary>
    public static bool IsLoneNumber(LinkedListNode<Word> node) =>
        node.Value.Group1 == "数" && (node.Previous is null || node.Previous.Value.Pos == "記号" || node.Previous.Value.Group1 != "数");

    /// <summary>A digit and the power after it are one phrase, a power and the next digit two; サンビャク, ロッピャク, ハッセン, イッチョウ.</summary>
    static void JoinNumerals(Word before, Word word)
    {
        if (word.Group1 == "数")
        {
            if (Numerals.IsDigit(before.Surface) && Numerals.IsPower(word.Surface))
                (before.Chained, word.Chained) = (false, true);
            else if (Numerals.IsPower(before.Surface) && Numerals.IsDigit(word.Surface))
                word.Chained = false;
        }
        if (word.Surface == "百")
            ChangeDigit(before, BeforeHundred);
        if (word.Surface is "千" or "兆")
            ChangeDigit(before, BeforeThousand);
        if (word.Surface is "百" or "千")
            ChangeOnset(before, word, OfHundreds);
    }

    static void ChangeDigit(Word digit, Dictionary<string, Change> changes)
    {
        if (changes.TryGetValue(digit.Surface, out var change))
            (digit.Pronunciation, digit.Nucleus, digit.Moras) = (change.Pronunciation, change.Nucleus, change.Moras);
    }

    static void ChangeOnset(Word digit, Word counter, Dictionary<string, Onset> onsets)
    {
        if (!onsets.TryGetValue(digit.Surface, out var onset) || counter.Pronunciation.Length == 0)
            return;
        var at = Unvoiced.IndexOf(counter.Pronunciation[0], StringComparison.Ordinal);
        var (from, to) = onset switch { Onset.Voiced => (0, WithVoice), Onset.Plosive => (15, WithPlosive), _ => (int.MaxValue, "") };
        if (at >= from)
            counter.Pronunciation = to[at - from] + counter.Pronunciation[1..];
    }

    static void SayNatively(Word digit)
    {
        if (digit.Surface is "一" or "二")
            (digit.Reading, digit.Pronunciation, digit.Nucleus, digit.Moras) = digit.Surface == "一" ? ("ヒト", "ヒト", 0, 2) : ("フタ", "フタ", 0, 2);
    }
}
