using System.Runtime.InteropServices;

namespace Kanade.Text;

/// <summary>How likely each run of words is one accent phrase: the marginals of the semi-Markov model (Sarawagi and Cohen 2004) over the divisions of one stretch.
/// Used again and again by one thread.</summary>
internal sealed class PhraseDivision(FeatureWeights model)
{
    public const int Longest = BoundaryFeatures.LongestPhrase;

    /// <summary>A boundary this much more (or less) likely than not is settled without looking at the phrases on both sides (log-odds).</summary>
    const float Settled = 5;

    readonly List<uint> _features = [];
    float[] _boundary = [];
    double[] _phrase = [];          // log-score of the phrase [start, start + length), at start × Longest + length - 1
    double[] _forward = [];         // log-sum over divisions of the words before a place
    double[] _backward = [];        // … of the words from a place on
    int _words;

    public void Open(ReadOnlySpan<AccentWord> words)
    {
        _words = words.Length;
        if (_boundary.Length < _words)
            (_boundary, _phrase, _forward, _backward) = (new float[_words], new double[_words * Longest], new double[_words + 1], new double[_words + 1]);
        for (var start = 1; start < _words; start++)
        {
            _features.Clear();
            BoundaryFeatures.Boundary(words, start, _features);
            _boundary[start] = model.Score(CollectionsMarshal.AsSpan(_features));
        }
        Forward(words);
        Backward();
    }

    void Forward(ReadOnlySpan<AccentWord> words)
    {
        _phrase.AsSpan(0, _words * Longest).Fill(double.NegativeInfinity);
        _forward.AsSpan(0, _words + 1).Fill(double.NegativeInfinity);
        _forward[0] = 0;
        for (var start = 0; start < _words; start++)
        {
            if (double.IsNegativeInfinity(_forward[start]))
                continue;
            var longest = Math.Min(_words, start + Longest);
            for (var end = start + 1; end <= longest; end++)
            {
                var impossible = end < longest && _boundary[end] < -Settled;
                if (!impossible)
                {
                    _features.Clear();
                    BoundaryFeatures.Phrase(words, start, end, _features);
                    var score = (start > 0 ? _boundary[start] : 0) + model.Score(CollectionsMarshal.AsSpan(_features));
                    _phrase[At(start, end)] = score;
                    _forward[end] = AccentFit.LogAdd(_forward[end], _forward[start] + score);
                }
                if (end < _words && _boundary[end] > Settled)
                    break;
            }
        }
    }

    void Backward()
    {
        _backward[_words] = 0;
        for (var start = _words - 1; start >= 0; start--)
        {
            _backward[start] = double.NegativeInfinity;
            for (var end = start + 1; end <= Math.Min(_words, start + Longest); end++)
                _backward[start] = AccentFit.LogAdd(_backward[start], _phrase[At(start, end)] + _backward[end]);
        }
    }

    static int At(int start, int end) => start * Longest + end - start - 1;

    /// <summary>The probability that the words [start, end) are one phrase.</summary>
    public double Phrase(int start, int end) => Math.Exp(_forward[start] + _phrase[At(start, end)] + _backward[end] - _forward[_words]);

    /// <summary>The probability that a phrase begins at a word.</summary>
    public double Boundary(int start) => Math.Exp(_forward[start] + _backward[start] - _forward[_words]);
}
