using System.Diagnostics;
using System.Text.Json;
using Kanade.Audio;
using Kanade.Models;
using Kanade.Torch;
using Serilog;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>
/// Keeps a run's book: the step, when to log, validate and save, and whether to stop. It owns no networks and has no hooks;
/// the loop belongs to the stage. Of several processes each keeps the same book, and rank 0 writes it down.
/// </summary>
public sealed class TrainingRun : IDisposable
{
    readonly string _folder;
    readonly RunConfig _config;
    readonly ILogger _log;
    readonly CancellationToken _interrupted;

    // Read once a step: an interrupt between saving and leaving would otherwise leave without saving.
    bool _stopping;
    readonly RunIdentity _identity;
    readonly long _lastStep;
    PhaseSchedule _schedule = PhaseSchedule.OfOnePhase;
    readonly Stopwatch _sinceLog = Stopwatch.StartNew();
    MetricsLog? _metrics;
    long _loggedStep;
    int _skips;
    double? _bestScore;
    long _bestStep;
    int _stale;

    /// <param name="folder">The run folder; made where it does not exist.</param>
    /// <param name="identity">What the run is of.</param>
    /// <param name="config">How long, how fast.</param>
    /// <param name="maxSteps">A limit to the steps of this run, from a flag; null for the configuration's.</param>
    /// <param name="log">Where it tells of itself.</param>
    /// <param name="interrupted">Set by SIGINT and SIGTERM, in any process: the step under way is finished, saved, and <see cref="Finish"/>
    /// throws.</param>
    /// <param name="group">The processes that share the run; null for one.</param>
    public TrainingRun(
        string folder, RunIdentity identity, RunConfig config, long? maxSteps, ILogger log, CancellationToken interrupted,
        IProcessGroup? group = null)
    {
        Group = group ?? SingleProcess.Instance;
        (_folder, _identity, _config, _log, _interrupted) = (folder, identity, config, log, interrupted);
        _lastStep = Math.Min(config.Steps, maxSteps ?? long.MaxValue);
    }

    /// <summary>The processes that share the run.</summary>
    public IProcessGroup Group { get; }

    /// <summary>Whether <see cref="Finish"/> was reached, which all processes do together.</summary>
    public bool Finished { get; private set; }

    /// <summary>Steps done; inside the loop's body, the step under way counted from 0.</summary>
    public long Step { get; private set; }

    /// <summary>The validation score of before the first step, for the summary.</summary>
    public double? FirstScore { get; private set; }

    /// <summary>The last validation score.</summary>
    public double? LastScore { get; private set; }

    /// <summary>Whether this step ends with a line in the log.</summary>
    public bool LogDue => (Step + 1) % _config.LogEvery == 0 || IsLastStep;

    /// <summary>Whether this step ends with a validation.</summary>
    public bool ValidationDue => (Step + 1) % _config.ValidateEvery == 0 || Step + 1 == _lastStep;

    /// <summary>Whether this step ends with a checkpoint.</summary>
    public bool SaveDue => (Step + 1) % _config.SaveEvery == 0 || IsLastStep || _bestStep == Step + 1;

    /// <summary>Pictures and sound for TensorBoard; null in all processes but one.</summary>
    public TensorBoardWriter? Board => Book?.Board;

    /// <summary>Puts a sound into TensorBoard.</summary>
    /// <param name="name">Its name there.</param>
    /// <param name="wave">(N) full scale ±1.</param>
    /// <param name="sampleRate">Hz.</param>
    /// <param name="step">Steps done.</param>
    public void Hear(string name, Tensor wave, int sampleRate, long step) =>
        Board?.Audio(name, wave.cpu().contiguous().data<float>().ToArray(), sampleRate, step);

    bool IsLastStep => Step + 1 == _lastStep || _stopping || OutOfPatience;

    /// <summary>Patience belongs to the last phase that the run reaches, and to its own validations: an earlier phase may be no better for
    /// long, and what follows is another game.</summary>
    bool OutOfPatience =>
        _config.Patience is { } patience && _stale >= patience && _schedule.After(_bestStep) == _schedule.After(_config.Steps);

