namespace Kanade.Training.Scores;

/// <summary>Pearson's correlation of two series, computed from running sums so that utterances can be pooled.</summary>
/// <remarks>Welford's update, and the merge of Chan et al. (1979).
/// A series that does not vary correlates with nothing: 0, never NaN.</remarks>
public sealed class Correlation
{
    /// <summary>A standard deviation below this is rounding, whatever the unit: both series are logarithms of Hz or of power.</summary>
    const double SmallestDeviation = 1e-6;

    double _meanX, _meanY, _squaresX, _squaresY, _products;

    /// <summary>Pairs added.</summary>
    public long Count { get; private set; }

    /// <summary>From -1 to 1; 0 where either series is constant or has fewer than two values.</summary>
    public double Value => Varies(_squaresX) && Varies(_squaresY) ? Math.Clamp(_products / Math.Sqrt(_squaresX * _squaresY), -1, 1) : 0;

    /// <summary>Adds one pair.</summary>
    public void Add(double x, double y)
    {
        Count++;
        var (dx, dy) = (x - _meanX, y - _meanY);
        _meanX += dx / Count;
        _meanY += dy / Count;
        _squaresX += dx * (x - _meanX);
        _squaresY += dy * (y - _meanY);
        _products += dx * (y - _meanY);
    }

    /// <summary>Adds every pair of another one.</summary>
    public void Add(Correlation other)
    {
        var all = Count + other.Count;
        if (all == 0)
            return;
        var (dx, dy, weight) = (other._meanX - _meanX, other._meanY - _meanY, (double)Count * other.Count / all);
        _squaresX += other._squaresX + dx * dx * weight;
        _squaresY += other._squaresY + dy * dy * weight;
        _products += other._products + dx * dy * weight;
        _meanX += dx * other.Count / all;
        _meanY += dy * other.Count / all;
        Count = all;
    }

    bool Varies(double squares) => Count > 1 && squares > Count * SmallestDeviation * SmallestDeviation;
}
