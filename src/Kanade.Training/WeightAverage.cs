using Kanade.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>
/// The exponential moving average of some networks' weights (Polyak and Juditsky 1992), which speaks better than the weights of any one
/// step. It is what is validated and exported; the training itself never sees it. The first steps count for more, so that the random
/// weights of the start are soon forgotten.
/// </summary>
sealed class WeightAverage : IDisposable
{
    readonly double _decay;
    readonly (Tensor Weight, Tensor Average, bool IsParameter)[] _pairs;

    /// <param name="networks">The stage's.</param>
    /// <param name="averaged">The names of those that are averaged.</param>
    /// <param name="decay">How much of the average stays at every step.</param>
    public WeightAverage(NetworkSet networks, IReadOnlyList<string> averaged, double decay)
    {
        (_decay, Networks) = (decay, averaged);
        using var noGradient = no_grad();
        State = averaged.SelectMany(name => networks[name].state_dict().Select(t => (Name: $"{name}.{t.Key}", t.Value)))
            .ToDictionary(t => t.Name, t => t.Value.detach().clone().DetachFromDisposeScope());
        var parameters = networks.Parameters(averaged).Select(p => p.Name).ToHashSet();
        _pairs = [.. averaged.SelectMany(name => networks[name].state_dict()
            .Select(t => (t.Value, State[$"{name}.{t.Key}"], parameters.Contains($"{name}.{t.Key}"))))];
    }

    /// <summary>The networks that are averaged.</summary>
    public IReadOnlyList<string> Networks { get; }

    /// <summary>The averages by <c>network.parameter</c>.</summary>
    public Dictionary<string, Tensor> State { get; }

    /// <summary>Begins again from the weights as they are.</summary>
    public void Restart() => ForEach((weight, average, _) => average.copy_(weight));

    /// <summary>Takes a step's weights in.</summary>
    /// <param name="step">From 0.</param>
    public void Add(long step)
    {
        var decay = Math.Min(_decay, (1.0 + step) / (10.0 + step));
        // Buffers, such as the unit vectors of spectral norms, mean nothing in the mean.
        ForEach((weight, average, isParameter) => isParameter ? average.lerp_(weight, 1 - decay) : average.copy_(weight));
    }

    /// <summary>Puts the averages in the place of the weights until what it returns is disposed.</summary>
    public IDisposable InPlace()
    {
        Exchange();
        return new Exchanged(Exchange);
    }

    void Exchange() => ForEach((weight, average, isParameter) =>
    {
        var kept = weight.clone();
        _ = weight.copy_(average);
        return average.copy_(kept);
    });

    void ForEach(Func<Tensor, Tensor, bool, Tensor> act)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        foreach (var (weight, average, isParameter) in _pairs)
            _ = act(weight, average, isParameter);
    }

    public void Dispose()
    {
        foreach (var average in State.Values)
            average.Dispose();
    }

    sealed class Exchanged(Action back) : IDisposable
    {
        public void Dispose() => back();
    }
}
