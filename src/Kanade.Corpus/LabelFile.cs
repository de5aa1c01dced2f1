using System.Text.RegularExpressions;

namespace Kanade.Corpus;

/// <summary>Tells label files from transcripts, because both are called <c>.lab</c>: HTK's lines of start, end (in 100 ns) and phoneme, full-context labels of
/// HTS with or without times, and phonemes a line.</summary>
static partial class LabelFile
{
    /// <summary>Whether these lines are labels. A line with another content makes them a text.</summary>
    internal static bool IsLabels(IReadOnlyCollection<string> lines)
    {
        var filled = lines.Where(l => !string.IsNullOrWhiteSpace(l)).ToList();
        return filled.Count > 0 && (filled.TrueForAll(l => Timed().IsMatch(l)) || filled.TrueForAll(l => FullContext().IsMatch(l))
            || filled.TrueForAll(l => Phoneme().IsMatch(l)) && filled.Exists(l => Silence().IsMatch(l)));
    }

    // Whole numbers before a text may belong to it: then only a phoneme, which has a letter of the alphabet, makes them times.
    [GeneratedRegex(@"^\s*(\d+\.\d+\s+\d+\.\d+\s+\S|\d+\s+\d+\s+(?=\S*[A-Za-z])[!-~]+(\s+[!-~]+)*\s*$)")]
    private static partial Regex Timed();

    [GeneratedRegex(@"^\s*\S+\^\S+-\S+\+\S+=\S+\s*$")]
    private static partial Regex FullContext();

    [GeneratedRegex(@"^\s*[A-Za-z]{1,4}:?\s*$")]
    private static partial Regex Phoneme();

    [GeneratedRegex(@"^\s*(sil|silB|silE|pau|sp)\s*$")]
    private static partial Regex Silence();
}
