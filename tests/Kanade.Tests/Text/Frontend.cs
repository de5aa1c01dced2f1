using Kanade.Text;

namespace Kanade.Tests.Text;

/// <summary>One frontend for all tests of the folder: opening maps a 103 MB dictionary.</summary>
static class Frontend
{
    static readonly Lazy<JapaneseFrontend> Shared = new(() => JapaneseFrontend.Open(new FrontendOptions()));

    static readonly Lazy<JapaneseFrontend> RulesOnly = new(() => JapaneseFrontend.Open(new FrontendOptions(Accent: AccentSource.Rules, ReadByContext: false)));

    public static Phonemization Read(string text) => Shared.Value.Phonemize(text);

    public static Phonemization ReadByRules(string text) => RulesOnly.Value.Phonemize(text);

    /// <summary>Phrases as "ka na 1 | …" in phones and nucleus, flat and final alike as the last mora (as full-context labels have it).</summary>
    public static string Phrases(Phonemization result) => string.Join(" | ", result.Phrases.Select(phrase =>
        $"{string.Join(' ', phrase.Moras.SelectMany(mora => mora.Phones))} {(phrase.Nucleus == 0 ? phrase.Moras.Count : phrase.Nucleus)}"));

    /// <summary>Phrases as katakana with ' after the nucleus and / between: "コンニチワ / カ'ナデデス".</summary>
    public static string Kana(string text) => string.Join(" / ", Read(text).Phrases.Select(phrase =>
        string.Concat(phrase.Moras.Select((mora, i) => mora.Kana + (i + 1 == phrase.Nucleus ? "'" : "")))));
}
