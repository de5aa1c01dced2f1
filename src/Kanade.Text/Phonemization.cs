namespace Kanade.Text;

/// <summary>A mora: its katakana (ー where it holds the vowel before it) and its phones.
/// Phones: a i u e o (A I U E O devoiced) N cl k ky g gy s sh z j t ty ch ts d dy n ny h hy f b by p py m my y r ry w v;
/// a nonverbal sound is a mora of one phone: laugh breath_in breath_out sigh cough.</summary>
public sealed record Mora(string Kana, IReadOnlyList<string> Phones);

/// <summary>A stretch of speech with one fall of pitch at most.</summary>
/// <param name="Moras">Never empty.</param>
/// <param name="Nucleus">The 1-based mora after which the pitch falls, 0 for flat.</param>
/// <param name="PauseAfter">The speaker stops before the next phrase; false on the last phrase.</param>
/// <param name="Punctuation">The marks of the text that follow the phrase, as written, or empty.</param>
public sealed record AccentPhrase(IReadOnlyList<Mora> Moras, int Nucleus, bool PauseAfter, string Punctuation);

/// <summary>What the frontend makes of a text.</summary>
/// <param name="Text">The text as given.</param>
/// <param name="Phrases">The accent phrases, in order.</param>
/// <param name="Symbols">What the networks read, in the notation of <see cref="SymbolRenderer"/>.</param>
/// <param name="Ids">The symbols as indices of <see cref="SymbolTable"/>, with the pad id at both ends.</param>
/// <param name="Unread">Pieces of the text that should be spoken but for which no reading is known.</param>
public sealed record Phonemization(string Text, IReadOnlyList<AccentPhrase> Phrases, string Symbols, IReadOnlyList<int> Ids, IReadOnlyList<string> Unread)
{
    /// <summary>The words that are heard, in order, with the symbols that speak them; marks and gaps belong to none. Empty in Tsukasa's notation.</summary>
    public IReadOnlyList<SpokenWord> Words { get; init; } = [];
}

/// <summary>A word of the dictionary, or of a rule (a number, say), in its place among the symbols.</summary>
/// <param name="Surface">As written, in the normal form of the dictionary (full-width).</param>
/// <param name="Start">Its first symbol in <see cref="Phonemization.Symbols"/>; in the ids it is one further, after the pad.</param>
/// <param name="Length">Its symbols, accents included. At least 1.</param>
public readonly record struct SpokenWord(string Surface, int Start, int Length);
