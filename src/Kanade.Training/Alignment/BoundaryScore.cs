namespace Kanade.Training;

/// <summary>How far the times that were found, and the phones that were heard, are from the true ones.</summary>
public sealed class BoundaryScore
{
    readonly List<double> _errors = [];
    int _phones, _misheard;

    /// <summary>Boundaries that were compared.</summary>
    public int Boundaries => _errors.Count;

    /// <summary>Compared, as a part of the phones of the truth: the others are of phones that the two texts do not share.</summary>
    public double Compared => _errors.Count / (double)Math.Max(1, _phones);

    /// <summary>Phones of the truth.</summary>
    public int Phones => _phones;

    /// <summary>Phones heard that would have to be inserted, deleted or replaced, as a part of the truth's: other than a phone error against the text, it does not count
    /// where the text was read in another way than it was spoken.</summary>
    public double PhoneError => _misheard / (double)Math.Max(1, _phones);

    /// <summary>Mean distance, in seconds.</summary>
    public double MeanAbsolute => _errors.Count == 0 ? double.NaN : _errors.Average(Math.Abs);

    /// <summary>Mean of found minus true, in seconds: what a constant shift would take away.</summary>
    public double Bias => _errors.Count == 0 ? double.NaN : _errors.Average();

    /// <summary>Share of boundaries not further off than this.</summary>
    public double Within(double seconds) => _errors.Count(e => Math.Abs(e) <= seconds) / (double)Math.Max(1, _errors.Count);

    /// <summary>Adds an utterance: where each phone begins, in both, for phones that stand for each other. Pauses are not compared, the
    /// phones after them are.</summary>
    /// <param name="found">As aligned and heard.</param>
    /// <param name="truth">As spoken, on the same clock.</param>
    public void Add(TimedSpeech found, IReadOnlyList<TimedPhone> truth)
    {
        var (spoken, aligned) = (Sounds(truth), Sounds(found.Phones));
        string[] phones = [.. spoken.Select(p => p.Phone)];
        _phones += phones.Length;
        _misheard += EditDistance.Of(phones, found.Heard);
        foreach (var (i, j) in EditDistance.Matches(phones, [.. aligned.Select(p => p.Phone)]))
            _errors.Add(aligned[j].StartSeconds - spoken[i].StartSeconds);
    }

    static List<TimedPhone> Sounds(IReadOnlyList<TimedPhone> phones) => [.. phones.Where(p => p.Phone is not ("pau" or "sil"))];
}
