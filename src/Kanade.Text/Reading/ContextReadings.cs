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
            case "形" when word is { Group1: "接尾", Pronunciation: "ガタ" } && before is { Group1: "サ変接続" }:
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
