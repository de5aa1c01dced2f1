namespace Kanade.Training.Scores;

/// <summary>Pearson's correlation of pairs that come one after the other.</summary>
public sealed class Correlation
{
    double _count, _meanX, _meanY, _squaresX, _squaresY, _products;

    /// <summary>Adds a pair (Welford's update).</summary>
    public void Add(double x, double y)
    {
        _count++;
        var (fromX, fromY) = (x - _meanX, y - _meanY);
        _meanX += fromX / _count;
        _meanY += fromY / _count;
        _squaresX += fromX * (x - _meanX);
        _squaresY += fromY * (y - _meanY);
        _products += fromX * (y - _meanY);
    }

    /// <summary>From −1 to 1; 0 where either never changes.</summary>
    public double Value => _squaresX > 0 && _squaresY > 0 ? _products / Math.Sqrt(_squaresX * _squaresY) : 0;
}
