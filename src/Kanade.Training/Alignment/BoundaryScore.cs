namespace Kanade.Training;

/// <summary>How far the times that were found are from the true ones.</summary>
public sealed class BoundaryScore
{
    readonly List<double> _errors = [];
    int _phones;

    /// <summary>Boundaries that were compared.</summary>
    public int Boundaries => _errors.Count;

    /// <summary>Compared, as a part of the phones of the truth: the others are of phones that the two texts do not share.</summary>
    public double Compared => _errors.Count / (double)Math.Max(1, _phones);

    /// <summary>Mean distance, in seconds.</summary>
    public double MeanAbsolute => _errors.Count == 0 ? double.NaN : _errors.Average(Math.Abs);

    /// <summary>Mean of found minus true, in seconds: what a constant shift would take away.</summary>
    public double Bias => _errors.Count == 0 ? double.NaN : _errors.Average();

    /// <summary>Share of boundaries not further off than this.</summary>
    public double Within(double seconds) => _errors.Count(e => Math.Abs(e) <= seconds) / (double)Math.Max(1, _errors.Count);

    /// <summary>Adds an utterance: where each phone begins, in both, for phones that stand for each other. Pauses are not compared, the
    /// phones after them are.</summary>
    /// <param name="found">As aligned.</param>
    /// <param name="truth">As spoken, on the same clock.</param>
    public void Add(IReadOnlyList<TimedPhone> found, IReadOnlyList<TimedPhone> truth)
    {
        var (spoken, heard) = (Sounds(truth), Sounds(found));
        _phones += spoken.Count;
        foreach (var (i, j) in EditDistance.Matches([.. spoken.Select(p => p.Phone)], [.. heard.Select(p => p.Phone)]))
            _errors.Add(heard[j].StartSeconds - spoken[i].StartSeconds);
    }

    static List<TimedPhone> Sounds(IReadOnlyList<TimedPhone> phones) => [.. phones.Where(p => p.Phone is not ("pau" or "sil"))];
}
