namespace Kanade.Text;

/// <summary>Words written alike and read differently, told apart by their neighbours: 言う, 何, 後, 他, 方, 人, 金, 家, 中, 行った, 辛い … and a few readings that
/// today's speech has left behind in the dictionary.</summary>
internal static class ContextReadings
{
    static readonly HashSet<string> Throughout = ["世界", "日本", "国", "町", "街", "村", "家", "屋敷", "部屋", "学校", "島", "市", "県", "宇宙", "地球", "体", "身体", "顔",
        "一日", "一晩", "一年", "夏", "冬", "年", "城", "会場", "店", "館", "街道", "大陸", "社会", "クラス"];

    static readonly HashSet<string> Bitter = ["カレー", "味", "料理", "唐辛子", "スープ", "もの", "物", "塩", "ラーメン", "麻婆", "キムチ", "口", "味噌", "食べ物", "ソース", "鍋", "大根", "酒", "めちゃくちゃ"];

    public static void Apply(List<Word> words)
    {
        for (var i = 0; i < words.Count; i++)
        {
            var before = i > 0 ? words[i - 1] : null;
            var next = i + 1 < words.Count ? words[i + 1] : null;
            var afterNext = i + 2 < words.Count ? words[i + 2] : null;
            if (words[i].Settled)
                continue;
            if (before is not null && EndsMoraOf(before, words[i]))
            {
                var mora = before.Surface[^1] + words[i].Surface;
                var kept = before.Pronunciation[..^Math.Min(1, before.Pronunciation.Length)];
                (before.Surface, before.End) = (before.Surface + words[i].Surface, words[i].End);
                Read(before, kept + mora, Math.Min(before.Nucleus, before.Moras));
                words.RemoveAt(i--);
                continue;
            }
            Say(words[i], before, next, afterNext);
            OfItsObject(words[i], before, i > 1 ? words[i - 2] : null);
            if (words[i] is { Surface: "入れ", Pos: "動詞", Pronunciation: "イレ" } && next is { Surface: "ない" or "なかっ" or "ませ" or "なく" } && GoesIn(words, i))
                Read(words[i], "ハイレ", 0);
            SpokenVowels.Apply(words[i]);
            if (words[i] is { Pos: "形容詞", Lemma: "辛い" })
                Hot(words[i], before, next, i > 1 ? words[i - 2] : null);
        }
    }

