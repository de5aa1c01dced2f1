using System.Globalization;

namespace Kanade.Text;

/// <summary>A user's dictionary: lines of <c>surface,reading,accent[,pos]</c>. The reading is kana; the accent is the mora after which the pitch falls, 0 for flat;
/// the part of speech is one of 名詞 (the default), 固有名詞, 人名, 姓, 名, 地名, サ変, 形容動詞, 副詞, 感動詞. Empty lines and lines that begin with # are passed over.</summary>
internal static class UserDictionaryFile
{
    /// <summary>A user's word beats what the dictionary would make of the same characters.</summary>
    const short Cost = -3000;

    /// <summary>A word of the dictionary whose connection classes stand for each part of speech.</summary>
    static readonly Dictionary<string, (string Example, string Pos, string Group1, string Group2, string Group3)> Kinds = new()
    {
        ["名詞"] = ("机", "名詞", "一般", "*", "*"),
        ["固有名詞"] = ("富士山", "名詞", "固有名詞", "一般", "*"),
        ["人名"] = ("太郎", "名詞", "固有名詞", "人名", "名"),
        ["名"] = ("太郎", "名詞", "固有名詞", "人名", "名"),
        ["姓"] = ("鈴木", "名詞", "固有名詞", "人名", "姓"),
        ["地名"] = ("東京", "名詞", "固有名詞", "地域", "一般"),
        ["サ変"] = ("勉強", "名詞", "サ変接続", "*", "*"),
        ["形容動詞"] = ("静か", "名詞", "形容動詞語幹", "*", "*"),
        ["副詞"] = ("とても", "副詞", "一般", "*", "*"),
        ["感動詞"] = ("ありがとう", "感動詞", "*", "*", "*"),
    };

    public static IEnumerable<UserWord> Read(string path, Func<string, string, (ushort Left, ushort Right)> classesOf)
    {
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (line.AsSpan().Trim() is [] or ['#', ..])
                continue;
            var fields = line.Split(',', StringSplitOptions.TrimEntries);
            if (fields.Length is < 3 or > 4)
                throw new InvalidDataException($"{path}:{number}: needs surface,reading,accent[,pos], found {fields.Length} fields");
            yield return Word(fields[0], fields[1], fields[2], fields.Length > 3 && fields[3].Length > 0 ? fields[3] : "名詞", $"{path}:{number}", classesOf);
        }
    }

    static UserWord Word(string surface, string reading, string accent, string kind, string place, Func<string, string, (ushort Left, ushort Right)> classesOf)
    {
        var kana = Kana.ToKatakana(reading);
        var moras = Kana.CountMoras(kana);
        if (surface.Length == 0)
            throw new InvalidDataException($"{place}: the surface is empty");
        if (moras == 0 || !Kana.IsAllMoras(kana))
            throw new InvalidDataException($"{place}: the reading must be kana, found '{reading}'");
        if (!int.TryParse(accent, NumberStyles.None, CultureInfo.InvariantCulture, out var nucleus) || nucleus > moras)
            throw new InvalidDataException($"{place}: the accent must be 0 to {moras} for {kana}, found '{accent}'");
        if (!Kinds.TryGetValue(kind, out var pos))
            throw new InvalidDataException($"{place}: unknown part of speech '{kind}': use {string.Join(", ", Kinds.Keys)}");
        var (left, right) = classesOf(pos.Example, pos.Pos);
        var entry = new DictionaryEntry(pos.Pos, pos.Group1, pos.Group2, pos.Group3, "*", "*", "C1", null, [new DictionaryPart(surface, kana, Kana.Spoken(kana), nucleus, moras)]);
        return new UserWord(SourceReader.Widened(surface), left, right, Cost, entry);
    }
}
