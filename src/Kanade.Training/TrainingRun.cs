using System.Diagnostics;
using System.Text.Json;
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
    /// <param name="interrupted">Set by SIGINT and SIGTERM, in any process: the step under way is finished, saved, and <see cref="Finish"/> throws.</param>
    /// <param name="group">The processes that share the run; null for one.</param>
    public TrainingRun(
        string folder, RunIdentity identity, RunConfig config, long? maxSteps, ILogger log, CancellationToken interrupted, IProcessGroup? group = null)
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
    public bool SaveDue => (Step + 1) % _config.SaveEvery == 0 || IsLastStep;

    /// <summary>Pictures and sound for TensorBoard; null in all processes but one.</summary>
    public TensorBoardWriter? Board => Book?.Board;

    bool IsLastStep => Step + 1 == _lastStep || _stopping || OutOfPatience;

    bool OutOfPatience => _config.Patience is { } patience && _stale >= patience;

    /// <summary>Null in all processes but one.</summary>
    MetricsLog? Book => Group.Rank > 0 ? null : _metrics ??= new MetricsLog(_folder, Step);

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
        if (state.Measures.TryGetValue("first_score", out var first))
            FirstScore = first;
        if (state.Measures.TryGetValue("last_score", out var last))
            LastScore = last;
        if (state.Measures.TryGetValue("stale_validations", out var stale))
            _stale = (int)stale;
        RequireSame();
        if (Step >= _lastStep || OutOfPatience)
            _log.Information("{Folder}: already at step {Step}, nothing left to do", _folder, Step);
        else
            _log.Information("going on from {Folder}", checkpoint.Folder);
        return checkpoint;
    }

    /// <summary>Hands out batches until the last step or an interruption, seeds each step, and disposes each batch after its step.</summary>
    /// <param name="batchesFrom">Endless batches from a given step on.</param>
    public IEnumerable<TBatch> Steps<TBatch>(Func<long, IEnumerable<TBatch>> batchesFrom)
        where TBatch : IDisposable
    {
        if (Step >= _lastStep || OutOfPatience || IsInterrupted())
            yield break;
        using var _ = ProcessGroup.Enter(Group);
        _sinceLog.Restart();
        foreach (var batch in batchesFrom(Step))
        {
            using (batch)
            {
                IsInterrupted();
                manual_seed(SeedOf(Draw.Dropout));
                yield return batch;
            }
            Step++;
            if (Step >= _lastStep || OutOfPatience || _stopping)
                yield break;
        }
    }

    /// <summary>What a draw is for; every purpose has its own stream.</summary>
    public enum Draw
    {
        /// <summary>Dropout, the one draw that libtorch makes itself.</summary>
        Dropout,

        /// <summary>Where segments are cut.</summary>
        Crop,

        /// <summary>Noise of the harmonic source.</summary>
        Source,

        /// <summary>Masks of tokens.</summary>
        Mask,

        /// <summary>Noise of the style diffusion.</summary>
        Diffusion,

        /// <summary>Choices between two ways of a step.</summary>
        Choice,

        /// <summary>Initial weights.</summary>
        Weights,
    }

    /// <summary>A seed for one purpose in this step.</summary>
    public long SeedOf(Draw purpose) => CounterSeed.Of(_config.Seed, Step, (long)purpose);

    /// <summary>A managed generator for one purpose in this step.</summary>
    public Random RandomOf(Draw purpose) => new((int)(SeedOf(purpose) & int.MaxValue));

    /// <summary>A generator of tensors for one purpose in this step.</summary>
    public Generator GeneratorOf(Draw purpose) => new((ulong)SeedOf(purpose), CPU);

    /// <summary>Whether the step may change the weights: its loss and gradient are finite. Counts the skips in a row.</summary>
    /// <param name="losses">The step's losses.</param>
    /// <param name="gradientNorm">The norm of the gradient.</param>
    /// <param name="utterances">Whose batch it was, for the log.</param>
    /// <param name="gradients">Of several processes, so that the log names the utterances of those in which it went wrong.</param>
    /// <exception cref="DivergedException">Too many steps in a row were skipped.</exception>
    public bool Accept(LossTerms losses, double gradientNorm, IReadOnlyList<string> utterances, GradientAverage? gradients = null)
    {
        // The norm is that of the averaged gradient: all processes come to the same end here.
        if (double.IsFinite(gradientNorm))
        {
            _skips = 0;
            return true;
        }
        var reason = SkipReason.Of(Group, losses, utterances, gradients);
        if (Group.Rank == 0)
            _log.Warning("step {Step} skipped: {Reason:l}", Step, reason);
        if (++_skips >= _config.MaximumSkips)
            throw new DivergedException($"{_folder}: {_skips} steps in a row had no finite loss and gradient, the last at step {Step}; lower the learning rate, or go on from an earlier checkpoint");
        return false;
    }

    /// <summary>Writes a step's losses where <see cref="LogDue"/>.</summary>
    public void Log(LossTerms losses, double rate)
    {
        if (!LogDue)
            return;
        var values = Group.Mean(losses.Values());
        Book?.Write(Step + 1, "train", values);
        var perSecond = (Step + 1 - _loggedStep) / _sinceLog.Elapsed.TotalSeconds;
        _loggedStep = Step + 1;
        _sinceLog.Restart();
        _log.Information(
            "step {Step}/{Steps}  {Losses:l}  rate {Rate:G3}  {PerSecond:F2} steps/s",
            Step + 1, _lastStep, string.Join("  ", values.Select(v => FormattableString.Invariant($"{v.Key} {v.Value:G4}"))), rate, perSecond);
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
        if (_bestScore is null || score < _bestScore)
            (_bestScore, _bestStep, _stale) = (score, step, 0);
        else
            _stale++;
        _log.Information(
            "step {Step}  validation  {Values:l}", step, string.Join("  ", values.Select(v => FormattableString.Invariant($"{v.Key} {v.Value:G4}"))));
        _sinceLog.Restart();
        _loggedStep = step;
    }

    /// <summary>Writes a checkpoint of the state after this step.</summary>
    /// <param name="networks">The networks' sizes.</param>
    /// <param name="parts">Weights and moments by file.</param>
    /// <param name="measures">What later stages need.</param>
    public void Save(
        IReadOnlyDictionary<string, JsonElement> networks, IReadOnlyDictionary<string, IReadOnlyDictionary<string, Tensor>> parts,
        IReadOnlyDictionary<string, double>? measures = null)
    {
        if (Group.Rank > 0)
            return;
        var figures = new Dictionary<string, double>(measures ?? new Dictionary<string, double>());
        if (FirstScore is { } first)
            figures["first_score"] = first;
        if (LastScore is { } last)
            figures["last_score"] = last;
        if (_stale > 0)
            figures["stale_validations"] = _stale;
        var state = new CheckpointState(
            _identity.Stage, Step + 1, Step + 1 >= _config.Steps || OutOfPatience, _identity.ConfigHash, _identity.DataHash, _identity.SymbolTable,
            _bestScore, _bestStep, networks, figures);
        var folder = Checkpoint.Write(_folder, state, parts, _config.Keep);
        _log.Information("saved {Folder}", folder);
    }

    /// <summary>Ends the run.</summary>
    /// <exception cref="OperationCanceledException">It was interrupted; it is saved, and the same command goes on.</exception>
    public void Finish()
    {
        if (OutOfPatience)
            _log.Information("ended early at step {Step}: {Patience} validations in a row were no better than that of step {BestStep}", Step, _config.Patience, _bestStep);
        // Who leaves takes the others along: not before the last checkpoint is written.
        Group.Barrier();
        Finished = true;
        if (!OutOfPatience && Step < _lastStep && _stopping)
            throw new OperationCanceledException(_interrupted);
    }

    void RequireSame() => Group.RequireSame(_folder, FormattableString.Invariant($"{_identity} at step {Step} of {_lastStep}"));

    /// <summary>Whether any process was interrupted; asked at the same place by all, so that all stop after the same step.</summary>
    bool IsInterrupted() => _stopping = Group.Any(_interrupted.IsCancellationRequested);

    /// <inheritdoc/>
    public void Dispose() => _metrics?.Dispose();
}
