using System.Runtime.InteropServices;

namespace Kanade.Text;

/// <summary>Fits the weights: the division into phrases as a semi-Markov conditional random field (Sarawagi and Cohen 2004), the nucleus as a softmax over the moras of the phrase;
/// AdaGrad, one stretch a step, with features dropped at random. Labels of other sources than the first help by weights that all share, beside which each source has
/// its own (Daumé 2007); the model is what the first source uses. Deterministic.</summary>
internal sealed class AccentFit
{
    readonly AccentTraining _training;
    readonly Dictionary<uint, int> _index = [];
    readonly List<Encoded> _examples = [];
    readonly Weights _shared;
    readonly Weights[] _own;
    int _source;                    // of the stretch that is being learnt
    uint _dropping;                 // which features it drops

    /// <summary>A stretch with its features as weight indices.</summary>
    sealed record Encoded(int Source, int Words, int[][] Boundary, int[][] Phrase, int[] Starts, (int Gold, int[][] Candidates)[] Nuclei);

    readonly record struct Weights(float[] Values, float[] Squares)
    {
        public Weights(int count) : this(new float[count], new float[count]) { }

        /// <summary>One AdaGrad step.</summary>
        public void Move(int feature, double gradient, AccentTraining training)
        {
            var slope = (float)(gradient - training.Decay * Values[feature]);
            Squares[feature] += slope * slope;
            Values[feature] += (float)training.Rate * slope / MathF.Sqrt(Squares[feature] + 1e-2f);
        }
    }

    public AccentFit(IReadOnlyList<AccentStretch> stretches, AccentTraining training)
    {
        _training = training;
        var counts = new Dictionary<uint, int>();
        foreach (var stretch in stretches)
        {
            Encode(stretch, features =>
            {
                foreach (var feature in features)
                    CollectionsMarshal.GetValueRefOrAddDefault(counts, feature, out _)++;
                return [];
            });
        }
        foreach (var (feature, count) in counts)
        {
            if (count >= training.Seldom)
                _index.Add(feature, _index.Count);
        }
        counts.Clear();
        _shared = new Weights(_index.Count);
        _own = [.. Enumerable.Range(0, 1 + stretches.Max(stretch => stretch.Source)).Select(_ => new Weights(_index.Count))];
        foreach (var stretch in stretches)
            _examples.Add(Encode(stretch, Known));
    }

    int[] Known(List<uint> features)
    {
        var known = new List<int>(features.Count);
        foreach (var feature in features)
        {
            if (_index.TryGetValue(feature, out var index))
                known.Add(index);
        }
        return [.. known];
    }

    static Encoded Encode(AccentStretch stretch, Func<List<uint>, int[]> take)
    {
        var features = new List<uint>();
        int[] Take(Action<List<uint>> add)
        {
            features.Clear();
            add(features);
            return take(features);
        }
        var n = stretch.Words.Length;
        var boundary = new int[n][];
        var phrase = new int[n * BoundaryFeatures.LongestPhrase][];
        for (var start = 0; start < n; start++)
        {
            boundary[start] = start == 0 ? [] : Take(list => BoundaryFeatures.Boundary(stretch.Words, start, list));
            for (var length = 1; length <= Math.Min(n - start, BoundaryFeatures.LongestPhrase); length++)
                phrase[start * BoundaryFeatures.LongestPhrase + length - 1] = Take(list => BoundaryFeatures.Phrase(stretch.Words, start, start + length, list));
        }
        var nucleus = new NucleusFeatures();
        var nuclei = new List<(int, int[][])>();
        for (var p = 0; p < stretch.Nuclei.Length; p++)
        {
            if (stretch.Nuclei[p] == AccentStretch.Unknown)
                continue;
            var (start, end) = (stretch.Starts[p], stretch.Starts[p + 1]);
            nucleus.Open(stretch.Words, start, end);
            if (stretch.Nuclei[p] > nucleus.Moras)
                continue;
            nuclei.Add((stretch.Nuclei[p] - 1, [.. Enumerable.Range(1, nucleus.Moras).Select(k => Take(list => nucleus.Candidate(stretch.Words, start, end, k, list)))]));
        }
        return new Encoded(stretch.Source, n, boundary, phrase, stretch.Starts, [.. nuclei]);
    }

