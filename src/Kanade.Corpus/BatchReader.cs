namespace Kanade.Corpus;

/// <summary>Which utterances make which batch.</summary>
/// <param name="BatchSize">Utterances of a batch over all processes together.</param>
/// <param name="Seed">Decides the order with the epoch.</param>
/// <param name="Rank">This process.</param>
/// <param name="World">Processes; the batch size has to be a multiple of it.</param>
/// <param name="Shuffle">Whether the order changes from epoch to epoch and an incomplete last batch is left out (training); otherwise every
/// utterance comes once, by length (validation).</param>
/// <param name="LongestFrames">Longer utterances are left out; null takes all.</param>
/// <param name="References">Whether each row comes with another recording of its speaker (<see cref="SpeechBatch.References"/>).</param>
/// <param name="Balance">How much is done against rare voices being heard seldom, 0 to 1 (training): 0 takes each utterance once an epoch; 1 takes
/// each pair of speaker and style equally often, in an epoch of the same size; between, an utterance weighs its pair's count to the power of -balance.</param>
public sealed record BatchConfig(
    int BatchSize,
    long Seed = 0,
    int Rank = 0,
    int World = 1,
    bool Shuffle = true,
    int? LongestFrames = null,
    bool References = false,
    double Balance = 0);

/// <summary>Batches of utterances of similar length. What a batch holds depends on seed, epoch and its number alone: a run that stops goes on with
/// the batch it would have had, and any number of processes share the same batches.</summary>
public sealed class BatchReader
{
    /// <summary>Batches that are sorted by length together: few enough to keep neighbours changing, enough to keep padding small.</summary>
    const int BatchesABucket = 64;

    readonly Dataset _dataset;
    readonly BatchConfig _config;
    readonly List<Utterance> _utterances;
    readonly Action<Utterance>? _poisoned;
    readonly SpeakerReferences? _references;

    /// <exception cref="InvalidDataException">There are too few utterances for a batch of these processes.</exception>
    public BatchReader(Dataset dataset, Split split, BatchConfig config)
        : this(dataset, dataset.Utterances(split), config)
    {
    }

