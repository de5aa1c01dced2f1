namespace Kanade.Text;

/// <summary>People and days have names of their own: 一人 ヒトリ, 二人 フタリ, 一日 ツイタチ, 二十日 ハツカ, 十四日間 ジュウヨッカカン.</summary>
internal static class Calendar
{
    readonly record struct Name(string Surface, string Reading, string Pronunciation, int Nucleus, int Moras);

    static readonly Dictionary<string, Name> People = new()
    {
        ["一"] = new("一人", "ヒトリ", "ヒトリ", 2, 3),
        ["二"] = new("二人", "フタリ", "フタリ", 3, 3),
    };

    static readonly Dictionary<string, Name> Days = new()
    {
        ["一"] = new("一日", "イチニチ", "イチニチ", 4, 4),
        ["二"] = new("二日", "フツカ", "フツカ", 0, 3),
        ["三"] = new("三日", "ミッカ", "ミッカ", 0, 3),
        ["四"] = new("四日", "ヨッカ", "ヨッカ", 0, 3),
        ["五"] = new("五日", "イツカ", "イツカ", 0, 3),
        ["六"] = new("六日", "ムイカ", "ムイカ", 0, 3),
        ["七"] = new("七日", "ナノカ", "ナノカ", 0, 3),
        ["八"] = new("八日", "ヨウカ", "ヨーカ", 0, 3),
        ["九"] = new("九日", "ココノカ", "ココノカ", 0, 4),
        ["十"] = new("十日", "トウカ", "トーカ", 0, 3),
    };

    static readonly Name FirstOfMonth = new("一日", "ツイタチ", "ツイタチ", 4, 4);
    static readonly Name Fourteenth = new("十四日", "ジュウヨッカ", "ジューヨッカ", 1, 5), FourteenDays = new("十四日間", "ジュウヨッカカン", "ジューヨッカカン", 5, 7);
    static readonly Name Twentieth = new("二十日", "ハツカ", "ハツカ", 0, 3), TwentyDays = new("二十日間", "ハツカカン", "ハツカカン", 3, 5);
    static readonly Name Twenty = new("二十", "ニジュウ", "ニジュー", 1, 3), Fourth = new("四日", "ヨッカ", "ヨッカ", 0, 3), FourDays = new("四日間", "ヨッカカン", "ヨッカカン", 3, 5);

    public static void Apply(LinkedList<Word> words)
    {
        for (var node = words.First; node?.Next is not null; node = node.Next)
        {
            if (Counters.IsLoneNumber(node) && Counters.IsCounter(node.Next.Value))
                OneNumeral(node, node.Next.Value);
        }
        for (var node = words.First; node is not null; node = node.Next)
        {
            if (node.Previous?.Value.Group1 != "数" && node.Next?.Next is not null)
                TwoNumerals(node);
        }
    }

    static void OneNumeral(LinkedListNode<Word> node, Word counter)
    {
        var number = node.Value;
        if (counter.Surface == "人" && People.TryGetValue(number.Surface, out var people))
        {
            Take(number, people, counter);
        }
        else if (counter.Surface == "日")
        {
            var month = node.Previous?.Value.Surface.Contains('月', StringComparison.Ordinal) == true;
            if (month && number.Surface == "一")
                Take(number, FirstOfMonth, counter);
            else if (Days.TryGetValue(number.Surface, out var day))
                Take(number, day, counter);
        }
        else if (counter.Surface == "日間" && Days.TryGetValue(number.Surface, out var days))
        {
            var moras = days.Moras + 2;
            Take(number, new Name(days.Surface + "間", days.Reading + "カン", days.Pronunciation + "カン", days.Moras, moras), counter);
        }
    }

    /// <summary>十四日, 二十日, 二十四日 and the same with 間.</summary>
    static void TwoNumerals(LinkedListNode<Word> node)
    {
        var (first, second, third) = (node.Value, node.Next!.Value, node.Next.Next!.Value);
        if (first.Surface == "十" && second.Surface == "四" && IsDay(third))
        {
            Take(first, third.Surface == "日" ? Fourteenth : FourteenDays, second, third);
        }
        else if (first.Surface == "二" && second.Surface == "十" && IsDay(third))
        {
            Take(first, third.Surface == "日" ? Twentieth : TwentyDays, second, third);
        }
        else if (first.Surface == "二" && second.Surface == "十" && third.Surface == "四" && node.Next.Next.Next is { } fourth && IsDay(fourth.Value))
        {
            Take(first, Twenty);
            Take(second, fourth.Value.Surface == "日" ? Fourth : FourDays, third, fourth.Value);
            second.Chained = false;
        }
    }

    static bool IsDay(Word word) => word.Surface is "日" or "日間";

    /// <summary>The first word takes the name, the others fall silent.</summary>
    static void Take(Word word, Name name, params ReadOnlySpan<Word> silent)
    {
        word.Become(name.Surface, "名詞", "副詞可能", "*", name.Reading, name.Pronunciation, name.Nucleus, name.Moras);
        foreach (var other in silent)
        {
            word.End = Math.Max(word.End, other.End);
            other.Pronunciation = "*";
        }
    }
}
