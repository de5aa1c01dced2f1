namespace Kanade.Text;

/// <summary>Finds the symbols of each word.</summary>
internal static class WordSpans
{
    /// <param name="speakers">For each mora, the word that it speaks.</param>
    /// <param name="moras">For each mora, where its symbols begin and end.</param>
    public static IReadOnlyList<SpokenWord> Of(List<Word> speakers, List<(int Start, int End)> moras)
    {
        var words = new List<SpokenWord>();
        for (var i = 0; i < speakers.Count;)
        {
            var (word, start) = (speakers[i], moras[i].Start);
            while (i < speakers.Count && ReferenceEquals(speakers[i], word))
                i++;
            words.Add(new SpokenWord(word.Surface, start, moras[i - 1].End - start));
        }
        return words;
    }
}
