using Kanade.Torch;

namespace Kanade.Training;

/// <summary>The mean of losses over the utterances of a validation.</summary>
sealed class MeanLosses
{
    readonly Dictionary<string, double> _sums = [];
    double _total;
    double _utterances;

    /// <summary>Adds a batch's losses.</summary>
    public void Add(LossTerms losses, int utterances)
    {
        foreach (var (name, value) in losses.Values())
            _sums[name] = _sums.GetValueOrDefault(name) + (double)value * utterances;
        _total += losses.Total().item<float>() * (double)utterances;
        _utterances += utterances;
    }

    /// <summary>The same over what all processes have added.</summary>
    public MeanLosses Over(IProcessGroup group)
    {
        var all = group.Sum(new Dictionary<string, double>(_sums.Select(s => KeyValuePair.Create("loss " + s.Key, s.Value))) { ["total"] = _total, ["utterances"] = _utterances });
        var mean = new MeanLosses { _total = all["total"], _utterances = all["utterances"] };
        foreach (var (name, sum) in all.Where(f => f.Key.StartsWith("loss ", StringComparison.Ordinal)))
            mean._sums[name["loss ".Length..]] = sum;
        return mean;
    }

    /// <summary>The mean of the weighted sums.</summary>
    public double Total => _total / _utterances;

    /// <summary>The mean of each, and of the sum as <c>total</c>.</summary>
    public IReadOnlyDictionary<string, float> Values
    {
        get
        {
            var values = _sums.ToDictionary(s => s.Key, s => (float)(s.Value / _utterances));
            values["total"] = (float)Total;
            return values;
        }
    }
}
