using System.Text.RegularExpressions;

namespace Kanade.Corpus;

/// <summary>What is said in a line of a speech corpus's transcript: without its id, and without the line's reading in kana where the line ends in one
/// (JSUT's <c>id:text</c>, ITA's and ROHAN's <c>id:text,カナ</c>); readings in parentheses after kanji (ROHAN's <c>完全(かんぜん)</c>) become ruby.</summary>
static partial class TranscriptLine
{
    internal static string TextOf(string line)
    {
        var id = Id().Match(line);
        if (!id.Success)
            return line;
        var text = line[id.Length..];
        var kana = Reading().Match(text);
        if (kana.Success)
            text = text[..kana.Index];
        return Furigana().Replace(text, "｜${kanji}《${kana}》");
    }

    /// <summary>Letters and figures of ASCII that end in a figure, then a colon or a TAB.</summary>
    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_\-]*[0-9][:\t]")]
    private static partial Regex Id();

    [GeneratedRegex(@",[ァ-ヺー、。！？・…「」 　]+$")]
    private static partial Regex Reading();

    [GeneratedRegex(@"(?<kanji>[\u3400-\u4DBF\u4E00-\u9FFF々〆ヶ]+)\((?<kana>[ぁ-ゖー]+)\)")]
    private static partial Regex Furigana();
}
