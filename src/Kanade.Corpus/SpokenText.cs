using System.Globalization;
using System.Text;

namespace Kanade.Corpus;

/// <summary>Who says what, as far as it decides what an utterance is for.</summary>
/// <param name="Speaker">Whose voice.</param>
/// <param name="Style">Style tag.</param>
/// <param name="Key">What is heard of the text: utterances with the same key say the same.</param>
sealed record SpokenText(string Speaker, string Style, string Key)
{
    /// <summary>The symbols without accent, pauses and marks, so that a sentence in kanji, in kana and with other punctuation has one key; of symbols that are
    /// nothing but marks, the symbols.</summary>
    internal static string KeyOf(Utterance utterance)
    {
        var key = new StringBuilder();
        foreach (var rune in utterance.Symbols.Normalize(NormalizationForm.FormKC).EnumerateRunes())
            if (Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.SpaceSeparator or UnicodeCategory.Control or >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherSymbol))
                key.Append(rune);
        return key.Length > 0 ? key.ToString() : utterance.Symbols;
    }
}