    public FeatureWeights Run(IProgress<string>? progress, CancellationToken cancel)
    {
        var order = Enumerable.Range(0, _examples.Count).ToArray();
        var random = new Random(_training.Seed);
        var mean = new double[_index.Count];
        var half = _training.Epochs / 2;
        for (var epoch = 1; epoch <= _training.Epochs; epoch++)
        {
            cancel.ThrowIfCancellationRequested();
            random.Shuffle(order);
            var loss = 0.0;
            foreach (var i in order)
            {
                (_source, _dropping) = (_examples[i].Source, (uint)random.Next());
                loss += LearnDivision(_examples[i]) + LearnNuclei(_examples[i]);
            }
            for (var w = 0; epoch > half && w < mean.Length; w++)
                mean[w] += (_shared.Values[w] + _own[0].Values[w]) / (double)(_training.Epochs - half);
            progress?.Report(FormattableString.Invariant($"epoch {epoch}: loss {loss / _examples.Count:F4}"));
        }
        return new FeatureWeights([.. _index.Select(pair => KeyValuePair.Create(pair.Key, (float)mean[pair.Value]))]);
    }

    float Score(int[] features)
    {
        var sum = 0f;
        var own = _own[_source].Values;
        foreach (var feature in features)
        {
            if (!Drops(feature))
                sum += _shared.Values[feature] + own[feature];
        }
        return sum;
    }

    /// <summary>A multiplicative hash of the feature and the stretch's draw, as a fraction, against the rate.</summary>
    bool Drops(int feature) => (((uint)feature * 2654435761u ^ _dropping) * 0x85ebca6bu >> 8) < _training.Dropout * (1 << 24);

    /// <summary>A step along the gradient of the log-likelihood.</summary>
    void Move(int[] features, double gradient)
    {
        if (Math.Abs(gradient) < 1e-4)
            return;
        foreach (var feature in features)
        {
            if (Drops(feature))
                continue;
            _shared.Move(feature, gradient, _training);
            _own[_source].Move(feature, gradient, _training);
        }
    }

    double LearnDivision(Encoded example)
    {
        const int Longest = BoundaryFeatures.LongestPhrase;
        var n = example.Words;
        if (n < 2)
            return 0;
        var segment = new double[n * Longest];      // score of the phrase [start, start + length)
        var forward = new double[n + 1];
        var backward = new double[n + 1];
        Array.Fill(forward, double.NegativeInfinity);
        forward[0] = 0;
        for (var start = 0; start < n; start++)
        {
            var boundary = Score(example.Boundary[start]);
            for (var length = 1; length <= Math.Min(n - start, Longest); length++)
            {
                var at = start * Longest + length - 1;
                segment[at] = boundary + Score(example.Phrase[at]);
                forward[start + length] = LogAdd(forward[start + length], forward[start] + segment[at]);
            }
        }
        for (var start = n - 1; start >= 0; start--)
        {
            backward[start] = double.NegativeInfinity;
            for (var length = 1; length <= Math.Min(n - start, Longest); length++)
                backward[start] = LogAdd(backward[start], segment[start * Longest + length - 1] + backward[start + length]);
        }
        var total = forward[n];
        var gold = 0.0;
        for (var p = 0; p + 1 < example.Starts.Length; p++)
            gold += segment[example.Starts[p] * Longest + example.Starts[p + 1] - example.Starts[p] - 1];
        for (var start = 0; start < n; start++)
        {
            var goldPhrase = Array.IndexOf(example.Starts, start);
            var goldLength = goldPhrase < 0 ? 0 : example.Starts[goldPhrase + 1] - start;
            var begins = 0.0;
            for (var length = 1; length <= Math.Min(n - start, Longest); length++)
            {
                var at = start * Longest + length - 1;
                var probability = Math.Exp(forward[start] + segment[at] + backward[start + length] - total);
                begins += probability;
                Move(example.Phrase[at], (length == goldLength ? 1 : 0) - probability);
            }
            Move(example.Boundary[start], (goldLength > 0 ? 1 : 0) - begins);
        }
        return total - gold;
    }

    double LearnNuclei(Encoded example)
    {
        var loss = 0.0;
        foreach (var (gold, candidates) in example.Nuclei)
        {
            if (candidates.Length < 2)
                continue;
            var scores = Array.ConvertAll(candidates, features => (double)Score(features));
            var most = scores.Max();
            var sum = scores.Sum(score => Math.Exp(score - most));
            for (var k = 0; k < candidates.Length; k++)
                Move(candidates[k], (k == gold ? 1 : 0) - Math.Exp(scores[k] - most) / sum);
            loss += most + Math.Log(sum) - scores[gold];
        }
        return loss;
    }

    /// <summary>log(eᵃ + eᵇ).</summary>
    public static double LogAdd(double a, double b)
    {
        var (large, small) = a > b ? (a, b) : (b, a);
        return double.IsNegativeInfinity(small) ? large : large + Math.Log(1 + Math.Exp(small - large));
    }
}
