namespace Kanade.Text;

/// <summary>A word of a sentence on its way from the dictionary to the accent phrases; the reading rules rewrite it in place.
/// Strings the dictionary leaves out are "*", as there.</summary>
internal sealed class Word
{
    public required string Surface { get; set; }
    public string Pos { get; set; } = "*";
    public string Group1 { get; set; } = "*";
    public string Group2 { get; set; } = "*";
    public string Group3 { get; set; } = "*";
    public string ConjugationType { get; set; } = "*";
    public string ConjugationForm { get; set; } = "*";
    public string Lemma { get; set; } = "*";
    public string Reading { get; set; } = "*";

    /// <summary>Katakana as spoken, ー for a long vowel, ’ after a mora whose vowel is devoiced; 、 for a pause and ？ for a question.</summary>
    public string Pronunciation { get; set; } = "*";

    /// <summary>The mora of the word after which the pitch falls, 0 for flat. On the first word of a phrase the accent rules leave the phrase's own nucleus here.</summary>
    public int Nucleus { get; set; }

    public int Moras { get; set; }

    /// <summary>How the word changes the accent of the phrase it joins: <c>C1</c>, <c>動詞%F2@1/形容詞%F2@0</c> …</summary>
    public string ChainRule { get; set; } = "*";

    /// <summary>Joins the phrase of the word before it; null until that is decided.</summary>
    public bool? Chained { get; set; }

    /// <summary>Where the word stands in the normalised text.</summary>
    public int Start { get; set; }

    public int End { get; set; }

    /// <summary>The dictionary did not know the word.</summary>
    public bool Unknown { get; set; }

    /// <summary>Begins a phrase whose reading and nucleus were given; only particles may join it.</summary>
    public bool Settled { get; set; }

    /// <summary>From a user's dictionary, or read as its writer said: nothing is to read it otherwise.</summary>
    public bool Given { get; set; }

    public bool IsPause => Pronunciation is Pause or Question;

    public const string Pause = "、";
    public const string Question = "？";

    public static void Append(List<Word> words, string surface, DictionaryEntry entry, int start, bool unknown, bool given = false)
    {
        var from = 0;
        for (var i = 0; i < entry.Parts.Length; i++)
        {
            var part = entry.Parts[i];
            var last = i + 1 == entry.Parts.Length;
            var length = last ? surface.Length - from : Math.Min(part.Lemma.Length, surface.Length - from);
            words.Add(new Word
            {
                Surface = entry.Parts.Length == 1 ? surface : surface.Substring(from, length),
                Pos = entry.Pos,
                Group1 = entry.Group1,
                Group2 = entry.Group2,
                Group3 = entry.Group3,
                ConjugationType = entry.ConjugationType,
                ConjugationForm = entry.ConjugationForm,
                Lemma = part.Lemma,
                Reading = part.Reading,
                Pronunciation = part.Pronunciation,
                Nucleus = part.Nucleus,
                Moras = part.Moras,
                ChainRule = entry.ChainRule,
                Chained = i == 0 ? entry.Chained : false,
                Start = start + from,
                End = start + from + length,
                Unknown = unknown,
                Settled = entry.Settled,
                Given = given,
            });
            from += length;
        }
    }

    /// <summary>Reads the word otherwise.</summary>
    public void Say(string pronunciation, int nucleus) => (Reading, Pronunciation, Nucleus, Moras) = (pronunciation, pronunciation, nucleus, Kana.CountMoras(pronunciation));

    /// <summary>Replaces what the word says but not where it stands.</summary>
    public void Become(string surface, string pos, string group1, string group2, string reading, string pronunciation, int nucleus, int moras, string chainRule = "*", bool? chained = null)
    {
        (Surface, Pos, Group1, Group2, Group3) = (surface, pos, group1, group2, "*");
        (ConjugationType, ConjugationForm, Lemma) = ("*", "*", surface);
        (Reading, Pronunciation, Nucleus, Moras) = (reading, pronunciation, nucleus, moras);
        (ChainRule, Chained, Unknown) = (chainRule, chained ?? Chained, false);
    }
}
