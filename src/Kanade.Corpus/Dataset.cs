using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kanade.Corpus;

/// <summary>What <c>dataset.json</c> says.</summary>
/// <param name="Format">Version of the layout.</param>
/// <param name="Tool">Program and version that made it.</param>
/// <param name="Config">The resolved configuration.</param>
/// <param name="SymbolTable">SHA-256 of the symbol table that the ids belong to.</param>
/// <param name="Corpus">Name of the corpus folder.</param>
/// <param name="Layout">Which layout was read.</param>
/// <param name="Utterances">Rows of the manifest.</param>
/// <param name="Rejects">Rows of the rejects.</param>
/// <param name="Shards">Number of shards.</param>
/// <param name="Seconds">Sound in all.</param>
/// <param name="Speakers">Utterances of each speaker.</param>
/// <param name="Styles">Utterances of each style.</param>
/// <param name="Splits">Utterances of each split.</param>
public sealed record DatasetDescription(
    int Format,
    string Tool,
    PreprocessConfig Config,
    string SymbolTable,
    string Corpus,
    string Layout,
    int Utterances,
    int Rejects,
    int Shards,
    double Seconds,
    IReadOnlyDictionary<string, int> Speakers,
    IReadOnlyDictionary<string, int> Styles,
    IReadOnlyDictionary<string, int> Splits);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(DatasetDescription))]
sealed partial class DatasetJson : JsonSerializerContext;

/// <summary>A preprocessed corpus. Reading is safe from several threads.</summary>
public sealed class Dataset : IDisposable
{
    /// <summary>Version of the layout that this program writes and reads.</summary>
    public const int Format = 1;

    const int OpenShards = 32;

    readonly Dictionary<Split, List<Utterance>> _utterances;
    readonly Dictionary<string, int> _speakerIndex;
    readonly Lock _gate = new();
    readonly LinkedList<(int Shard, ShardReader Reader)> _open = new(); // the last used first

    Dataset(string folder, DatasetDescription description, IReadOnlyList<Utterance> all)
    {
        (Folder, Description, All) = (folder, description, all);
        Speakers = [.. description.Speakers.Keys.Order(StringComparer.Ordinal)];
        _speakerIndex = Speakers.Select((speaker, i) => (speaker, i)).ToDictionary(p => p.speaker, p => p.i);
        Styles = [.. description.Styles.Keys.Order(StringComparer.Ordinal)];
        _utterances = Enum.GetValues<Split>().ToDictionary(s => s, s => all.Where(u => u.Split == s).ToList());
    }

    /// <summary>Where it is.</summary>
    public string Folder { get; }

    /// <summary>What <c>dataset.json</c> says.</summary>
    public DatasetDescription Description { get; }

    /// <summary>The configuration it was made with.</summary>
    public PreprocessConfig Config => Description.Config;

    /// <summary>Every utterance, ordered by id; without its phrases, which training does not read and which would fill the memory.</summary>
    public IReadOnlyList<Utterance> All { get; }

    /// <summary>Names in order; the place in this list is <see cref="SpeechBatch.SpeakerIndex"/>.</summary>
    public IReadOnlyList<string> Speakers { get; }

    /// <summary>Style tags in order.</summary>
    public IReadOnlyList<string> Styles { get; }

    /// <summary>Whether it is known of any utterance how long its symbols last (<see cref="Utterance.Durations"/>).</summary>
    public bool HasDurations => All.Any(u => u.Durations is not null);

    /// <summary>The utterances of a split, ordered by id.</summary>
    public IReadOnlyList<Utterance> Utterances(Split split) => _utterances[split];

    /// <summary>Place of a speaker in <see cref="Speakers"/>.</summary>
    public int SpeakerIndex(string speaker) => _speakerIndex[speaker];

    /// <summary>Opens a dataset that is complete.</summary>
    /// <exception cref="InvalidDataException">The folder holds none, an unfinished one, or one of another version.</exception>
    public static Dataset Open(string folder)
    {
        var path = Path.Combine(folder, "dataset.json");
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"{folder}: there is no such dataset folder");
        if (!File.Exists(path))
            throw new InvalidDataException(Directory.Exists(Path.Combine(folder, "shards"))
                ? $"{folder}: the dataset is unfinished: run 'kanade preprocess' again with the same --out, it goes on where it stopped"
                : $"{folder}: not a dataset (no dataset.json): make one with 'kanade preprocess'");
        var description = Describe(path);
        var utterances = Manifest.Read(Path.Combine(folder, "manifest.parquet"), phrases: false);
        var aligned = AlignedDurations.Over(folder, AlignmentConfidence.Over(folder, utterances));
        return new(folder, description, [.. aligned.OrderBy(u => u.Id, StringComparer.Ordinal)]);
    }

    /// <summary>Sound and features of an utterance. One read at a time: the disk is the limit, not the lock.</summary>
    public UtteranceFeatures Read(Utterance utterance)
    {
        lock (_gate)
        {
            for (var node = _open.First; node is not null; node = node.Next)
            {
                if (node.Value.Shard != utterance.Shard)
                    continue;
                _open.Remove(node);
                _open.AddFirst(node);
                return node.Value.Reader.Read(utterance.Row);
            }
            var reader = ShardReader.Open(Shard.PathOf(Folder, utterance.Shard));
            _open.AddFirst((utterance.Shard, reader));
            if (_open.Count > OpenShards)
            {
                _open.Last!.Value.Reader.Dispose();
                _open.RemoveLast();
            }
            return reader.Read(utterance.Row);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var (_, reader) in _open)
                reader.Dispose();
            _open.Clear();
        }
    }

    internal static DatasetDescription Describe(string path)
    {
        DatasetDescription? description;
        try
        {
            description = JsonSerializer.Deserialize(File.ReadAllText(path), DatasetJson.Default.DatasetDescription);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: not a dataset description: {e.Message}", e);
        }
        if (description is null || description.Format != Format)
            throw new InvalidDataException($"{path}: format {description?.Format}, this program reads {Format}: preprocess the corpus again");
        return description;
    }
}
