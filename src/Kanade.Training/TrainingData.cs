using System.Security.Cryptography;
using System.Text;
using Kanade.Audio;
using Kanade.Corpus;
using Kanade.Text;
using Kanade.Torch;
using Serilog;

namespace Kanade.Training;

/// <summary>A dataset as a stage sees it: endless training batches from any step on, and the validation set.</summary>
public sealed class TrainingData : IStageInput
{
    readonly Dataset _dataset;
    readonly ILogger _log;
    readonly HashSet<string> _poisoned = [];
    readonly BatchReader _training;
    readonly BatchReader _validation;

    TrainingData(
        Dataset dataset,
        IReadOnlyList<Utterance> training,
        IReadOnlyList<Utterance> validation,
        RunConfig run,
        ILogger log,
        IProcessGroup group,
        bool durations,
        bool references)
    {
        (_dataset, _log) = (dataset, log);
        // In one process a corpus smaller than a batch is one batch: in several it must be the same one.
        var size = Math.Min(run.BatchSize, training.Count);
        if (size % group.World != 0)
        {
            throw new InvalidDataException($"{dataset.Folder}: {training.Count} utterances to train on are fewer than run.batch_size, and {group.World} processes cannot share them evenly: "
                + (size > group.World ? $"set run.batch_size to {size - size % group.World}" : $"start {size} processes at most"));
        }
        var config = new BatchConfig(size, run.Seed, group.Rank, group.World, References: references, Balance: run.Balance);
        _training = new BatchReader(dataset, training, config, Poisoned);
        _validation = new BatchReader(dataset, validation, config with { Shuffle = false }, Poisoned, referencePool: training);
        using var manifest = File.OpenRead(Path.Combine(dataset.Folder, "manifest.parquet"));
        Hash = Convert.ToHexStringLower(SHA256.HashData(manifest));
        // The manifest does not know the confidences, which may be scored anew while a run is stopped.
        if (run.LeastConfidence is not null)
            Hash = HashOf(training.Concat(validation).Select(u => u.Id).Prepend(Hash));
        if (durations)
            Hash = HashOf(training.Concat(validation).Select(Lasting).Prepend(Hash));
    }

    /// <summary>The spectrogram of the dataset.</summary>
    public MelConfig Mel => _dataset.Config.Mel;

    /// <summary>V, the symbol table's size.</summary>
    public static int Symbols => SymbolTable.Count;

    /// <summary>The CTC's blank: '$' is the padding at both ends of a text, which has no sound of its own.</summary>
    public static int Blank => SymbolTable.Pad;

    /// <summary>SHA-256 of the manifest, of what is left where utterances are left out by their confidence, and of the durations where they
    /// are required.</summary>
    public string Hash { get; }

    /// <summary>Fingerprint of the symbol table that the ids count in.</summary>
    public string Table => _dataset.Description.SymbolTable;

    /// <summary>The utterances of the training split, and of the validation split.</summary>
    public Dataset Dataset => _dataset;

