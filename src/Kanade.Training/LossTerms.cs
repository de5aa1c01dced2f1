using System.Collections;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>One row of a step's losses.</summary>
/// <param name="Name">As it is logged.</param>
/// <param name="Weight">What it is multiplied by in the sum.</param>
/// <param name="Value">A scalar.</param>
public sealed record LossTerm(string Name, double Weight, Tensor Value);

/// <summary>A step's losses in one table: summed and logged from the same rows, so that no figure can carry another's name.</summary>
public sealed class LossTerms : IEnumerable<LossTerm>
{
    readonly List<LossTerm> _terms = [];

    /// <summary>Adds a row; a weight of 0 keeps it out of the gradient but in the log.</summary>
    public void Add(string name, double weight, Tensor value)
    {
        if (_terms.Exists(t => t.Name == name))
            throw new ArgumentException($"two losses are called {name}", nameof(name));
        _terms.Add(new LossTerm(name, weight, value));
    }

    /// <summary>Adds the loss of an adversary: minimised with the others, since no gradient of it reaches their networks, nor of theirs its
    /// own.</summary>
    public void AddApart(string name, Tensor value) => Add(name, 1, value);

    /// <summary>The weighted sum that is minimised.</summary>
    public Tensor Total()
    {
        using var scope = NewDisposeScope();
        return _terms.Where(t => t.Weight != 0).Select(t => t.Value.to(ScalarType.Float32) * t.Weight)
            .Aggregate((sum, term) => sum + term).MoveToOuterDisposeScope();
    }

    /// <summary>Every row's value, without gradient, in order.</summary>
    /// <returns>(rows) float32, which the caller owns.</returns>
    public Tensor Stacked()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return stack(_terms.Select(t => t.Value.detach().to(ScalarType.Float32).reshape([])).ToArray()).MoveToOuterDisposeScope();
    }

    /// <summary>Every row's value; one synchronisation with the device.</summary>
    public IReadOnlyDictionary<string, float> Values()
    {
        using var stacked = Stacked();
        var values = stacked.cpu().data<float>().ToArray();
        return _terms.Select((t, i) => (t.Name, values[i])).ToDictionary(t => t.Name, t => t.Item2);
    }

    /// <inheritdoc/>
    public IEnumerator<LossTerm> GetEnumerator() => _terms.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
