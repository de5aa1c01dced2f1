using System.Collections.Concurrent;
using System.Globalization;

namespace Kanade.Text;

/// <summary>The nucleus of each accent phrase from those of its words and their rules of combination (Sagisaka and Sato 1983, as coded in the dictionary: F for ancillary words,
/// C for compounds, P for affixes). The result is left on the first word of the phrase.</summary>
internal static class AccentRules
{
    /// <summary>One alternative of a rule: what the part of speech before must contain (null: anything), its name, and its shift in moras.</summary>
    readonly record struct Alternative(string? Before, string Name, int Shift);

    static readonly ConcurrentDictionary<string, Alternative[]> Parsed = new(StringComparer.Ordinal);

    /// <summary>Sets the nucleus of every phrase on its first word.</summary>
    public static void Apply(List<Word> words)
    {
        for (var start = 0; start < words.Count;)
        {
            var end = start + 1;
            while (end < words.Count && words[end].Chained == true)
                end++;
            if (!words[start].Settled)
                words[start].Nucleus = Combine(words, start, end);
            start = end;
        }
    }

    /// <summary>The nucleus of the phrase of the words [start, end), 0 for flat; the words keep theirs.</summary>
    public static int Combine(IReadOnlyList<Word> words, int start, int end)
    {
        var nucleus = words[start].Nucleus;
        if (words[start].Surface == "十" && start + 1 < words.Count && words[start + 1].Group1 == "数")
            nucleus = 0;
        var moras = words[start].Moras;
        for (var i = start + 1; i < end; i++)
        {
            nucleus = Combine(nucleus, moras, words[i - 1], words[i]);
            if (i == start + 1 && words[start].Group1 == "数" && words[i].Group1 == "数")
                nucleus = NumberAccent(words[start], words[i], i + 1 < words.Count ? words[i + 1] : null) ?? nucleus;
            moras += words[i].Moras;
        }
        return nucleus;
    }

    static int Combine(int nucleus, int moras, Word before, Word word)
    {
        var rule = RuleAfter(word.ChainRule, before.Pos);
        return Math.Max(0, rule.Name switch
        {
            "F2" => nucleus == 0 ? moras + rule.Shift : nucleus,
            "F3" => nucleus != 0 ? moras + rule.Shift : nucleus,
            "F4" => moras + rule.Shift,
            "F5" or "C4" or "P6" => 0,
            "C1" => moras + word.Nucleus,
            "C2" => moras + 1,
            "C3" => moras,
            "P1" => word.Nucleus == 0 ? 0 : moras + word.Nucleus,
            "P2" => word.Nucleus == 0 ? moras + 1 : moras + word.Nucleus,
            "P14" => word.Nucleus != 0 ? moras + word.Nucleus : nucleus,
            _ => nucleus,           // F1, C5 and whatever is not a rule
        });
    }

    static Alternative RuleAfter(string rules, string pos)
    {
        if (rules == "*")
            return new Alternative(null, "*", 0);
        foreach (var alternative in Parsed.GetOrAdd(rules, Parse))
        {
            if (alternative.Before is null || pos.Contains(alternative.Before, StringComparison.Ordinal))
                return alternative;
        }
        return new Alternative(null, "*", 0);
    }

    static Alternative[] Parse(string rules) => [.. rules.Split('/').Select(text =>
    {
        var percent = text.IndexOf('%', StringComparison.Ordinal);
        var name = text[(percent + 1)..];
        var at = name.IndexOf('@', StringComparison.Ordinal);
        var shift = at >= 0 && int.TryParse(name[(at + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : 0;
        return new Alternative(percent < 0 ? null : text[..percent], at < 0 ? name : name[..at], shift);
    })];

    /// <summary>十 百 千 万 億 兆 after another numeral set the nucleus of the pair.</summary>
    static int? NumberAccent(Word before, Word word, Word? next) => word.Surface switch
    {
        "十" => before.Surface is "五" or "六" or "八" && next?.Surface is "一" or "二" or "三" or "四" or "五" or "六" or "七" or "八" or "九" ? 0 : 1,
        "百" => before.Surface switch { "七" => 2, "三" or "四" or "九" or "何" => 1, _ => before.Moras + word.Moras },
        "千" or "万" => before.Moras + 1,
        "億" => before.Surface is "一" or "六" or "七" or "八" or "幾" ? 2 : 1,
        "兆" => before.Surface is "六" or "七" ? 2 : 1,
        _ => null,
    };
}
