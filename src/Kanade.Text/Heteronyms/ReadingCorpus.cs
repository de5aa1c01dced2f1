namespace Kanade.Text;

/// <summary>Sentences and how they are read. A file of NAME, TAB, text, TAB, reading in kana (particles as spoken: わ, え), one a line; or labels.</summary>
/// <param name="Kana">The file; null with <paramref name="Labels"/>.</param>
/// <param name="Labels">Full-context labels and their texts.</param>
public sealed record ReadingCorpus(string? Kana, AccentLabels? Labels = null)
{
    internal sealed record Sentence(string Text, string[] Moras);

    /// <exception cref="InvalidDataException">A line is not what it should be.</exception>
    internal IEnumerable<Sentence> Sentences()
    {
        if (Labels is not null)
            return Labels.Sentences().Select(sentence => new Sentence(sentence.Text, MoraAlignment.Merge(sentence.Label().SelectMany(phrase => phrase.Moras))));
        return File.ReadLines(Kana!).Select((line, i) => line.Split('\t') is [_, var text, var reading] ? new Sentence(text, MorasOf(reading))
            : throw new InvalidDataException($"{Kana}:{i + 1}: expected NAME, TAB, text, TAB, reading in kana, found {line.Split('\t').Length} fields"));
    }

    static string[] MorasOf(string reading)
    {
        var moras = new List<string>();
        MoraAlignment.Append(Text.Kana.ToKatakana(reading), moras);
        return MoraAlignment.Merge(moras);
    }
}
