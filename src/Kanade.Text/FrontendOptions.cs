namespace Kanade.Text;

/// <summary>What decides on accent phrases and nuclei.</summary>
public enum AccentSource
{
    /// <summary>A model trained from labels, the shipped one where no other is named.</summary>
    Learned,

    /// <summary>The rules of Open JTalk alone.</summary>
    Rules,
}

/// <summary>How speech is written in symbols.</summary>
public enum PhonemeNotation
{
    /// <summary>Phones with accents, phrases and pauses: <see cref="SymbolRenderer"/>.</summary>
    Kanade,

    /// <summary>What Tsukasa's checkpoints were trained on, its faults included. No accents.</summary>
    Tsukasa,
}

/// <summary>How the frontend reads.</summary>
/// <param name="DictionaryFolder">A compiled naist-jdic; null looks in the usual places (<see cref="Text.DictionaryFolder"/>).</param>
/// <param name="Accent">What decides on accents.</param>
/// <param name="AccentModel">A model written by <c>kanade pretrain accent</c>; null is the shipped one.</param>
/// <param name="ReadByContext">Tell words written alike apart by their neighbours (言う, 何, 後 …); false reads as Open JTalk does.</param>
/// <param name="UserDictionaries">Files of <c>surface,reading,accent[,pos]</c>, read again when they change.</param>
/// <param name="Heteronyms">A model written by <c>kanade pretrain readings</c>; null is the shipped one.</param>
/// <param name="Phonemes">The notation of <see cref="Phonemization.Symbols"/> and the ids.</param>
public sealed record FrontendOptions(
    string? DictionaryFolder = null,
    AccentSource Accent = AccentSource.Learned,
    string? AccentModel = null,
    bool ReadByContext = true,
    IReadOnlyList<string>? UserDictionaries = null,
    string? Heteronyms = null,
    PhonemeNotation Phonemes = PhonemeNotation.Kanade);
