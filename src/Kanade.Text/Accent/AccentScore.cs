namespace Kanade.Text;

/// <summary>How well phrases agree with labels.</summary>
/// <param name="BoundaryF1">Of the beginnings of phrases, sentence beginnings apart, in percent.</param>
/// <param name="PhraseExact">Label phrases found with the same span and nucleus, in percent. Flat and final nuclei are not told apart.</param>
/// <param name="HighLow">Moras with the same pitch, in percent.</param>
public sealed record AccentScore(double BoundaryF1, double PhraseExact, double HighLow);

/// <summary>Counts agreement, mora by aligned mora, as the project's scorer does.</summary>
internal sealed class AccentTally
{
    int _boundaries, _found, _hits, _phrases, _exact, _moras, _samePitch;

    public AccentScore Score => new(Percent(2 * _hits, _boundaries + _found), Percent(_exact, _phrases), Percent(_samePitch, _moras));

    static double Percent(int part, int whole) => whole == 0 ? 0 : 100.0 * part / whole;

    public void Add(IReadOnlyList<LabelPhrase> label, IReadOnlyList<AccentPhrase> phrases)
    {
        var said = MoraAlignment.Merge(phrases.SelectMany(phrase => phrase.Moras).Select(Voiced));
        var heard = MoraAlignment.Merge(label.SelectMany(phrase => phrase.Moras));
        var partner = MoraAlignment.Partners(heard, said);          // of each label mora
        var ours = Spans(phrases.Select(phrase => (phrase.Moras.Count, phrase.Nucleus)));
        var theirs = Spans(label.Select(phrase => (phrase.Moras.Count, phrase.Nucleus)));
        var starts = ours.ToDictionary(span => span.Start);
        _boundaries += theirs.Count - 1;
        _found += Math.Max(0, ours.Count - 1);
        _hits += theirs.Skip(1).Count(span => partner[span.Start] > 0 && starts.ContainsKey(partner[span.Start]));
        _phrases += theirs.Count;
        _exact += theirs.Count(span => starts.TryGetValue(partner[span.Start], out var found) && partner[span.End - 1] == found.End - 1 && partner[span.Nucleus - 1] == found.Nucleus - 1);
        var (high, heardHigh) = (Pitch(ours, said.Length), Pitch(theirs, heard.Length));
        _moras += heard.Length;
        _samePitch += Enumerable.Range(0, heard.Length).Count(m => partner[m] >= 0 && high[partner[m]] == heardHigh[m]);
    }

    static string Voiced(Mora mora) => string.Join(' ', mora.Phones.Select(phone => phone is "A" or "I" or "U" or "E" or "O" ? phone.ToLowerInvariant() : phone));

    readonly record struct Span(int Start, int End, int Nucleus);

    static List<Span> Spans(IEnumerable<(int Moras, int Nucleus)> phrases)
    {
        var spans = new List<Span>();
        var at = 0;
        foreach (var (moras, nucleus) in phrases)
        {
            spans.Add(new Span(at, at + moras, at + (nucleus == 0 ? moras : nucleus)));
            at += moras;
        }
        return spans;
    }

    /// <summary>High from the second mora to the nucleus, or on the first alone.</summary>
    static bool[] Pitch(List<Span> spans, int moras)
    {
        var high = new bool[moras];
        foreach (var (start, end, nucleus) in spans)
        {
            for (var m = start; m < end; m++)
                high[m] = m == start ? nucleus == start + 1 : m < nucleus && nucleus != start + 1;
        }
        return high;
    }
}
