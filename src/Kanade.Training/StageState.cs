using System.Text.Json;
using Kanade.Audio;
using Kanade.Models;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>
/// What changes while a stage trains: its networks, their optimisers and, where a run has one, the average of its weights. It resumes them,
/// lets every process begin alike, averages and bounds their gradients, moves them all together once all are known to be finite, and saves
/// them.
/// </summary>
sealed class StageState : IDisposable
{
    const string ClipPart = "clipping";

    readonly NetworkSet _networks;
    readonly TrainingRun _run;
    readonly RunConfig _config;
    readonly IReadOnlyList<StageOptimiser> _optimisers;
    readonly Dictionary<StageOptimiser, GradientAverage> _averages;
    readonly WeightAverage? _average;
    HashSet<StageOptimiser>? _open;

    /// <param name="networks">All of the stage's; they stay the caller's.</param>
    /// <param name="run">The run's book.</param>
    /// <param name="config">Rates and averaging.</param>
    /// <param name="optimisers">In one order everywhere; this owns them.</param>
    /// <param name="averaged">The networks that are averaged where <see cref="RunConfig.AverageDecay"/> is set.</param>
    public StageState(
        NetworkSet networks, TrainingRun run, RunConfig config, IReadOnlyList<StageOptimiser> optimisers,
        params IReadOnlyList<string> averaged)
    {
        (_networks, _run, _config, _optimisers) = (networks, run, config, optimisers);
        _averages = optimisers.ToDictionary(o => o, o => new GradientAverage(run.Group, o.Optimiser.Parameters));
        // All forwards of a step share one weight, however many there are: the estimates of spectral norms follow it when it has moved.
        foreach (var encoder in optimisers.SelectMany(o => o.Networks).Select(name => networks[name]).OfType<StyleEncoder>())
            encoder.KeepNormsInForward();
        _average = config.AverageDecay is { } decay && averaged.Count > 0 ? new WeightAverage(networks, averaged, decay) : null;
    }

    /// <summary>The networks that any optimiser moves.</summary>
    public IEnumerable<string> Trained => _optimisers.SelectMany(o => o.Networks);

    /// <summary>Loads the run's last checkpoint, or begins; either way every process has the weights of the first.</summary>
    /// <param name="begin">What a run begins with, where there is no checkpoint.</param>
    /// <returns>The checkpoint; null where the run begins.</returns>
    public Checkpoint? Resume(Action? begin = null)
    {
        var checkpoint = _run.Resume();
        if (checkpoint is not null)
        {
            _networks.Load(checkpoint);
            foreach (var optimiser in _optimisers)
                checkpoint.Load(optimiser.Name, optimiser.Optimiser);
            if (ClipState() is { Count: > 0 } clipping)
                checkpoint.Load(ClipPart, clipping);
            if (_average is not null)
                checkpoint.Load(Checkpoint.AverageFile, _average.State);
        }
        else
        {
            begin?.Invoke();
        }
        _run.Group.Broadcast(_networks, _optimisers.Select(o => o.Optimiser));
        if (checkpoint is null)
            _average?.Restart();
        return checkpoint;
    }

    /// <summary>Opens to training what moves in this step's phase, and nothing else: the others' gradients would be computed and
    /// dropped.</summary>
    public void Begin(TrainingStep step)
    {
        var open = _optimisers.Where(o => step.In(o.From)).ToHashSet();
        if (_open?.SetEquals(open) == true)
            return;
        _open = open;
        foreach (var optimiser in _optimisers)
        {
            foreach (var parameter in optimiser.Optimiser.Parameters)
                parameter.requires_grad = open.Contains(optimiser);
        }
        Listen();
    }

    /// <summary>Dropout and the like on in the networks that train, off in all others.</summary>
    public void Listen() => _networks.Train([.. (_open ?? [.. _optimisers]).SelectMany(o => o.Networks)]);

    /// <summary>All networks as they speak: dropout off, averaged weights where there are any; until what it returns is disposed.</summary>
    public IDisposable Speaking()
    {
        var back = _average?.InPlace();
        _networks.Evaluate();
        return new Restored(() =>
        {
            back?.Dispose();
            Listen();
        });
    }

    /// <summary>Averages the gradients over the processes and bounds them. Nothing moves.</summary>
    public GradientNorms Reduce(TrainingStep step) => Reduce(Moving(step), o => o.Clip.Apply());

