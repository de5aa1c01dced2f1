using System.Text;

namespace Kanade.Corpus;

/// <summary>Counts and figures of a dataset, gathered while its utterances go by.</summary>
/// <param name="evaluation">Places of those on the evaluation list.</param>
/// <param name="examples">Places of those that the report shows.</param>
sealed class DatasetFigures(IReadOnlySet<int> evaluation, IReadOnlySet<int> examples)
{
    /// <summary>The histograms of the report.</summary>
    static readonly (string Title, Func<Utterance, double> Of, bool OnlyPositive)[] Measures =
    [
        ("duration, s", u => u.Seconds, false),
        ("loudness of the recordings, LUFS", u => u.Quality.LoudnessLufs, false),
        ("loudness range, LU", u => u.Quality.LoudnessRangeLu, true),
        ("signal to noise, dB", u => u.Quality.SignalToNoiseDb, false),
        ("noise floor, dB", u => u.Quality.NoiseFloorDb, false),
        ("bandwidth, Hz", u => u.Quality.BandwidthHz, false),
        ("median F0, Hz", u => u.Quality.F0MedianHz, true),
        ("voiced share", u => u.Quality.VoicedShare, false),
        ("morae a second", u => u.Quality.MoraePerSecond, true),
        ("share of silence", u => u.Quality.SilenceShare, false),
    ];

    readonly List<float>[] _values = [.. Measures.Select(_ => new List<float>())];
    readonly List<Utterance> _evaluation = [], _examples = [];

    /// <summary>Utterances of a speaker and style.</summary>
    internal sealed class Voice
    {
        internal double Seconds { get; set; }

        internal int[] Splits { get; } = new int[Enum.GetValues<Split>().Length];

        internal int Count => Splits.Sum();
    }

    internal int Utterances { get; private set; }

    internal double Seconds { get; private set; }

    internal SortedDictionary<string, int> Speakers { get; } = new(StringComparer.Ordinal);

    internal SortedDictionary<string, int> Styles { get; } = new(StringComparer.Ordinal);

    internal SortedDictionary<string, int> Splits { get; } = new(StringComparer.Ordinal);

    internal Dictionary<(string Speaker, string Style), Voice> Voices { get; } = [];

    internal Dictionary<Rune, long> Symbols { get; } = [];

    /// <summary>Titles and values, sorted.</summary>
    internal IEnumerable<(string Title, IReadOnlyList<float> Values)> Distributions
    {
        get
        {
            foreach (var (measure, values) in Measures.Zip(_values))
            {
                values.Sort();
                yield return (measure.Title, values);
            }
        }
    }

    internal IEnumerable<Utterance> Evaluation => _evaluation.OrderBy(u => u.Id, StringComparer.Ordinal);

    internal IEnumerable<Utterance> Examples => _examples.OrderBy(u => u.Id, StringComparer.Ordinal);

    /// <summary>Passes the utterances on and counts them.</summary>
    internal IEnumerable<Utterance> Over(IEnumerable<Utterance> utterances)
    {
        foreach (var utterance in utterances)
        {
            Add(utterance);
            yield return utterance;
        }
    }

    void Add(Utterance utterance)
    {
        var place = Utterances++;
        Seconds += utterance.Seconds;
        One(Speakers, utterance.Speaker);
        One(Styles, utterance.Style);
        One(Splits, Manifest.Name(utterance.Split));
        if (!Voices.TryGetValue((utterance.Speaker, utterance.Style), out var voice))
            Voices.Add((utterance.Speaker, utterance.Style), voice = new());
        voice.Seconds += utterance.Seconds;
        voice.Splits[(int)utterance.Split]++;
        foreach (var symbol in utterance.Symbols.EnumerateRunes())
            Symbols[symbol] = Symbols.GetValueOrDefault(symbol) + 1;
        foreach (var ((_, of, onlyPositive), values) in Measures.Zip(_values))
            if (of(utterance) is var value && double.IsFinite(value) && (value > 0 || !onlyPositive))
                values.Add((float)value);
        if (evaluation.Contains(place))
            _evaluation.Add(utterance);
        if (examples.Contains(place))
            _examples.Add(utterance);
    }

    static void One(SortedDictionary<string, int> counts, string name) => counts[name] = counts.GetValueOrDefault(name) + 1;
}
