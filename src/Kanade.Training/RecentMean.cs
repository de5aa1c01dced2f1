namespace Kanade.Training;

/// <summary>The mean of a figure over about the last 200 steps: the styles whose spread it follows move for as long as their encoders
/// learn.</summary>
sealed class RecentMean
{
    const double Decay = 0.995;

    /// <summary>The mean; 0 before the first figure.</summary>
    public double Value { get; private set; }

    /// <summary>How many figures.</summary>
    public double Count { get; private set; }

    /// <returns>The mean with the new figure.</returns>
    public double Add(double figure)
    {
        if (!double.IsFinite(figure))
            return Value;
        Count++;
        return Value += (figure - Value) * Math.Max(1 / Count, 1 - Decay);
    }

    /// <summary>Begins with what an earlier training found: it is forgotten as fast as any other figure.</summary>
    public void Begin(double value) => (Value, Count) = (value, 1 / (1 - Decay));

    /// <summary>Goes on from a checkpoint's figures.</summary>
    public void Restore(double value, double count) => (Value, Count) = (value, count);
}
