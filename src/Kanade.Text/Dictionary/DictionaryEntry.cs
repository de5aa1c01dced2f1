namespace Kanade.Text;

/// <summary>The features of a dictionary word, parsed once: part of speech in four steps, conjugation, and one or more parts with reading and accent.
/// A settled word is a phrase that neither rules nor model may change.</summary>
internal sealed record DictionaryEntry(
    string Pos, string Group1, string Group2, string Group3, string ConjugationType, string ConjugationForm, string ChainRule, bool? Chained, DictionaryPart[] Parts, bool Settled = false)
{
    /// <summary>Parses <c>pos,group1,group2,group3,type,form,lemma,reading,pronunciation,nucleus/moras[:…],chain rule[,chained]</c>.
    /// A compound has one nucleus/moras pair a part, and its lemma, reading and pronunciation are cut by colons.</summary>
    public static DictionaryEntry Parse(string feature)
    {
        var fields = feature.Split(',');
        string Field(int i) => i < fields.Length && fields[i].Length > 0 ? string.Intern(fields[i]) : "*";
        string Text(int i) => i < fields.Length && fields[i].Length > 0 ? fields[i] : "*";
        bool? chained = Field(11) switch { "1" => true, "0" => false, _ => null };
        var accent = Text(9);
        DictionaryPart[] parts;
        if (accent.Contains('*', StringComparison.Ordinal) || !accent.Contains('/', StringComparison.Ordinal))
        {
            parts = [new DictionaryPart(Text(6), Text(7), Text(8), 0, 0)];
        }
        else
        {
            var accents = accent.Split(':');
            string Part(int field, int i)
            {
                var text = Text(field);
                if (accents.Length == 1)
                    return text;
                var pieces = text.Split(':');
                return i < pieces.Length && pieces[i].Length > 0 ? pieces[i] : "*";
            }
            parts = [.. accents.Select((pair, i) => new DictionaryPart(Part(6, i), Part(7, i), Part(8, i), Number(pair, 0), Number(pair, 1)))];
        }
        return new DictionaryEntry(Field(0), Field(1), Field(2), Field(3), Field(4), Field(5), Field(10), chained, parts);
    }

    static int Number(string pair, int index)
    {
        var pieces = pair.Split('/');
        return index < pieces.Length && int.TryParse(pieces[index], out var number) && number > 0 ? number : 0;
    }
}

/// <summary>One part of a dictionary word. <see cref="Nucleus"/> is the mora after which the pitch falls, 0 for flat.</summary>
internal readonly record struct DictionaryPart(string Lemma, string Reading, string Pronunciation, int Nucleus, int Moras);