    /// <param name="dataset">Where they are read from.</param>
    /// <param name="utterances">Those that make the batches.</param>
    /// <param name="config">How.</param>
    /// <param name="poisoned">Told of an utterance whose sound or features are not finite, from any thread, whenever it comes up; the next of its
    /// batch that is whole is taken twice.</param>
    /// <param name="referencePool">What references are drawn from; null for the utterances themselves.</param>
    /// <exception cref="InvalidDataException">There are too few utterances for a batch of these processes.</exception>
    public BatchReader(
        Dataset dataset, IEnumerable<Utterance> utterances, BatchConfig config, Action<Utterance>? poisoned = null, IEnumerable<Utterance>? referencePool = null)
    {
        _poisoned = poisoned;
        ArgumentOutOfRangeException.ThrowIfLessThan(config.BatchSize, config.World);
        ArgumentOutOfRangeException.ThrowIfNotEqual(config.BatchSize % config.World, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(config.Rank, config.World);
        if (config.Balance is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(config), config.Balance, "the balance must lie between 0 and 1");
        (_dataset, _config) = (dataset, config);
        _utterances = [.. utterances.Where(u => u.Frames <= (config.LongestFrames ?? int.MaxValue))];
        // A training step needs every process; a validation can do without some.
        if (_utterances.Count < (config.Shuffle ? config.World : 1))
            throw new InvalidDataException($"{dataset.Folder}: {_utterances.Count} utterances are too few for {config.World} processes");
        _references = config.References ? new SpeakerReferences(dataset, referencePool ?? _utterances, config.Seed, poisoned) : null;
        Batches = config.Shuffle ? Math.Max(1, _utterances.Count / config.BatchSize) : (_utterances.Count + config.BatchSize - 1) / config.BatchSize;
    }

    /// <summary>Batches of an epoch.</summary>
    public int Batches { get; }

    /// <summary>Every batch of an epoch over all processes, in order. The longest of a batch comes first.</summary>
    public IReadOnlyList<IReadOnlyList<Utterance>> Plan(long epoch)
    {
        if (!_config.Shuffle)
            return [.. _utterances.OrderByDescending(u => u.Frames).ThenBy(u => u.Id, StringComparer.Ordinal).Chunk(_config.BatchSize)];
        var seed = StableHash.Mix(StableHash.Mix((ulong)_config.Seed) ^ (ulong)epoch);
        // A process in a group can take no part of a batch that is smaller than the group: an incomplete batch is only made when it is the only one.
        var size = Math.Min(_config.BatchSize, _utterances.Count / _config.World * _config.World);
        return [.. Draws(seed)
            .OrderBy(p => p.Order).ThenBy(p => p.Utterance.Id, StringComparer.Ordinal)
            .Take(Batches * size)
            .Chunk(size * BatchesABucket)
            .SelectMany(bucket => bucket
                .OrderByDescending(p => p.Length).ThenBy(p => p.Order)
                .Select(p => p.Utterance)
                .Chunk(size))
            .Select(batch => batch.OrderByDescending(u => u.Frames).ToArray())
            .Select((batch, i) => (Batch: batch, Order: StableHash.Mix(seed + (ulong)i + 1)))
            .OrderBy(p => p.Order)
            .Select(p => p.Batch)];
    }

    /// <summary>The utterances of an epoch, each as often as it comes, as many as there are: where they come by their order, and next to which by their length.</summary>
    IEnumerable<(Utterance Utterance, ulong Order, double Length)> Draws(ulong seed)
    {
        if (_config.Balance == 0)
            return _utterances.Select(u => (u, StableHash.Of(u.Id, seed), (double)u.Frames));
        return BalancedDraw.Counts(_utterances, _config.Balance, seed).SelectMany(drawn => Enumerable.Range(0, drawn.Count).Select(copy =>
        {
            var order = StableHash.Of(drawn.Utterance.Id, copy == 0 ? seed : StableHash.Mix(seed ^ (ulong)copy));
            // The same utterance again stands beside others that are a fifth shorter or longer at most, so that a batch is not filled with it.
            var length = copy == 0 ? 1 : 0.8 + 0.4 * StableHash.Share(StableHash.Mix(order));
            return (drawn.Utterance, order, drawn.Utterance.Frames * length);
        }));
    }

    /// <summary>This process's part of each batch of an epoch: every <see cref="BatchConfig.World"/>th utterance from its own rank on.</summary>
    public IEnumerable<IReadOnlyList<Utterance>> Parts(long epoch) =>
        Plan(epoch).Select(batch => (IReadOnlyList<Utterance>)[.. batch.Where((_, i) => i % _config.World == _config.Rank)]);

    /// <summary>Reads this process's part of the epoch from a batch on, padded like the whole batch. While one batch is used the next is read in the background; who takes a batch disposes it.</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="first">Batches that a resumed run has had already.</param>
    /// <param name="cancel">Ends the reading.</param>
    public IEnumerable<SpeechBatch> Read(long epoch, int first = 0, CancellationToken cancel = default)
    {
        Task<BatchArrays>? next = null;
        try
        {
            foreach (var (number, batch) in Plan(epoch).Index().Skip(first).Where(b => b.Item.Count > _config.Rank))
            {
                var ready = next;
                var place = StableHash.Mix(StableHash.Mix((ulong)epoch) ^ (ulong)number);
                next = Task.Run(() => new BatchArrays(batch, _config.Rank, _config.World, _dataset, _poisoned, _references, place), cancel);
                if (ready is not null)
                    yield return new SpeechBatch(ready.GetAwaiter().GetResult());
            }
            if (next is not null)
            {
                var last = next;
                next = null;
                yield return new SpeechBatch(last.GetAwaiter().GetResult());
            }
        }
        finally
        {
            // Whoever leaves early may dispose the dataset at once.
            next?.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).Wait(CancellationToken.None);
        }
    }
}
