using System.Security.Cryptography;
using Kanade.Audio;
using Kanade.Corpus;
using Kanade.Text;
using Serilog;

namespace Kanade.Training;

/// <summary>A dataset as a stage sees it: endless training batches from any step on, and the validation set.</summary>
public sealed class TrainingData : IStageInput
{
    readonly Dataset _dataset;
    readonly BatchReader _training;
    readonly BatchReader _validation;

    TrainingData(Dataset dataset, IReadOnlyList<Utterance> training, IReadOnlyList<Utterance> validation, RunConfig run)
    {
        _dataset = dataset;
        var config = new BatchConfig(Math.Min(run.BatchSize, training.Count), run.Seed);
        _training = new BatchReader(dataset, training, config);
        _validation = new BatchReader(dataset, validation, config with { Shuffle = false });
        using var manifest = File.OpenRead(Path.Combine(dataset.Folder, "manifest.parquet"));
        Hash = Convert.ToHexStringLower(SHA256.HashData(manifest));
    }

    /// <summary>The spectrogram of the dataset.</summary>
    public MelConfig Mel => _dataset.Config.Mel;

    /// <summary>V, the symbol table's size.</summary>
    public static int Symbols => SymbolTable.Count;

    /// <summary>The CTC's blank: '$' is the padding at both ends of a text, which has no sound of its own.</summary>
    public static int Blank => SymbolTable.Pad;

    /// <summary>SHA-256 of the manifest.</summary>
    public string Hash { get; }

    /// <summary>Fingerprint of the symbol table that the ids count in.</summary>
    public string Table => _dataset.Description.SymbolTable;

    /// <summary>The utterances of the training split, and of the validation split.</summary>
    public Dataset Dataset => _dataset;

    /// <summary>Opens a dataset and leaves out what no alignment exists for: texts of more symbols than aligner frames.</summary>
    /// <exception cref="InvalidDataException">No dataset, another symbol table, or nothing left to train on or to validate with.</exception>
    public static TrainingData Open(string folder, RunConfig run, ILogger log)
    {
        var dataset = Dataset.Open(folder);
        try
        {
            if (dataset.Description.SymbolTable != SymbolTable.Fingerprint)
                throw new InvalidDataException($"{folder}: its ids count in another symbol table than this program's; preprocess the corpus again");
            return new TrainingData(dataset, Usable(dataset, Split.Train, log), Usable(dataset, Split.Validation, log), run);
        }
        catch
        {
            dataset.Dispose();
            throw;
        }
    }

    /// <summary>Endless batches from a step on; a batch is a function of seed and step.</summary>
    public IEnumerable<SpeechBatch> TrainingBatches(long step)
    {
        var (epoch, index) = Math.DivRem(step, _training.Batches);
        for (; ; epoch++, index = 0)
        {
            foreach (var batch in _training.Read(epoch, (int)index))
                yield return batch;
        }
    }

    /// <summary>The validation set, once.</summary>
    public IEnumerable<SpeechBatch> ValidationBatches() => _validation.Read(0);

    /// <inheritdoc/>
    public void Dispose() => _dataset.Dispose();

    static List<Utterance> Usable(Dataset dataset, Split split, ILogger log)
    {
        var all = dataset.Utterances(split);
        var tooFast = all.Where(u => u.Ids.Length > u.Frames / 2).ToArray();
        if (tooFast.Length > 0)
            log.Warning("{Count} utterances of the {Split} split are left out, with more symbols than aligner frames: {Ids:l}", tooFast.Length, split, string.Join(", ", tooFast.Take(10).Select(u => u.Id)));
        var usable = all.Except(tooFast).ToList();
        return usable.Count > 0
            ? usable
            : throw new InvalidDataException($"{dataset.Folder}: the {split} split has no usable utterance; a corpus of a few more sentences is needed");
    }
}