    /// <summary>Opens a dataset and leaves out, naming it, what cannot be trained on: empty texts, texts of more symbols than aligner
    /// frames (no alignment exists), recordings that are too long or do not fit their text.</summary>
    /// <param name="folder">The dataset.</param>
    /// <param name="run">Batches.</param>
    /// <param name="log">Where it tells of what it leaves out.</param>
    /// <param name="processes">Those that share each batch; null for one.</param>
    /// <param name="requireDurations">Whether it has to be known how long each symbol lasts: utterances of which it is not are left
    /// out.</param>
    /// <param name="references">Whether batches come with another recording of each row's speaker, out of the training split.</param>
    /// <exception cref="InvalidDataException">No dataset, another symbol table, nothing left to train on or to validate with, or no
    /// confidences or durations where they are asked for.</exception>
    public static TrainingData Open(
        string folder, RunConfig run, ILogger log, IProcessGroup? processes = null, bool requireDurations = false, bool references = false)
    {
        var group = processes ?? SingleProcess.Instance;
        var dataset = Dataset.Open(folder);
        try
        {
            if (dataset.Description.SymbolTable != SymbolTable.Fingerprint)
                throw new InvalidDataException($"{folder}: its ids count in another symbol table than this program's; preprocess the corpus again");
            if (run.LeastConfidence is not null && !dataset.All.Any(u => u.Quality.AlignmentConfidence is not null))
                throw new InvalidDataException($"{folder}: run.least_confidence is set and no utterance has a confidence; kanade align {folder} --aligner <run> --score finds them");
            if (requireDurations && !dataset.HasDurations)
            {
                throw new InvalidDataException(
                    $"{folder}: alignment: dataset needs durations; run kanade align {folder} --aligner <run> --durations");
            }
            // What is left out is the same in every process: one of them says so.
            var told = group.Rank == 0 ? log : Serilog.Core.Logger.None;
            var training = Usable(dataset, Split.Train, run, requireDurations, told);
            var validation = Usable(dataset, Split.Validation, run, requireDurations, told);
            return new TrainingData(dataset, training, validation, run, log, group, requireDurations, references);
        }
        catch
        {
            dataset.Dispose();
            throw;
        }
    }

    /// <summary>Endless batches from a step on; a batch is a function of seed and step, of which each process gets its part.</summary>
    public IEnumerable<SpeechBatch> TrainingBatches(long step)
    {
        var (epoch, index) = Math.DivRem(step, _training.Batches);
        for (; ; epoch++, index = 0)
        {
            foreach (var batch in _training.Read(epoch, (int)index))
                yield return batch;
        }
    }

    /// <summary>This process's part of the validation set, once.</summary>
    public IEnumerable<SpeechBatch> ValidationBatches() => _validation.Read(0);

    /// <inheritdoc/>
    public void Dispose() => _dataset.Dispose();

    static List<Utterance> Usable(Dataset dataset, Split split, RunConfig run, bool durations, ILogger log)
    {
        var usable = new List<Utterance>();
        foreach (var group in dataset.Utterances(split).GroupBy(u => Problem(u, run, durations)))
        {
            var (problem, utterances) = (group.Key, group.ToArray());
            if (problem is null)
                usable.AddRange(utterances);
            else
                log.Warning("{Count} utterances of the {Split:l} split are left out, {Problem:l}: {Ids:l}", utterances.Length, split.ToString().ToLowerInvariant(), problem, string.Join(", ", utterances.Take(10).Select(u => u.Id)));
        }
        return usable.Count > 0
            ? usable
            : throw new InvalidDataException($"{dataset.Folder}: the {Manifest.Name(split)} split has no usable utterance; a corpus of a few more sentences is needed");
    }

    static string? Problem(Utterance utterance, RunConfig run, bool durations) => utterance switch
    {
        _ when utterance.Ids.All(id => id == SymbolTable.Pad) => "without text",
        _ when utterance.Seconds > run.LongestSeconds => FormattableString.Invariant($"longer than run.longest_seconds ({run.LongestSeconds})"),
        _ when utterance.Ids.Length > utterance.Frames / 2 => "with more symbols than aligner frames",
        _ when utterance.Quality.AlignmentConfidence < run.LeastConfidence => FormattableString.Invariant($"whose sound fits the text less than run.least_confidence ({run.LeastConfidence})"),
        _ when durations && utterance.Durations is null => "without durations",
        _ => null,
    };

    static string HashOf(IEnumerable<string> lines) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))));

    static string Lasting(Utterance utterance) => $"{utterance.Id} {string.Join(' ', utterance.Durations!)}";

    void Poisoned(Utterance utterance)
    {
        lock (_poisoned)
        {
            if (_poisoned.Add(utterance.Id))
                _log.Warning("{Id} has samples, F0 or energy that are not finite: its neighbour is taken in its place", utterance.Id);
        }
    }
}
