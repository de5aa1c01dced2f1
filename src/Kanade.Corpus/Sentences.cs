using System.Text.RegularExpressions;

namespace Kanade.Corpus;

/// <summary>Divides a long text where a speaker would pause.</summary>
static partial class Sentences
{
    /// <summary>The sentences, in order; closing brackets stay with the sentence they close. White space divides too: between lines, and where Japanese has it, there is a pause.</summary>
    internal static IReadOnlyList<string> Of(string text) => [.. Sentence().Matches(text).Select(m => m.Value.Trim()).Where(s => s.Any(char.IsLetterOrDigit))];

    [GeneratedRegex(@"[^。．！？!?…\s　]+(?:[。．！？!?…]+[」』）)\]]*)?|[。．！？!?…]+[^。．！？!?…\s　]*")]
    private static partial Regex Sentence();
}
