using Kanade.Text;

namespace Kanade.Training.Scores;

/// <summary>What the scores expect of a phone.</summary>
static class PhoneKinds
{
    static readonly HashSet<string> Vowels = ["a", "i", "u", "e", "o", "N"];

    /// <summary>May be quiet: the closure of a geminate, and devoiced vowels, which are often deleted.</summary>
    static readonly HashSet<string> Quiet = ["cl", "A", "I", "U", "E", "O"];

    /// <summary>A stretch without speech.</summary>
    public static bool IsPause(TimedPhone phone) => phone.Phone is SymbolGroups.Pause or "sil";

    /// <summary>A sound that has to be audible.</summary>
    public static bool IsAudible(TimedPhone phone) => !IsPause(phone) && !Quiet.Contains(phone.Phone);

    /// <summary>A sound that has to have a pitch.</summary>
    public static bool IsVowel(TimedPhone phone) => Vowels.Contains(phone.Phone);
}
