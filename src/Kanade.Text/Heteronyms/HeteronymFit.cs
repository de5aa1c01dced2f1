using System.Runtime.InteropServices;

namespace Kanade.Text;

/// <summary>A word of a corpus: its ways to be read as features, and the one heard.</summary>
internal sealed record HeteronymExample(int Source, int Gold, uint[][] Ways);

/// <summary>Fits the heteronym model: a softmax over the ways to read each word; AdaGrad, one word a step. Each corpus has weights of its own beside those that all share
/// (Daumé 2007); the model is what the first one uses, averaged over the later half of the epochs. Deterministic.</summary>
internal sealed class HeteronymFit
{
    readonly HeteronymTraining _training;
    readonly Dictionary<uint, int> _index = [];
    readonly (int Source, int Gold, int[][] Ways)[] _examples;
    readonly (float[] Values, float[] Squares)[] _weights;      // shared, then those of each corpus
    uint _dropping;

    public HeteronymFit(HeteronymTraining training, HeteronymExample[] examples)
    {
        _training = training;
        var counts = new Dictionary<uint, int>();
        foreach (var feature in examples.SelectMany(example => example.Ways).SelectMany(way => way))
            CollectionsMarshal.GetValueRefOrAddDefault(counts, feature, out _)++;
        foreach (var (feature, count) in counts)
        {
            if (count >= training.Seldom)
                _index.Add(feature, _index.Count);
        }
        _examples = [.. examples.Select(example => (example.Source, example.Gold, Array.ConvertAll(example.Ways, way => way.Where(_index.ContainsKey).Select(feature => _index[feature]).ToArray())))];
        _weights = [.. Enumerable.Range(0, 1 + training.Corpora.Count).Select(_ => (new float[_index.Count], new float[_index.Count]))];
    }

    public IEnumerable<KeyValuePair<uint, float>> Run(IProgress<string>? progress, CancellationToken cancel)
    {
        var order = Enumerable.Range(0, _examples.Length).ToArray();
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
                _dropping = (uint)random.Next();
                loss += Learn(_examples[i]);
            }
            for (var w = 0; epoch > half && w < mean.Length; w++)
                mean[w] += (_weights[0].Values[w] + _weights[1].Values[w]) / (double)(_training.Epochs - half);
            progress?.Report(FormattableString.Invariant($"epoch {epoch}: loss {loss / Math.Max(1, _examples.Length):F4}"));
        }
        return _index.Select(pair => KeyValuePair.Create(pair.Key, (float)mean[pair.Value]));
    }

    double Learn((int Source, int Gold, int[][] Ways) example)
    {
        var (shared, own) = (_weights[0], _weights[1 + example.Source]);
        Span<double> scores = stackalloc double[example.Ways.Length];
        var most = double.NegativeInfinity;
        for (var k = 0; k < scores.Length; k++)
        {
            foreach (var feature in example.Ways[k])
                scores[k] += Drops(feature) ? 0 : shared.Values[feature] + own.Values[feature];
            most = Math.Max(most, scores[k]);
        }
        var sum = 0.0;
        foreach (var score in scores)
            sum += Math.Exp(score - most);
        for (var k = 0; k < scores.Length; k++)
        {
            var gradient = (k == example.Gold ? 1 : 0) - Math.Exp(scores[k] - most) / sum;
            foreach (var feature in example.Ways[k])
            {
                if (!Drops(feature))
                {
                    Move(shared, feature, gradient);
                    Move(own, feature, gradient);
                }
            }
        }
        return most + Math.Log(sum) - scores[example.Gold];
    }

    void Move((float[] Values, float[] Squares) weights, int feature, double gradient)
    {
        var slope = (float)(gradient - _training.Decay * weights.Values[feature]);
        weights.Squares[feature] += slope * slope;
        weights.Values[feature] += (float)_training.Rate * slope / MathF.Sqrt(weights.Squares[feature] + 1e-2f);
    }

    bool Drops(int feature) => (((uint)feature * 2654435761u ^ _dropping) * 0x85ebca6bu >> 8) < _training.Dropout * (1 << 24);
}
