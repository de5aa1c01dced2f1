namespace Kanade.Text;

/// <summary>A labelled stretch between pauses: its words, where phrases begin, and the nuclei that the label gives.</summary>
internal sealed record AccentStretch(AccentWord[] Words, int[] Starts, int[] Nuclei)
{
    /// <summary>Whose labels: 0 is the source that the model is for.</summary>
    public int Source { get; init; }

    /// <summary>Unknown nucleus: the label's phrase does not match the words.</summary>
    public const int Unknown = 0;

    /// <summary>Lays a label over the words of a text, mora by mora (least edits; long vowels spelled either way are equal).</summary>
    public static IEnumerable<AccentStretch> Align(List<Word> words, IReadOnlyList<LabelPhrase> label)
    {
        var (said, firstMora) = MorasOf(words);
        var heard = MoraAlignment.Merge(label.SelectMany(phrase => phrase.Moras));
        var partner = MoraAlignment.Partners(said, heard);            // of each mora of the words, its label mora or -1
        var (labelStart, nucleusMora) = LabelPlaces(label);
        var firstOf = new HashSet<int>(labelStart);
        for (var i = 0; i < words.Count;)
        {
            if (words[i].IsPause)
            {
                i++;
                continue;
            }
            var end = i + 1;
            while (end < words.Count && !words[end].IsPause)
                end++;
            var starts = new List<int> { 0 };
            for (var w = i + 1; w < end; w++)
            {
                if (Begins(firstMora, partner, w, firstOf))
                    starts.Add(w - i);
            }
            starts.Add(end - i);
            var nuclei = new int[starts.Count - 1];
            for (var p = 0; p < nuclei.Length; p++)
                nuclei[p] = NucleusOf(firstMora[i + starts[p]], firstMora[i + starts[p + 1]], partner, labelStart, nucleusMora, heard.Length);
            if (starts.Zip(starts.Skip(1)).All(pair => pair.Second - pair.First <= BoundaryFeatures.LongestPhrase))
            {
                var stretch = new List<AccentWord>(end - i);
                AccentWord.Append(words, i, end, stretch);
                yield return new AccentStretch([.. stretch], [.. starts], nuclei);
            }
            i = end;
        }
    }

    /// <summary>The moras of the words, as phones, and the first of each word.</summary>
    public static (string[] Moras, int[] FirstMora) MorasOf(List<Word> words)
    {
        var moras = new List<string>();
        var first = new int[words.Count + 1];
        for (var i = 0; i < words.Count; i++)
        {
            first[i] = moras.Count;
            if (words[i].IsPause)
                continue;
            MoraAlignment.Append(words[i].Pronunciation, moras);
        }
        first[words.Count] = moras.Count;
        return (MoraAlignment.Merge(moras), first);
    }

    static (int[] Starts, int[] Nuclei) LabelPlaces(IReadOnlyList<LabelPhrase> label)
    {
        var starts = new int[label.Count + 1];
        var nuclei = new int[label.Count];
        for (var p = 0; p < label.Count; p++)
        {
            nuclei[p] = starts[p] + label[p].Nucleus - 1;
            starts[p + 1] = starts[p] + label[p].Moras.Count;
        }
        return (starts, nuclei);
    }

    /// <summary>A label phrase begins at the word, or between the last aligned mora before it and the first in it.</summary>
    static bool Begins(int[] firstMora, int[] partner, int word, HashSet<int> labelStarts)
    {
        var (before, after) = (firstMora[word] - 1, firstMora[word]);
        while (before >= 0 && partner[before] < 0)
            before--;
        while (after < partner.Length && partner[after] < 0)
            after++;
        if (before < 0 || after >= partner.Length)
            return false;
        for (var m = partner[before] + 1; m <= partner[after]; m++)
        {
            if (labelStarts.Contains(m))
                return true;
        }
        return false;
    }

    static int NucleusOf(int first, int end, int[] partner, int[] labelStarts, int[] nuclei, int heard)
    {
        if (end <= first || partner[first] < 0 || partner[end - 1] < 0)
            return Unknown;
        var phrase = Array.IndexOf(labelStarts, partner[first]);
        if (phrase < 0 || phrase == labelStarts.Length - 1 || labelStarts[phrase + 1] != partner[end - 1] + 1 || heard == 0)
            return Unknown;
        var at = Array.IndexOf(partner, nuclei[phrase], first, end - first);
        return at < 0 ? Unknown : at - first + 1;
    }
}
