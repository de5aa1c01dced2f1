namespace Kanade.Training.Scores;

/// <summary>A speaker's style, spoken beside recorded.</summary>
/// <param name="Speaker">Whose voice.</param>
/// <param name="Style">The style tag; empty where the corpus has none.</param>
/// <param name="Utterances">How many were compared.</param>
/// <param name="F0">Mean of the utterances' mean F0 in Hz, of those that have voiced frames in both; 0 where there are none.</param>
/// <param name="EnergyDb">Mean of the utterances' mean level in dB.</param>
public sealed record StyleFigures(string Speaker, string Style, int Utterances, FigurePair F0, FigurePair EnergyDb);

/// <summary>How far one speaker's styles stand in the same order in two measurements.</summary>
/// <param name="Agreeing">Pairs of a speaker's styles that stand in the same order.</param>
/// <param name="Pairs">Pairs of styles, each of one speaker.</param>
public readonly record struct StyleOrder(int Agreeing, int Pairs)
{
    /// <summary>Whether the order of every speaker's styles is the same.</summary>
    public bool IsSame => Agreeing == Pairs;
}

/// <summary>The scores of many spoken utterances together.</summary>
public sealed class SpokenSummary
{
    readonly List<(string Speaker, string Style, SpokenScore Score)> _compared = [];
    readonly Correlation _f0 = new(), _energy = new();
    double _f0Sum, _energySum, _clockSeconds, _soundSeconds;

    /// <summary>Utterances added.</summary>
    public int Utterances { get; private set; }

    /// <summary>Utterances whose spoken sound could not be aligned; all their phones count as wrong and their correlations as 0.</summary>
    public int Unaligned { get; private set; }

    /// <summary>Utterances whose recording could not be aligned; they count for the phone errors alone.</summary>
    public int WithoutReference { get; private set; }

    /// <summary>Phones misheard in the spoken sounds.</summary>
    public PhoneErrors Spoken { get; private set; }

    /// <summary>Phones misheard in the recordings.</summary>
    public PhoneErrors Recorded { get; private set; }

    /// <summary>Mean over utterances of the correlation of log F0.</summary>
    public double F0Correlation => Mean(_f0Sum);

    /// <summary>Correlation of log F0 over all frames of all utterances.</summary>
    public double PooledF0Correlation => _f0.Value;

    /// <summary>Mean over utterances of the correlation of log energy.</summary>
    public double EnergyCorrelation => Mean(_energySum);

    /// <summary>Correlation of log energy over all frames of all utterances.</summary>
    public double PooledEnergyCorrelation => _energy.Value;

    /// <summary>Gross pitch error (more than 20 %) and voicing error over all frames.</summary>
    public PitchScore Pitch { get; } = new();

    /// <summary>Mean over utterances of the duration's error, as a part of the recording's duration.</summary>
    public double DurationError => _compared.Count == 0 ? 0 : _compared.Average(c => c.Score.DurationError);

    /// <summary>Speech in all, in seconds.</summary>
    public FigurePair SpeechSeconds =>
        new(_compared.Sum(c => c.Score.SpeechSeconds.Spoken), _compared.Sum(c => c.Score.SpeechSeconds.Recorded));

    /// <summary>The error of the duration of all speech, as a part of the recorded one: errors of both signs cancel out.</summary>
    public double TotalDurationError => SpeechSeconds is { Recorded: > 0 } s ? Math.Abs(s.Spoken - s.Recorded) / s.Recorded : 0;

    /// <summary>Sounds that should be heard and are not, of both.</summary>
    public (int Spoken, int Recorded) SilentPhones =>
        (_compared.Sum(c => c.Score.SilentPhones.Spoken), _compared.Sum(c => c.Score.SilentPhones.Recorded));

    /// <summary>Frames of such sounds, of both.</summary>
    public (int Spoken, int Recorded) SilentFrames =>
        (_compared.Sum(c => c.Score.SilentFrames.Spoken), _compared.Sum(c => c.Score.SilentFrames.Recorded));

    /// <summary>Vowels spoken without a voice.</summary>
    public int UnvoicedVowels => _compared.Sum(c => c.Score.UnvoicedVowels.Count);

    /// <summary>Seconds of work for a second of sound; 0 where no time was given.</summary>
    public double RealTimeFactor => _soundSeconds > 0 ? _clockSeconds / _soundSeconds : 0;

    /// <summary>Every speaker's styles, in order of their names.</summary>
    public IReadOnlyList<StyleFigures> Styles =>
    [
        .. _compared.GroupBy(c => (c.Speaker, c.Style), c => c.Score)
            .OrderBy(g => g.Key.Speaker, StringComparer.Ordinal).ThenBy(g => g.Key.Style, StringComparer.Ordinal)
            .Select(g => new StyleFigures(
                g.Key.Speaker, g.Key.Style, g.Count(),
                Means(g.Select(s => s.MeanF0).Where(f0 => f0 is { Spoken: > 0, Recorded: > 0 })), Means(g.Select(s => s.MeanEnergyDb)))),
    ];

    /// <summary>Whether a speaker's styles stand in the same order by mean F0, spoken and recorded.</summary>
    public StyleOrder F0Order => Order(s => s.F0);

    /// <summary>Whether a speaker's styles stand in the same order by mean level, spoken and recorded.</summary>
    public StyleOrder EnergyOrder => Order(s => s.EnergyDb);

    /// <summary>Adds an utterance.</summary>
    /// <param name="speaker">Whose voice.</param>
    /// <param name="style">Its style tag.</param>
    /// <param name="score">Its comparison.</param>
    /// <param name="clock">Seconds that speaking took.</param>
    /// <param name="sound">Seconds of sound that were spoken.</param>
    public void Add(string speaker, string style, SpokenScore score, double clock = 0, double sound = 0)
    {
        Utterances++;
        (_clockSeconds, _soundSeconds) = (_clockSeconds + clock, _soundSeconds + sound);
        (Spoken, Recorded) = (Spoken + score.Spoken, Recorded + score.Recorded);
        if (score.IsCompared)
        {
            _compared.Add((speaker, style, score));
            (_f0Sum, _energySum) = (_f0Sum + score.F0.Value, _energySum + score.Energy.Value);
            _f0.Add(score.F0);
            _energy.Add(score.Energy);
            Pitch.Add(score.Pitch);
        }
        else if (score.IsSpokenAligned)
            WithoutReference++;
        else
            Unaligned++;
    }

    double Mean(double sum) => sum / Math.Max(1, _compared.Count + Unaligned);

    StyleOrder Order(Func<StyleFigures, FigurePair> figure)
    {
        var (agreeing, pairs) = (0, 0);
        foreach (var styles in Styles.GroupBy(s => s.Speaker, figure).Select(g => g.ToArray()))
        {
            for (var i = 0; i < styles.Length; i++)
            {
                for (var j = i + 1; j < styles.Length; j++)
                {
                    pairs++;
                    if (styles[i].Spoken.CompareTo(styles[j].Spoken) == styles[i].Recorded.CompareTo(styles[j].Recorded))
                        agreeing++;
                }
            }
        }
        return new StyleOrder(agreeing, pairs);
    }

    static FigurePair Means(IEnumerable<FigurePair> pairs)
    {
        var all = pairs.ToArray();
        return all.Length == 0 ? default : new(all.Average(p => p.Spoken), all.Average(p => p.Recorded));
    }
}
