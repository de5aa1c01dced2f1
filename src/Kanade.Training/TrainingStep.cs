using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>A step of a run: its phase, its batches (several where gradients are accumulated), and what is drawn and lost in it.</summary>
/// <typeparam name="TBatch">A batch, which the step disposes.</typeparam>
public sealed class TrainingStep<TBatch> : TrainingStep
    where TBatch : IDisposable
{
    readonly IEnumerator<TBatch> _source;
    TBatch? _last;

    internal TrainingStep(long number, int accumulated, long seed, PhaseSchedule schedule, IProcessGroup group, IEnumerator<TBatch> source)
        : base(number, accumulated, seed, schedule, group) => _source = source;

    /// <summary>The step's batches, once, each disposed when the next is asked for, the last at the end of the step. Dropout and
    /// <see cref="TrainingStep.Draws"/> are set for each.</summary>
    public IEnumerable<TBatch> Batches
    {
        get
        {
            for (var part = 0; part < Accumulated && _source.MoveNext(); part++)
            {
                _last?.Dispose();
                _last = _source.Current;
                Begin(part);
                yield return _last;
            }
        }
    }

    /// <summary>The last of its batches so far.</summary>
    public TBatch Last => _last ?? throw new InvalidOperationException("the step's batches have not been asked for");

    internal override void End()
    {
        base.End();
        _last?.Dispose();
        _last = default;
    }
}

/// <summary>What of a step does not depend on the kind of its batches.</summary>
public abstract class TrainingStep
{
    readonly long _seed;
    readonly PhaseSchedule _schedule;
    readonly IProcessGroup _group;
    readonly List<string> _utterances = [];
    readonly List<string> _names = [];
    readonly Dictionary<string, float> _notes = [];
    Tensor? _sums;

    private protected TrainingStep(long number, int accumulated, long seed, PhaseSchedule schedule, IProcessGroup group)
    {
        (Number, Accumulated, _seed, _schedule, _group) = (number, accumulated, seed, schedule, group);
        Draws = new StepDraws(seed, number, 0, group);
    }

    /// <summary>From 0.</summary>
    public long Number { get; }

    /// <summary>Batches whose gradients are added up in it.</summary>
    public int Accumulated { get; }

    /// <summary>What is random in the batch under way.</summary>
    public StepDraws Draws { get; private set; }

    /// <summary>The utterances of the batches so far, for messages.</summary>
    public IReadOnlyList<string> Utterances => _utterances;

    /// <summary>Whether a phase has begun.</summary>
    public bool In(Phase phase) => _schedule.HasBegun(phase, Number);

    /// <summary>The first step of a phase.</summary>
    internal long FirstOf(Phase phase) => _schedule.FirstOf(phase);

    /// <summary>What is minimised for a batch: its losses as a part of the step's. Their values are kept for the log.</summary>
    /// <param name="losses">Of one batch.</param>
    /// <param name="utterances">Whose they are.</param>
    public Tensor Minimise(LossTerms losses, IReadOnlyList<string> utterances)
    {
        Keep(losses, utterances);
        var total = losses.Total();
        return Accumulated == 1 ? total : total / Accumulated;
    }

    /// <summary>Keeps the values of losses for the log. The steps' batches have the same losses.</summary>
    public void Keep(LossTerms losses, IReadOnlyList<string> utterances)
    {
        _utterances.AddRange(utterances);
        using var scope = NewDisposeScope();
        var values = losses.Stacked();
        if (_names.Count == 0)
            _names.AddRange(losses.Select(t => t.Name));
        else if (!_names.SequenceEqual(losses.Select(t => t.Name)))
            throw new ArgumentException($"a batch of step {Number} has other losses than the one before it", nameof(losses));
        var sums = (_sums is null ? values : _sums + values).DetachFromDisposeScope();
        _sums?.Dispose();
        _sums = sums;
    }

    /// <summary>Keeps a value of a pass of its own for the log.</summary>
    public void Note(string name, Tensor value) => _notes[name] = value.item<float>();

    /// <summary>The mean of each loss over the step's batches, and what was noted; one synchronisation with the device.</summary>
    public IReadOnlyDictionary<string, float> Losses()
    {
        using var scope = NewDisposeScope();
        var values = _sums is null ? [] : _sums.cpu().data<float>().ToArray();
        return _names.Select((name, i) => KeyValuePair.Create(name, values[i] / Accumulated)).Concat(_notes).ToDictionary();
    }

    private protected void Begin(int part)
    {
        Draws = new StepDraws(_seed, Number, part, _group);
        manual_seed(Draws.Seed(Draw.Dropout));
    }

    internal virtual void End()
    {
        _sums?.Dispose();
        _sums = null;
    }
}