    static void Say(Word word, Word? before, Word? next, Word? afterNext)
    {
        switch (word.Surface)
        {
            case "言う" or "いう" or "云う" when word is { Pos: "動詞", Pronunciation: "イウ" }:
                Read(word, "ユー", 0);
                break;
            case "量" when word.Pronunciation == "リョウ":
                Read(word, "リョー", word.Nucleus);
                break;
            case "疾病" or "境内" or "市井" when word.Pronunciation.EndsWith('イ') || word.Pronunciation.EndsWith("イダイ", StringComparison.Ordinal):
                Read(word, word.Surface switch { "疾病" => "シッペー", "境内" => "ケーダイ", _ => "シセー" }, word.Nucleus);
                break;
            case "憧憬" when word.Pronunciation == "ドーケイ":
                Read(word, "ショーケー", 0);
                break;
            case "膝下" when word.Pronunciation == "ヒザモト":
                Read(word, "ヒザシタ", 0);
                break;
            case "登坂" when next is { Surface: "車線" or "道路" or "能力" or "性能" }:
                Read(word, "トーハン", 0);
                break;
            case "襦袢" or "長襦袢" or "肌襦袢" when word.Pronunciation.EndsWith("ジバン", StringComparison.Ordinal):
                Read(word, word.Pronunciation[..^3] + "ジュバン", word.Nucleus);
                break;
            case "好き" when word is { Group1: "接尾", Pronunciation: "スキ" }:
                Read(word, "ズキ", word.Nucleus);
                break;
            case "小屋" when word.Pronunciation == "コヤ" && before is { Pos: "名詞", Group1: "一般" }:
                Read(word, "ゴヤ", 0);
                break;
            case "太鼓" when word.Pronunciation == "タイコ" && before is { Surface: "和" or "大" or "陣" or "小" }:
                Read(word, "ダイコ", 0);
                break;
            case "時" when word is { Pos: "名詞", Pronunciation: "ドキ" } && before?.Pos != "名詞":
                Read(word, "トキ", 0);
                break;
            case "杯" when word is { Group1: "一般", Pronunciation: "ハイ" } && before?.Pos != "名詞" && next is { Surface: "を" }:
                Read(word, "サカズキ", 0);
                break;
            case "雄" when word.Pronunciation == "ユー" && before?.Pos != "名詞" && next is { Surface: "の" or "は" or "が" or "も" or "と" }:
                Read(word, "オス", 2);
                break;
            case "筋" when word is { Group1: "接尾", Pronunciation: "スジ" } && before is not { Surface: "消息" or "関係" or "市場" or "政府" or "外交" or "情報" or "関係者" }:
                Read(word, "キン", 1);
                break;
            case "孔" when word.Pronunciation == "アナ" && before is { Pos: "名詞" }:
                Read(word, "コー", 1);
                break;
            case "高値" when before is { Surface: "最" }:
                Read(word, "コーチ", 1);
                break;
            case "額" when word is { Group1: "一般", Pronunciation: "ガク" } && before is not { Pos: "名詞" } && next is { Surface: "に" or "を" } && afterNext is { Pos: "名詞" or "動詞" } && !IsMoney(afterNext):
                Read(word, "ヒタイ", 0);
                break;
            case "大" when word is { Pos: "接頭詞", Pronunciation: "ダイ" } && next is not null && Great.Contains(next.Surface):
                Read(word, "オー", 0);
                break;
            case "尊ぶ" or "尊び" or "尊ん" or "尊ば" or "貴ぶ" or "貴び" or "貴ん" or "貴ば" when word.Pronunciation.StartsWith("トート", StringComparison.Ordinal):
                Read(word, "タット" + word.Pronunciation[3..], 3);
                break;
            case "芳しい" or "芳しく" or "芳しから" when next is not { Surface: "香り" or "匂い" or "花" or "薫り" or "香" }:
                Read(word, "カンバシ" + word.Pronunciation[4..], 4);
                break;
            case "日本" or "日本人" or "日本語" or "日本側" when word.Pronunciation.StartsWith("ニッポン", StringComparison.Ordinal):
                Read(word, "ニホン" + word.Pronunciation[4..], word.Surface == "日本" ? 2 : word.Surface == "日本語" ? 0 : 4);
                break;
            case "東日本" or "西日本" or "北日本" or "南日本" when word.Pronunciation.EndsWith("ニッポン", StringComparison.Ordinal):
                Read(word, word.Pronunciation[..^4] + "ニホン", Kana.CountMoras(word.Pronunciation) - 2);
                break;
            case "０" or "〇" when word.Group1 == "数" && before is not { Group1: "数" } && next is { Surface: "時" or "点" or "度" or "時間" }:
                Read(word, "レー", 1);
                break;
            case "何" when word is { Group1: "代名詞", Pronunciation: "ナニ" } && next is not null && BeginsDental(next):
                Read(word, "ナン", 1);
                break;
            case "後" when word is { Group1: "副詞可能", Pronunciation: "アト" } && (next is { Surface: "に" } || (next is { IsPause: true } && before is { Surface: "た" or "だ" })):
                Read(word, "ノチ", 0);
                break;
            case "他" when word.Pronunciation == "タ" && before is not { Pos: "名詞" or "連体詞" } && (next is null || next.IsPause || next.Pos == "助詞"):
                Read(word, "ホカ", 0);
                break;
            case "方" when word.Pronunciation == "ホー" && before is { Pos: "連体詞", Surface: "この" or "その" or "あの" or "どの" } && next is { Surface: "は" or "を" or "に" or "です" or "へ" or "と" }:
                Read(word, "カタ", 2);
                break;
            case "空く" when word.Pronunciation == "ムナシク":
                Read(word, "アク", 0);
                break;
            case "方" when word is { Group1: "非自立", Pronunciation: "ホー" } && IsPredicate(before) && next is { Surface: "は" or "を" or "の" or "で" or "です" or "だけ" or "と" or "も" or "々" }:
                Read(word, "カタ", 2);
                break;
            case "人" when word is { Group1: "接尾", Pronunciation: "ジン" } && before is { Group1: "サ変接続" }:
                Read(word, "ニン", 1);
                break;
            case "金" when word is { Pos: "名詞", Group1: "一般", Pronunciation: "キン" } && before?.Pos is not ("名詞" or "接頭詞") && next is { Pos: "助詞" }:
                Read(word, "カネ", 0);
                break;
            case "身体" when word.Pronunciation == "シンタイ" && before?.Pos != "名詞" && next is { Pos: "助詞" or "助動詞" or "記号" }:
                Read(word, "カラダ", 0);
                break;
            case "家" when word is { Group1: "接尾", Pronunciation: "カ" } && before is { Group2: "人名" }:
                Read(word, "ケ", 0);
                break;
            case "中" when word is { Group1: "接尾", Pronunciation: "チュー" } && before is not null && (Throughout.Contains(before.Surface) || before.Group2 == "地域"):
                Read(word, "ジュー", 0);
                break;
            case "形" when word is { Group1: "接尾", Pronunciation: "ガタ" } && before is { Group1: "サ変接続" } or { Surface: [.., '錐' or '円' or '角' or '方' or '醜'] }:
                Read(word, "ケー", 0);
                break;
            case "不足" when word.Pronunciation == "フソク" && before is { Pos: "名詞", Moras: > 1 }:
                Read(word, "ブソク", 0);
                break;
            case "分" when before is { Group1: "数" } && next is { Surface: "の" } && afterNext is { Group1: "数" }:
                Read(word, "ブン", 1);
                (word.Group1, word.Group2) = ("接尾", "*");
                break;
            case "良い" or "いい" when word is { Pos: "形容詞", Pronunciation: "ヨイ" } && before is { Surface: "が" or "て" or "も" or "ば" }:
                Read(word, "イイ", 1);
                break;
            case "御" when word is { Pos: "接頭詞", Pronunciation: "ゴ" } && next is not null && next.Surface.Any(Kana.IsHiragana):
                Read(word, "オ", 0);
                break;
            case "出生" when word.Pronunciation == "シュッショー":
                Read(word, "シュッセー", 0);
                break;
            case "黄色" when word.Pronunciation == "オーショク":
                Read(word, "キイロ", 0);
                break;
            case "著作権" when word.Pronunciation == "チョサッケン":
                Read(word, "チョサクケン", 3);
                break;
            case "米" when word is { Pos: "名詞", Pronunciation: "ベー" } && before?.Pos != "名詞" && next is { Surface: "を" or "の" or "が" or "も" }:
                Read(word, "コメ", 2);
                break;
            case "弦" when word.Pronunciation == "ツル":
                Read(word, "ゲン", 1);
                break;
            case "館" when word.Pronunciation == "カン" && before?.Pos != "名詞":
                Read(word, "ヤカタ", 0);
                break;
            case "今" when word is { Pos: "接頭詞", Pronunciation: "コン" } && next is not { Surface: "大会" or "年度" or "世紀" or "シーズン" or "学期" or "場所" or "季" or "国会" }:
                Read(word, "イマ", 1);
                break;
            case "今日" when word.Pronunciation == "キョー" && next is { Surface: "的" } || (word.Pronunciation == "キョー" && next is { Surface: "で" } && afterNext is { Surface: "は" or "も" }):
                Read(word, "コンニチ", 1);
                break;
            case "行っ" when word.Pos == "動詞":
                Go(word, before);
                break;
        }
    }