    /// <summary>Null in all processes but one.</summary>
    MetricsLog? Book => Group.Rank > 0 ? null : _metrics ??= new MetricsLog(_folder, Step);

    /// <summary>Takes the phases of a stage that has several, and tells of them.</summary>
    public void Follow(PhaseSchedule schedule)
    {
        _schedule = schedule;
        _log.Information("phases: {Phases:l}", schedule.Describe(_config.Steps));
    }

    /// <summary>The run's last checkpoint, to go on from; null where it begins.</summary>
    /// <exception cref="CheckpointException">The folder holds another stage's run, or one of another configuration or dataset.</exception>
    public Checkpoint? Resume()
    {
        if (!Checkpoint.Exists(_folder))
        {
            RequireSame();
            return null;
        }
        var checkpoint = Checkpoint.Open(_folder);
        var state = checkpoint.State;
        if (_identity.DifferenceTo(state) is { } difference)
            throw new CheckpointException($"{checkpoint.Folder}: {difference}; start a run in another folder (--out)");
        (Step, _bestScore, _bestStep, _loggedStep) = (state.Step, state.BestScore, state.BestStep, state.Step);
        if (state.Progress is { } progress)
            (FirstScore, LastScore, _stale, _skips) = (progress.FirstScore, progress.LastScore, progress.StaleValidations, progress.Skips);
        RequireSame();
        if (Step >= _lastStep || OutOfPatience)
            _log.Information("{Folder}: already at step {Step}, nothing left to do", _folder, Step);
        else
            _log.Information("going on from {Folder}", checkpoint.Folder);
        return checkpoint;
    }

    /// <summary>Hands out steps with their batches until the last one or an interruption.</summary>
    /// <param name="batchesFrom">Endless batches from a given one on.</param>
    public IEnumerable<TrainingStep<TBatch>> Steps<TBatch>(Func<long, IEnumerable<TBatch>> batchesFrom)
        where TBatch : IDisposable
    {
        if (Step >= _lastStep || OutOfPatience || IsInterrupted())
            yield break;
        using var _ = ProcessGroup.Enter(Group);
        using var batches = batchesFrom(Step * _config.Accumulate).GetEnumerator();
        _sinceLog.Restart();
        while (true)
        {
            IsInterrupted();
            var step = new TrainingStep<TBatch>(Step, _config.Accumulate, _config.Seed, _schedule, Group, batches);
            yield return step;
            step.End();
            Step++;
            if (Step >= _lastStep || OutOfPatience || _stopping)
                yield break;
        }
    }

    /// <summary>The seed of the initial weights.</summary>
    public long WeightSeed => CounterSeed.Of(_config.Seed, 0, (long)Draw.Weights);

    /// <summary>Whether the step may change the weights: all its gradients are finite, in every process. Counts the skips in a
    /// row.</summary>
    /// <exception cref="DivergedException">Too many steps in a row were skipped.</exception>
    internal bool Accept(TrainingStep step, GradientNorms norms)
    {
        // The norms are those of the averaged gradients: all processes come to the same end here.
        if (norms.AreFinite)
        {
            _skips = 0;
            return true;
        }
        var reason = SkipReason.Of(Group, step.Losses(), step.Utterances, norms.OwnWasFinite);
        if (Group.Rank == 0)
            _log.Warning("step {Step} skipped: {Reason:l}", Step, reason);
        if (++_skips >= _config.MaximumSkips)
        {
            throw new DivergedException(
                $"{_folder}: {_skips} steps in a row had no finite loss and gradient, the last at step {Step}; "
                + "lower the learning rate, or go on from an earlier checkpoint");
        }
        return false;
    }

    /// <summary>Writes a step's losses where <see cref="LogDue"/>.</summary>
    public void Log(TrainingStep step)
    {
        if (!LogDue)
            return;
        var values = Group.Mean(step.Losses());
        Book?.Write(Step + 1, "train", values);
        var perSecond = (Step + 1 - _loggedStep) / _sinceLog.Elapsed.TotalSeconds;
        _loggedStep = Step + 1;
        _sinceLog.Restart();
        _log.Information(
            "step {Step}/{Steps}  {Losses:l}  rate {Rate:G3}  {PerSecond:F2} steps/s",
            Step + 1, _lastStep, string.Join("  ", values.Select(v => FormattableString.Invariant($"{v.Key} {v.Value:G4}"))),
            _config.RateAt(Step, _config.LearningRate), perSecond);
    }

