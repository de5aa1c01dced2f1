namespace Kanade.Text;

/// <summary>Words written alike and read differently, told apart by their neighbours: 言う, 何, 後, 他, 方, 辛い …; those that one word beside decides
/// are in the table of <see cref="Corrections"/>.</summary>
internal static class ContextReadings
{
    static readonly HashSet<string> Bitter = ["カレー", "味", "料理", "唐辛子", "スープ", "もの", "物", "塩", "ラーメン", "麻婆", "キムチ", "口", "味噌", "食べ物", "ソース", "鍋", "大根", "酒", "めちゃくちゃ"];

    /// <summary>Words of which the rules know all that decides, so that no model is asked.</summary>
    public static bool Decides(Word word) => word.Lemma is "抱く" or "描く" or "辛い" || word is { Surface: "何", Group1: "代名詞" };

    public static void Apply(List<Word> words)
    {
        for (var i = 0; i < words.Count; i++)
        {
            var before = i > 0 ? words[i - 1] : null;
            var next = i + 1 < words.Count ? words[i + 1] : null;
            var afterNext = i + 2 < words.Count ? words[i + 2] : null;
            if (words[i].Settled || words[i].Given)
                continue;
            if (before is not null && EndsMoraOf(before, words[i]))
            {
                before.Say(before.Pronunciation[..^1] + before.Surface[^1] + words[i].Surface[0] + words[i].Pronunciation[1..], Math.Min(before.Nucleus, before.Moras));
                (before.Surface, before.End) = (before.Surface + words[i].Surface, words[i].End);
                words.RemoveAt(i--);
                continue;
            }
            Corrections.Apply(words[i], before, next);
            Say(words[i], before, next, afterNext);
            OfItsObject(words[i], before, i > 1 ? words[i - 2] : null);
            if (words[i] is { Surface: "入れ", Pos: "動詞", Pronunciation: "イレ" } && next is { Surface: "ない" or "なかっ" or "ませ" or "なく" } && GoesIn(words, i))
                words[i].Say("ハイレ", 0);
            SpokenVowels.Apply(words[i]);
            if (words[i] is { Pos: "形容詞", Lemma: "辛い" })
                Hot(words[i], before, next, i > 1 ? words[i - 2] : null);
        }
    }

    /// <summary>What more than one word beside decides, or more than the words of it.</summary>
    static void Say(Word word, Word? before, Word? next, Word? afterNext)
    {
        switch (word.Surface)
        {
            case "額" when word is { Group1: "一般", Pronunciation: "ガク" } && before is not { Pos: "名詞" } && next is { Surface: "に" or "を" } && afterNext is { Pos: "名詞" or "動詞" } && !IsMoney(afterNext):
                word.Say("ヒタイ", 0);
                break;
            case "何" when word is { Group1: "代名詞", Pronunciation: "ナニ" } && next is not null && BeginsDental(next):
                word.Say("ナン", 1);
                break;
            case "形" when word is { Group1: "接尾", Pronunciation: "ガタ" } && before is { Group1: "サ変接続" } or { Surface: [.., '錐' or '円' or '角' or '方' or '醜'] }:
                word.Say("ケー", 0);
                break;
            case "不足" when word.Pronunciation == "フソク" && before is { Pos: "名詞", Moras: > 1 }:
                word.Say("ブソク", 0);
                break;
            case "分" when before is { Group1: "数" } && next is { Surface: "の" } && afterNext is { Group1: "数" }:
                word.Say("ブン", 1);
                (word.Group1, word.Group2) = ("接尾", "*");
                break;
            case "御" when word is { Pos: "接頭詞", Pronunciation: "ゴ" } && next is not null && next.Surface.Any(Kana.IsHiragana):
                word.Say("オ", 0);
                break;
            case "今日" when word.Pronunciation == "キョー" && next is { Surface: "で" } && afterNext is { Surface: "は" or "も" }:
                word.Say("コンニチ", 1);
                break;
        }
    }

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
            word.Say("イ" + word.Pronunciation, word.Nucleus == 0 ? 2 : word.Nucleus + 1);
        else if (word.Lemma == "描く" && word.Pronunciation.StartsWith("エガ", StringComparison.Ordinal) && Drawn.Contains(thing.Surface))
            word.Say("カ" + word.Pronunciation[2..], 1);
    }

    /// <summary>The last character of what is held in the mind.</summary>
    static readonly HashSet<char> Felt = [.. "感心念望夢想情意志怨恨い象味待怖憧怒憎悩像敬惑懸義慕信"];

    static readonly HashSet<string> Drawn = ["絵", "自画像", "似顔絵", "漫画", "マンガ", "図", "地図", "イラスト", "落書き", "線", "文字", "字", "円", "丸", "マル", "眉", "油絵", "挿絵", "原画", "肖像画", "風景画", "水彩画", "図面"];

    /// <summary>辛い: カライ of food, ツライ else.</summary>
    static void Hot(Word word, Word? before, Word? next, Word? subject)
    {
        var food = (before is not null && Bitter.Contains(before.Surface)) || (next is not null && Bitter.Contains(next.Surface)) || (subject is not null && Bitter.Contains(subject.Surface));
        if (word.Pronunciation.StartsWith("カラ", StringComparison.Ordinal) && !food)
            word.Say("ツラ" + word.Pronunciation[2..], word.Nucleus);
        else if (word.Pronunciation.StartsWith("ツラ", StringComparison.Ordinal) && food)
            word.Say("カラ" + word.Pronunciation[2..], word.Nucleus);
    }

    /// <summary>The lattice cuts names that it does not know within a mora: ボロヴニツ|ァ, カミ|ュ.</summary>
    static bool EndsMoraOf(Word before, Word word) =>
        word is { Surface: ['ァ' or 'ィ' or 'ゥ' or 'ェ' or 'ォ' or 'ャ' or 'ュ' or 'ョ', ..], IsPause: false, Pronunciation.Length: > 0 } && word.Pronunciation[0] != Kana.LongVowel
        && before is { Settled: false, Given: false, IsPause: false, Surface.Length: > 0, Pronunciation.Length: > 0 } && Kana.IsKatakana(before.Surface[^1])
        && Kana.IsAllMoras(word.Surface.AsSpan(1)) && Kana.MoraLength($"{before.Surface[^1]}{word.Surface[0]}") == 2;

    static bool BeginsDental(Word word) =>
        word.Surface is not ("に" or "とも") && word.Pronunciation.Length > 0 && word.Pronunciation[0] is 'タ' or 'ダ' or 'ヅ' or 'テ' or 'デ' or 'ト' or 'ド' or 'ナ' or 'ニ' or 'ノ';
}