    /// <summary>Native words that 大 stands before as オー.</summary>
    static readonly HashSet<string> Great = ["番狂わせ", "違い", "旦那", "太鼓", "海老", "えび", "エビ", "騒ぎ", "喧嘩", "掃除", "仕事", "慌て", "喜び", "急ぎ", "入り", "助かり", "当たり", "外れ", "儲け", "食い",
        "酒飲み", "型", "回り", "股", "声", "柄", "技", "一番", "嘘", "嘘つき", "嵐", "揺れ", "笑い", "泣き", "負け", "勝ち", "看板", "広間", "部屋", "店", "船", "鍋", "皿", "袋", "箱", "穴", "岩", "木", "男", "女", "金持ち", "地主", "親分", "目玉"];

    static bool IsMoney(Word word) => word.Surface is "達し" or "なる" or "なり" or "上っ" or "のぼっ" or "超え" or "上回" or "決め" or "減ら" or "増や" or "引き上げ" or "支払" or "応じ" or "相当";

    /// <summary>部屋に入れない ハイレナイ, of somebody: there is a place, and nothing that is put there.</summary>
    static bool GoesIn(List<Word> words, int verb)
    {
        var place = false;
        for (var i = verb - 1; i >= 0 && !words[i].IsPause; i--)
        {
            if (words[i] is { Surface: "を", Pos: "助詞" })
                return false;
            place |= words[i] is { Surface: "に" or "へ", Pos: "助詞" } && i >= verb - 2;
        }
        return place;
    }