    /// <summary>Writes a validation's figures.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="score">What decides which checkpoint is best; lower is better.</param>
    /// <param name="values">All of them, by name.</param>
    public void Report(long step, double score, IReadOnlyDictionary<string, float> values)
    {
        Book?.Write(step, "validation", values);
        FreedMemory.Release();      // here because every stage, in every process, comes by from time to time
        FirstScore ??= score;
        LastScore = score;
        if (step > 0)
            Compare(step, score);
        _log.Information(
            "step {Step}  validation  {Values:l}", step,
            string.Join("  ", values.Select(v => FormattableString.Invariant($"{v.Key} {v.Value:G4}"))));
        _sinceLog.Restart();
        _loggedStep = step;
    }

    /// <summary>Scores of different phases are not compared: an adversarial phase may raise what a phase before it lowered. A score that is
    /// not finite is no better than any.</summary>
    void Compare(long step, double score)
    {
        var another = _bestScore is not null && _schedule.After(_bestStep) != _schedule.After(step);
        if (double.IsFinite(score) && (_bestScore is null || another || score < _bestScore))
            (_bestScore, _bestStep, _stale) = (score, step, 0);
        else
            _stale++;
    }

    /// <summary>Writes a checkpoint of the state after this step.</summary>
    /// <param name="networks">The networks' sizes.</param>
    /// <param name="parts">Weights and moments by file.</param>
    /// <param name="mel">The spectrogram that the networks hear; null for those that hear none.</param>
    /// <param name="measures">What later stages need.</param>
    /// <param name="averaged">The networks whose averaged weights are among the parts.</param>
    public void Save(
        IReadOnlyDictionary<string, JsonElement> networks, IReadOnlyDictionary<string, IReadOnlyDictionary<string, Tensor>> parts,
        MelConfig? mel, IReadOnlyDictionary<string, double>? measures = null, IReadOnlyList<string>? averaged = null)
    {
        if (Group.Rank > 0)
            return;
        var state = new CheckpointState(
            _identity.Stage, Step + 1, Step + 1 >= _config.Steps || OutOfPatience, _identity.ConfigHash, _identity.DataHash,
            _identity.SymbolTable, _bestScore, _bestStep, networks, measures ?? new Dictionary<string, double>(), averaged, mel,
            new RunProgress(Finite(FirstScore), Finite(LastScore), _stale, _skips), _identity.Configuration);
        var folder = Checkpoint.Write(_folder, state, parts, _config.Keep);
        _log.Information("saved {Folder}", folder);
    }

    /// <summary>JSON knows no other numbers.</summary>
    static double? Finite(double? score) => score is { } value && double.IsFinite(value) ? value : null;

    /// <summary>Ends the run.</summary>
    /// <exception cref="OperationCanceledException">It was interrupted; it is saved, and the same command goes on.</exception>
    public void Finish()
    {
        if (OutOfPatience)
        {
            _log.Information(
                "ended early at step {Step}: {Patience} validations in a row were no better than that of step {BestStep}",
                Step, _config.Patience, _bestStep);
        }
        // Who leaves takes the others along: not before the last checkpoint is written.
        Group.Barrier();
        Finished = true;
        if (!OutOfPatience && Step < _lastStep && _stopping)
            throw new OperationCanceledException(_interrupted);
    }

    void RequireSame() => Group.RequireSame(
        _folder, FormattableString.Invariant($"{_identity with { Configuration = null }} at step {Step} of {_lastStep}"));

    /// <summary>Whether any process was interrupted; asked at the same place by all, so that all stop after the same step.</summary>
    bool IsInterrupted() => _stopping = Group.Any(_interrupted.IsCancellationRequested);

    /// <inheritdoc/>
    public void Dispose() => _metrics?.Dispose();
}
