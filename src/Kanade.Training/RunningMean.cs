namespace Kanade.Training;

/// <summary>The mean of a figure over the steps of a run.</summary>
sealed class RunningMean
{
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
        return Value += (figure - Value) / Count;
    }

    /// <summary>Goes on from a checkpoint's figures.</summary>
    public void Restore(double value, double count) => (Value, Count) = (value, count);
}