    /// <summary>Verbs that are read by what they are done to: 理想を抱く イダク but 子供を抱く ダク, 絵を描く カク but 軌跡を描く エガク.</summary>
    static void OfItsObject(Word word, Word? before, Word? thing)
    {
        if (word.Pos != "動詞" || before is not { Surface: "を" } || thing is null)
            return;
        if (word.Lemma == "抱く" && word.Pronunciation.StartsWith('ダ') && thing.Surface.Length > 0 && Felt.Contains(thing.Surface[^1]))
            Read(word, "イ" + word.Pronunciation, word.Nucleus == 0 ? 2 : word.Nucleus + 1);
        else if (word.Lemma == "描く" && word.Pronunciation.StartsWith("エガ", StringComparison.Ordinal) && Drawn.Contains(thing.Surface))
            Read(word, "カ" + word.Pronunciation[2..], 1);
    }

    /// <summary>The last character of what is held in the mind.</summary>
    static readonly HashSet<char> Felt = [.. "感心念望夢想情意志怨恨い象味待怖憧怒憎悩像敬惑懸義慕信"];

    static readonly HashSet<string> Drawn = ["絵", "自画像", "似顔絵", "漫画", "マンガ", "図", "地図", "イラスト", "落書き", "線", "文字", "字", "円", "丸", "マル", "眉", "油絵", "挿絵", "原画", "肖像画", "風景画", "水彩画", "図面"];

    /// <summary>行った: イッタ, but オコナッタ after を of something done.</summary>
    static void Go(Word word, Word? before)
    {
        if (before is { Surface: "を" } && word.Pronunciation == "イッ")
            Read(word, "オコナッ", 0);
        else if (before is { Surface: "へ" or "まで" or "て" or "に" } && word.Pronunciation == "オコナッ")
            Read(word, "イッ", 0);
    }

    /// <summary>辛い: カライ of food, ツライ else.</summary>
    static void Hot(Word word, Word? before, Word? next, Word? subject)
    {
        var food = (before is not null && Bitter.Contains(before.Surface)) || (next is not null && Bitter.Contains(next.Surface)) || (subject is not null && Bitter.Contains(subject.Surface));
        if (word.Pronunciation.StartsWith("カラ", StringComparison.Ordinal) && !food)
            Read(word, "ツラ" + word.Pronunciation[2..], word.Nucleus);
        else if (word.Pronunciation.StartsWith("ツラ", StringComparison.Ordinal) && food)
            Read(word, "カラ" + word.Pronunciation[2..], word.Nucleus);
    }

    static void Read(Word word, string pronunciation, int nucleus) =>
        (word.Reading, word.Pronunciation, word.Nucleus, word.Moras) = (pronunciation, pronunciation, nucleus, Kana.CountMoras(pronunciation));

    /// <summary>The lattice cuts names that it does not know within a mora: ボロヴニツ|ァ.</summary>
    static bool EndsMoraOf(Word before, Word word) =>
        word.Surface is "ァ" or "ィ" or "ゥ" or "ェ" or "ォ" && before is { Settled: false, IsPause: false, Surface.Length: > 0 } && Kana.IsKatakana(before.Surface[^1])
        && Kana.MoraLength(before.Surface[^1] + word.Surface) == 2;

    static bool BeginsDental(Word word) =>
        word.Surface is not ("に" or "とも") && word.Pronunciation.Length > 0 && word.Pronunciation[0] is 'タ' or 'ダ' or 'ヅ' or 'テ' or 'デ' or 'ト' or 'ド' or 'ナ' or 'ニ' or 'ノ';

    static bool IsPredicate(Word? word) => word is { Pos: "動詞" or "助動詞" or "形容詞" };
}