    /// <summary>Averages the gradients of some networks over the processes, unbounded, for a pass of its own.</summary>
    public GradientNorms ReduceOf(IReadOnlyList<string> networks) => Reduce(Of(networks), o => o.Clip.Norm());

    /// <summary>Moves every network of this step's phase, and their average with them; frees the gradients.</summary>
    public void Move(TrainingStep step)
    {
        Move(step, Moving(step));
        _average?.Add(step.Number);
    }

    /// <summary>Moves some networks alone, in a pass of their own; frees the gradients.</summary>
    public void MoveOf(TrainingStep step, IReadOnlyList<string> networks) => Move(step, Of(networks));

    /// <summary>Frees all gradients, as after a step that is skipped.</summary>
    public void Forget()
    {
        foreach (var optimiser in _optimisers)
            optimiser.Optimiser.ZeroGradients();
    }

    /// <summary>Writes a checkpoint.</summary>
    /// <param name="mel">The spectrogram that the networks hear; null for those that hear none.</param>
    /// <param name="measures">What later stages need.</param>
    /// <param name="sizes">What it describes besides the networks' sizes.</param>
    public void Save(
        MelConfig? mel, IReadOnlyDictionary<string, double>? measures = null, IReadOnlyDictionary<string, JsonElement>? sizes = null)
    {
        var parts = new Dictionary<string, IReadOnlyDictionary<string, Tensor>>(_networks.Parts);
        foreach (var optimiser in _optimisers)
            parts[optimiser.Name] = optimiser.Optimiser.State();
        if (ClipState() is { Count: > 0 } clipping)
            parts[ClipPart] = clipping;
        if (_average is not null)
            parts[Checkpoint.AverageFile] = _average.State;
        var described = _networks.Sizes.Concat(sizes ?? new Dictionary<string, JsonElement>()).ToDictionary(s => s.Key, s => s.Value);
        _run.Save(described, parts, mel, measures, _average?.Networks);
    }

    GradientNorms Reduce(IReadOnlyList<StageOptimiser> optimisers, Func<StageOptimiser, double> norm)
    {
        using var scope = NewDisposeScope();
        foreach (var optimiser in optimisers)
            _averages[optimiser].Apply();
        return new GradientNorms(
            optimisers.ToDictionary(o => o.Name, norm),
            () => optimisers.All(o => _averages[o].OwnWasFinite));
    }

    void Move(TrainingStep step, IReadOnlyList<StageOptimiser> optimisers)
    {
        foreach (var optimiser in optimisers)
        {
            optimiser.Optimiser.Step(_config.RateAt(step.Number, optimiser.Rate, step.FirstOf(optimiser.From)));
            foreach (var encoder in optimiser.Networks.Select(name => _networks[name]).OfType<StyleEncoder>())
                encoder.FollowWeights();
        }
        Forget();
    }

    List<StageOptimiser> Moving(TrainingStep step) => [.. _optimisers.Where(o => !o.ByItself && step.In(o.From))];

    List<StageOptimiser> Of(IReadOnlyList<string> networks) => [.. _optimisers.Where(o => o.Networks.Any(networks.Contains))];

    Dictionary<string, Tensor> ClipState() =>
        _optimisers.SelectMany(o => o.Clip.State.Select(s => ($"{o.Name}.{s.Name}", s.Value))).ToDictionary(s => s.Item1, s => s.Value);

    public void Dispose()
    {
        foreach (var optimiser in _optimisers)
        {
            _averages[optimiser].Dispose();
            optimiser.Dispose();
        }
        _average?.Dispose();
    }

    sealed class Restored(Action back) : IDisposable
    {
        public void Dispose() => back();
    }
}

/// <summary>The norms of a step's gradients before they were bounded, averaged over the processes.</summary>
/// <param name="ByOptimiser">By the name of the optimiser that moves them.</param>
/// <param name="OwnWasFinite">Whether this process's own gradient was finite.</param>
sealed record GradientNorms(IReadOnlyDictionary<string, double> ByOptimiser, Func<bool> OwnWasFinite)
{
    /// <summary>Whether all are finite; the same in every process.</summary>
    public bool AreFinite => ByOptimiser.Values.All(double.IsFinite);
}
